// Copies of rows by position, in the widest loads that the processor has: a row that has just come
// into the second cache is waited for once a load.

#ifndef TABULAR_GATHER_H
#define TABULAR_GATHER_H

#include <stddef.h>
#include <stdint.h>

/// The narrowest rows that the functions here copy, in bytes.
enum { tabular_gather_least_width = 32 };

/// Copies `count` rows of `width` bytes, at least `tabular_gather_least_width`, one behind the other.
///
/// Row i lies at `source + rows[i] * width`; a row is asked for `ahead` places before its turn.
/// `target` has room for all, apart from the source.
void tabular_gather_rows(const void *source, const int64_t *rows, size_t count, size_t width,
                         size_t ahead, void *target);

/// The same for rows that lie anywhere: row i at `rows[i]`.
void tabular_gather_scattered(const void *const *rows, size_t count, size_t width, size_t ahead,
                              void *target);

/// Copies bytes that lie one behind the other, four places of them side by side, and asks for what
/// lies behind them.
void tabular_copy_run(const void *source, size_t count, void *target);

/// The same for a target that is read later, out of memory: it is written there past the caches, which
/// would have read it first and given up something else for it.
void tabular_copy_past_caches(const void *source, size_t count, void *target);

#endif
