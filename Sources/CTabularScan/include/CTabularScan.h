// The block scanner of TabularCSV: finds the separators of a CSV, 64 bytes at a time.
//
// It needs vector instructions that are chosen at run time, which is why it is C. It allocates
// nothing and keeps no state of its own.

#ifndef C_TABULAR_SCAN_H
#define C_TABULAR_SCAN_H

#include <stddef.h>
#include <stdint.h>
#include "tabular_adam.h"
#include "tabular_cells.h"
#include "tabular_gather.h"
#include "tabular_lookup.h"
#include "tabular_permutation.h"
#include "tabular_prefetch.h"
#include "tabular_sum.h"
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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

/// The number that the last `count` (0 to 16) digits before `end` make, of which the last `fraction`
/// (0 to 16) stand behind a point.
///
/// 17 bytes before `end` can be read. Entry n of `masks`, 16 bytes each, has ones in its last n
/// bytes. `wrong` gets bits where a byte is no digit.
static inline uint64_t tabular_sixteen_digits(const uint8_t *end, const uint8_t *masks,
                                              long fraction, long count, uint64_t *wrong) {
#if defined(__SSE2__)
  // Read from one byte earlier, the digits before the point are where they would be without it.
  const __m128i behind = _mm_loadu_si128((const __m128i *)(end - 16));
  const __m128i before = _mm_loadu_si128((const __m128i *)(end - 17));
  const __m128i fractional = _mm_load_si128((const __m128i *)(masks + 16 * fraction));
  const __m128i kept = _mm_load_si128((const __m128i *)(masks + 16 * count));
  __m128i x = _mm_xor_si128(before, _mm_and_si128(_mm_xor_si128(behind, before), fractional));
  x = _mm_and_si128(_mm_sub_epi8(x, _mm_set1_epi8('0')), kept);
  const __m128i nine = _mm_set1_epi8(9);
  *wrong |= (uint64_t)(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(x, nine), nine)) ^ 0xFFFF);
  // Digits to pairs, to fours, to eights.
  const __m128i tens = _mm_set1_epi32(1 << 16 | 10), hundreds = _mm_set1_epi32(1 << 16 | 100);
  const __m128i thousands = _mm_set1_epi32(1 << 16 | 10000), zero = _mm_setzero_si128();
  const __m128i pairs = _mm_packs_epi32(_mm_madd_epi16(_mm_unpacklo_epi8(x, zero), tens),
                                        _mm_madd_epi16(_mm_unpackhi_epi8(x, zero), tens));
  const __m128i fours = _mm_madd_epi16(pairs, hundreds);
  const __m128i eights = _mm_madd_epi16(_mm_packs_epi32(fours, fours), thousands);
  const uint64_t both = (uint64_t)_mm_cvtsi128_si64(eights);
  return (both & 0xFFFFFFFF) * 100000000 + (both >> 32);
#else
  uint64_t value = 0;
  for (long i = 16; i > 0; i--) {
    const uint8_t *p = end - i;
    const uint8_t byte = (i <= fraction) ? *p : p[-1];
    const uint8_t digit = (uint8_t)(byte - '0') & masks[16 * count + 16 - i];
    *wrong |= digit > 9;
    value = value * 10 + digit;
  }
  return value;
#endif
}

/// What `tabular_decimals` found in up to 64 cells; bit r of a word is row r's.
struct tabular_decimals {
  /// Of `hard` rows the digits as a number, and how many of them stand behind the point.
  uint64_t mantissas[64];
  uint8_t fractions[64];
  /// Rows with a minus; without a byte; without a point; whose value is left to exact arithmetic;
  /// with another form than `-?D+.D+` of up to 6 digits before the point and 19 that count, or
  /// `-?D+` of up to 8.
  uint64_t negative, empty, integers, hard, other;
};

/// Whether this processor can run `tabular_decimals`.
int tabular_has_decimals(void);

/// Reads cells that are decimals: row r stands in `text` from `starts[r * start_stride] +
/// start_offset` to `ends[r * stride]`.
///
/// Writes the correctly rounded values of all rows but `hard` and `other`, 0 for `empty`. `rows` is
/// at most 64. 64 bytes before and behind each cell can be read. `tens[n]` is 10^n, n from 0 to 22;
/// `fives[2 * n]` the first 64 bits of 5^-n, n from 0 down to -22.
void tabular_decimals(const uint8_t *text, const uint32_t *starts, ptrdiff_t start_stride,
                      ptrdiff_t start_offset, const uint32_t *ends, ptrdiff_t stride, size_t rows,
                      const double *tens, const uint64_t *fives, double *values,
                      struct tabular_decimals *result);

/// Counts the bytes that are `byte`.
size_t tabular_count(const uint8_t *bytes, size_t count, uint8_t byte,
                     enum tabular_scan_method method);

#endif
