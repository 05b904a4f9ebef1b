#include "tabular_cells.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define FEATURES "avx512f,avx512bw,avx512dq,avx512vl,bmi,bmi2"
#define VECTOR static inline __attribute__((always_inline, target(FEATURES))) __m512i

int tabular_has_cells(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi2");
}

VECTOR all(uint64_t value) { return _mm512_set1_epi64((long long)value); }

/// Where eight cells stand, and which have no byte; nothing but 0 of rows that are not used.
struct eight_cells {
  __mmask8 used, empty;
  __m512i start, end, length;
};

/// Positions of eight rows, 0 for those that are not used.
VECTOR positions(const uint32_t *first, ptrdiff_t row, ptrdiff_t stride, __m256i lanes,
                 __mmask8 used) {
  const __m256i places = _mm256_mullo_epi32(lanes, _mm256_set1_epi32((int)stride));
  return _mm512_cvtepu32_epi64(_mm256_mmask_i32gather_epi32(
      _mm256_setzero_si256(), used, places, (const int *)(first + row * stride), 4));
}

/// The cells from a row on.
static inline __attribute__((always_inline, target(FEATURES))) struct eight_cells
eight_cells(const struct tabular_cells *cells, size_t row, size_t rows) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  struct eight_cells found;
  found.used = rows - row >= 8 ? 0xFF : (__mmask8)((1 << (rows - row)) - 1);
  found.start = _mm512_add_epi64(
      positions(cells->starts, (ptrdiff_t)row, cells->start_stride, lanes, found.used),
      all((uint64_t)cells->start_offset));
  found.end = positions(cells->ends, (ptrdiff_t)row, cells->stride, lanes, found.used);
  found.empty = _mm512_cmpge_epu64_mask(found.start, found.end);
  found.length = _mm512_maskz_sub_epi64((__mmask8)~found.empty, found.end, found.start);
  return found;
}

/// The number that eight bytes make of which the last `count` are digits, the others nothing; bits of
/// rows in `wrong` where a byte is no digit. `count` may be any number: below 0 is none, above 8 is 8.
VECTOR eight_digits(__m512i word, __m512i count, __mmask8 *wrong) {
  const __m512i taken = _mm512_max_epi64(_mm512_min_epi64(count, all(8)), _mm512_setzero_si512());
  const __m512i others = _mm512_slli_epi64(_mm512_sub_epi64(all(8), taken), 3);
  // A shift by 64 leaves nothing.
  const __m512i kept = _mm512_sllv_epi64(all(UINT64_MAX), others);
  const __m512i x = _mm512_and_si512(_mm512_sub_epi8(word, _mm512_set1_epi8('0')), kept);
  const __m512i above = _mm512_or_si512(_mm512_add_epi8(x, _mm512_set1_epi8(118)), x);
  *wrong |= _mm512_test_epi64_mask(above, all(0x8080808080808080));
  // Digits to pairs, to fours, to eights.
  const __m512i pairs = _mm512_maddubs_epi16(x, _mm512_set1_epi16(1 << 8 | 10));
  const __m512i fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(1 << 16 | 100));
  return _mm512_add_epi64(_mm512_mul_epu32(fours, all(10000)), _mm512_srli_epi64(fours, 32));
}

