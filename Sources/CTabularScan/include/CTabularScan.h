// The block scanner of TabularCSV: finds the separators of a CSV, 64 bytes at a time.
//
// It needs vector instructions that are chosen at run time, which is why it is C. It allocates
// nothing and keeps no state of its own.

#ifndef C_TABULAR_SCAN_H
#define C_TABULAR_SCAN_H

#include <stddef.h>
#include <stdint.h>

/// What one call hands to the next. All zero but `previous_separator`, which is 1, at the first byte.
struct tabular_scan_state {
  /// All ones where the last byte is inside quotes (an opening quote counts), else 0.
  uint64_t inside;
  /// 1 where the last byte is a delimiter, CR or LF outside quotes, or there is none.
  uint64_t previous_separator;
  /// 1 where the last byte is a closing quote, so that the next must be a separator or a quote.
  uint64_t previous_closing;
  /// 1 where the last byte is a CR, whose LF is no separator of its own.
  uint64_t previous_return;
  /// Not 0 once a quote stood inside an unquoted cell, or text after a closing quote.
  uint64_t irregular;
  /// Not 0 once a quote was doubled.
  uint64_t doubled;
  /// Not 0 once a byte was above 127.
  uint64_t high;
  /// How many separators ended a record.
  uint64_t records;
  /// How many physical lines ended, inside quotes too; a CR LF is one end.
  uint64_t lines;
};

/// How the separators are found.
enum tabular_scan_method {
  tabular_scan_portable = 0,
  tabular_scan_avx2 = 1,
  tabular_scan_avx512 = 2,
};

/// The best method that this processor has.
enum tabular_scan_method tabular_scan_best_method(void);

/// Writes the positions of the delimiters, CR and LF outside quotes, in ascending order; the LF of
/// a CR LF is left out.
///
/// `count` is below 2^32, and `positions` has room for 64 more than `count`.
/// Returns the number of positions. `method` must be one that this processor has.
size_t tabular_scan(const uint8_t *bytes, size_t count, uint8_t delimiter, uint8_t quote,
                    enum tabular_scan_method method, struct tabular_scan_state *state,
                    uint32_t *positions);

/// Counts the bytes that are `byte`.
size_t tabular_count(const uint8_t *bytes, size_t count, uint8_t byte,
                     enum tabular_scan_method method);

#endif
