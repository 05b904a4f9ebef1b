// Cells of whole numbers and of short texts, eight rows at a time.

#ifndef TABULAR_CELLS_H
#define TABULAR_CELLS_H

#include <stddef.h>
#include <stdint.h>

/// Where the cells of a column stand: row r from `starts[r * start_stride] + start_offset` to
/// `ends[r * stride]` in `text`. 64 bytes before and behind each cell can be read.
struct tabular_cells {
  const uint8_t *text;
  const uint32_t *starts;
  ptrdiff_t start_stride, start_offset;
  const uint32_t *ends;
  ptrdiff_t stride;
};

/// Rows of up to 64 cells; bit r of a word is row r's.
struct tabular_cell_rows {
  /// Rows without a byte, and those that are left to who called.
  uint64_t empty, other;
};

/// Whether this processor can run the functions below.
int tabular_has_cells(void);

/// Reads up to 64 cells of `-?(0|[1-9][0-9]{0,14})`: writes the values of those, and 0 for `empty`;
/// nothing that counts for `other`.
struct tabular_cell_rows tabular_integers(struct tabular_cells cells, size_t rows, int64_t *values);

/// Reads up to 64 cells of at most 12 bytes that do not begin with `quote` as Arrow's string views, 16
/// bytes each: the length and then the text, zeros behind it. Nothing that counts for `other`.
struct tabular_cell_rows tabular_short_texts(struct tabular_cells cells, size_t rows, uint8_t quote,
                                             void *views);

#endif