// Nothing branches on a cell but for columns of long numbers: what a cell looks like cannot be
// foreseen.
__attribute__((target(FEATURES))) struct tabular_cell_rows
tabular_integers(struct tabular_cells cells, size_t rows, int64_t *values) {
  const __m512i zero = _mm512_setzero_si512(), one = all(1), byte = all(0xFF);
  struct tabular_cell_rows result = {0, 0};
  for (size_t row = 0; row < rows; row += 8) {
    const struct eight_cells found = eight_cells(&cells, row, rows);
    const __mmask8 used = found.used, empty = found.empty;
    const __m512i start = found.start, length = found.length;
    // The first bytes, for the sign and for a zero in front; the last eight, for the digits.
    const __m512i first = _mm512_mask_i64gather_epi64(zero, used, start, cells.text, 1);
    const __m512i last = _mm512_mask_i64gather_epi64(zero, used, found.end, cells.text - 8, 1);
    const __mmask8 negative =
        _mm512_cmpeq_epi64_mask(_mm512_and_si512(first, byte), all('-')) & (__mmask8)~empty;
    const __m512i digits = _mm512_mask_sub_epi64(length, negative, length, one);
    const __m512i leading = _mm512_mask_srli_epi64(first, negative, first, 8);
    const __mmask8 zeros = _mm512_cmpeq_epi64_mask(_mm512_and_si512(leading, byte), all('0'));
    __mmask8 other = _mm512_cmplt_epi64_mask(digits, one) |
                     _mm512_mask_cmpgt_epi64_mask(zeros, digits, one) |
                     _mm512_cmpgt_epi64_mask(digits, all(15));
    __m512i value = eight_digits(last, digits, &other);
    if (_mm512_cmpgt_epi64_mask(digits, all(8))) {
      const __m512i earlier = _mm512_mask_i64gather_epi64(zero, used, found.end, cells.text - 16, 1);
      const __m512i upper = eight_digits(earlier, _mm512_sub_epi64(digits, all(8)), &other);
      value = _mm512_add_epi64(value, _mm512_mullo_epi64(upper, all(100000000)));
    }
    value = _mm512_mask_sub_epi64(value, negative, zero, value);
    value = _mm512_mask_mov_epi64(value, empty, zero);
    _mm512_mask_storeu_epi64(values + row, used, value);
    result.empty |= (uint64_t)(empty & used) << row;
    result.other |= (uint64_t)(other & used & (__mmask8)~empty) << row;
  }
  return result;
}

__attribute__((target(FEATURES))) struct tabular_cell_rows
tabular_short_texts(struct tabular_cells cells, size_t rows, uint8_t quote, void *views) {
  const __m512i lower = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
  const __m512i upper = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
  const __m512i zero = _mm512_setzero_si512(), one = all(1), four = all(4);
  uint64_t *target = views;
  struct tabular_cell_rows result = {0, 0};
  for (size_t row = 0; row < rows; row += 8) {
    const struct eight_cells found = eight_cells(&cells, row, rows);
    const __mmask8 used = found.used, empty = found.empty;
    const __m512i start = found.start, length = found.length;
    __m512i first = _mm512_mask_i64gather_epi64(zero, used, start, cells.text, 1);
    __m512i rest = _mm512_mask_i64gather_epi64(zero, used, start, cells.text + 4, 1);
    const __mmask8 quoted =
        _mm512_cmpeq_epi64_mask(_mm512_and_si512(first, all(0xFF)), all(quote));
    const __mmask8 other = _mm512_cmpgt_epi64_mask(length, all(12)) | quoted;
    // Ones under the bytes of the text: four behind the length, and eight behind those, where a
    // shift by 64 leaves nothing.
    const __m512i front = _mm512_slli_epi64(_mm512_min_epi64(length, four), 3);
    const __m512i behind =
        _mm512_slli_epi64(_mm512_max_epi64(_mm512_sub_epi64(length, four), zero), 3);
    first = _mm512_and_si512(first, _mm512_sub_epi64(_mm512_sllv_epi64(one, front), one));
    rest = _mm512_and_si512(rest, _mm512_sub_epi64(_mm512_sllv_epi64(one, behind), one));
    first = _mm512_or_si512(length, _mm512_slli_epi64(first, 32));
    const __m512i low = _mm512_permutex2var_epi64(first, lower, rest);
    const __m512i high = _mm512_permutex2var_epi64(first, upper, rest);
    if (used == 0xFF) {
      _mm512_storeu_si512(target + 2 * row, low);
      _mm512_storeu_si512(target + 2 * row + 8, high);
    } else {
      const size_t words = 2 * (rows - row);
      const uint32_t mask = ((uint32_t)1 << words) - 1;
      _mm512_mask_storeu_epi64(target + 2 * row, (__mmask8)mask, low);
      _mm512_mask_storeu_epi64(target + 2 * row + 8, (__mmask8)(mask >> 8), high);
    }
    result.empty |= (uint64_t)(empty & used) << row;
    result.other |= (uint64_t)(other & used & (__mmask8)~empty) << row;
  }
  return result;
}
#else
int tabular_has_cells(void) { return 0; }

// Never called.
struct tabular_cell_rows tabular_integers(struct tabular_cells cells, size_t rows,
                                          int64_t *values) {
  (void)cells, (void)rows, (void)values;
  return (struct tabular_cell_rows){0, 0};
}

// Never called.
struct tabular_cell_rows tabular_short_texts(struct tabular_cells cells, size_t rows, uint8_t quote,
                                             void *views) {
  (void)cells, (void)rows, (void)quote, (void)views;
  return (struct tabular_cell_rows){0, 0};
}
#endif
