#include "include/CTabularScan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define FEATURES "avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx512vpopcntdq,bmi,bmi2"
#define VECTOR static inline __attribute__((always_inline, target(FEATURES))) __m512i

int tabular_has_decimals(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd") &&
         __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("bmi2");
}

VECTOR all(uint64_t value) { return _mm512_set1_epi64((long long)value); }

/// The digits of two cells that end so, moved together over the point, as values of bytes.
VECTOR digits_of(const uint8_t *end0, const uint8_t *end1, uint64_t behind_point, uint64_t kept) {
  // Read from one byte earlier, the digits before the point are where they would be without it.
  const __m256i before0 = _mm256_loadu_si256((const __m256i *)(end0 - 33));
  const __m256i before1 = _mm256_loadu_si256((const __m256i *)(end1 - 33));
  const __m256i behind0 = _mm256_loadu_si256((const __m256i *)(end0 - 32));
  const __m256i behind1 = _mm256_loadu_si256((const __m256i *)(end1 - 32));
  const __m512i before = _mm512_inserti64x4(_mm512_castsi256_si512(before0), before1, 1);
  const __m512i behind = _mm512_inserti64x4(_mm512_castsi256_si512(behind0), behind1, 1);
  const __m512i x = _mm512_mask_mov_epi8(before, behind_point, behind);
  return _mm512_maskz_sub_epi8(kept, x, _mm512_set1_epi8('0'));
}

/// Digits to pairs, to fours, to eights.
VECTOR eights_of(__m512i x) {
  const __m512i pairs = _mm512_maddubs_epi16(x, _mm512_set1_epi16(1 << 8 | 10));
  const __m512i fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(1 << 16 | 100));
  return _mm512_madd_epi16(_mm512_packus_epi32(fours, fours), _mm512_set1_epi32(1 << 16 | 10000));
}

/// The doubles nearest to `mantissa * 10^-fraction` as bits; `hard` where more bits would decide.
///
/// Sources: as `nearestDouble` in TabularCSV, of which this is the common part.
VECTOR nearest(__m512i mantissa, __m512i fraction, const uint64_t *fives, __mmask8 *hard) {
  const __m512i zeros = _mm512_lzcnt_epi64(mantissa);
  const __m512i a = _mm512_sllv_epi64(mantissa, zeros);
  const __m512i minus = _mm512_sub_epi64(_mm512_setzero_si512(), fraction);
  const __m512i b = _mm512_i64gather_epi64(_mm512_slli_epi64(minus, 1), fives, 8);
  // The product of 128 bits, by halves.
  const __m512i a1 = _mm512_srli_epi64(a, 32), b1 = _mm512_srli_epi64(b, 32);
  const __m512i half = all(0xFFFFFFFF);
  const __m512i p00 = _mm512_mul_epu32(a, b), p01 = _mm512_mul_epu32(a, b1);
  const __m512i p10 = _mm512_mul_epu32(a1, b), p11 = _mm512_mul_epu32(a1, b1);
  const __m512i middle =
      _mm512_add_epi64(_mm512_srli_epi64(p00, 32),
                       _mm512_add_epi64(_mm512_and_si512(p01, half), _mm512_and_si512(p10, half)));
  const __m512i carried =
      _mm512_add_epi64(_mm512_srli_epi64(middle, 32),
                       _mm512_add_epi64(_mm512_srli_epi64(p01, 32), _mm512_srli_epi64(p10, 32)));
  const __m512i high = _mm512_add_epi64(p11, carried);
  const __m512i low =
      _mm512_or_si512(_mm512_slli_epi64(middle, 32), _mm512_and_si512(p00, half));
  // Where the bits below might carry, or the number is half-way between two.
  *hard = _mm512_cmpeq_epi64_mask(_mm512_and_si512(high, all(0x1FF)), all(0x1FF)) |
          _mm512_cmple_epu64_mask(low, all(1));
  const __m512i upper = _mm512_srli_epi64(high, 63);
  __m512i bits = _mm512_srlv_epi64(high, _mm512_add_epi64(upper, all(9)));
  bits = _mm512_srli_epi64(_mm512_add_epi64(bits, _mm512_and_si512(bits, all(1))), 1);
  // floor(log2(10^exponent)) + 63, and the bias.
  const __m512i binary = _mm512_srai_epi64(_mm512_mul_epi32(minus, all(217706)), 16);
  const __m512i biased = _mm512_add_epi64(_mm512_sub_epi64(upper, zeros),
                                          _mm512_add_epi64(binary, all(63 + 1023)));
  // A sum, so that bits that round up to 2^53 carry into the exponent.
  return _mm512_add_epi64(_mm512_slli_epi64(biased, 52),
                          _mm512_sub_epi64(bits, all((uint64_t)1 << 52)));
}

// Eight rows at a time, and nothing branches on a cell: what a cell looks like cannot be foreseen.
__attribute__((target(FEATURES)))
void tabular_decimals(const uint8_t *text, const uint32_t *starts, ptrdiff_t start_stride,
                      ptrdiff_t start_offset, const uint32_t *ends, ptrdiff_t stride, size_t rows,
                      const double *tens, const uint64_t *fives, double *values,
                      struct tabular_decimals *result) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i start_places = _mm256_mullo_epi32(lanes, _mm256_set1_epi32((int)start_stride));
  const __m256i end_places = _mm256_mullo_epi32(lanes, _mm256_set1_epi32((int)stride));
  const __m512i quarters = _mm512_setr_epi64(0, 4, 8, 12, 2, 6, 10, 14);
  const __m512i lower = _mm512_setr_epi64(0, 1, 2, 3, 8, 9, 10, 11);
  const __m512i upper = _mm512_setr_epi64(4, 5, 6, 7, 12, 13, 14, 15);
  const __m512i zero = _mm512_setzero_si512(), one = all(1), byte = all(0xFF);
  result->negative = result->empty = result->integers = result->hard = result->other = 0;
  for (size_t row = 0; row < rows; row += 8) {
    const __mmask8 used = rows - row >= 8 ? 0xFF : (__mmask8)((1 << (rows - row)) - 1);
    const int *start_row = (const int *)(starts + (ptrdiff_t)row * start_stride);
    const int *end_row = (const int *)(ends + (ptrdiff_t)row * stride);
    const __m256i none = _mm256_setzero_si256();
    const __m512i start = _mm512_add_epi64(
        _mm512_cvtepu32_epi64(_mm256_mmask_i32gather_epi32(none, used, start_places, start_row, 4)),
        all((uint64_t)start_offset));
    const __m512i end =
        _mm512_cvtepu32_epi64(_mm256_mmask_i32gather_epi32(none, used, end_places, end_row, 4));
    __m512i word = _mm512_mask_i64gather_epi64(zero, used, start, text, 1);
    const __mmask8 empty = _mm512_cmpge_epu64_mask(start, end);
    const __mmask8 negative = _mm512_mask_cmpeq_epi64_mask(
        (__mmask8)~empty, _mm512_and_si512(word, byte), all('-'));
    word = _mm512_mask_srli_epi64(word, negative, word, 8);
    __m512i length = _mm512_sub_epi64(end, start);
    length = _mm512_mask_sub_epi64(length, negative, length, one);
    // The lowest byte that is a point: a byte that is zero after the xor borrows first.
    const __m512i points = _mm512_xor_si512(word, all(0x2E2E2E2E2E2E2E2E));
    const __m512i found = _mm512_and_si512(
        _mm512_andnot_si512(points, _mm512_sub_epi64(points, all(0x0101010101010101))),
        all(0x8080808080808080));
    const __m512i below = _mm512_andnot_si512(found, _mm512_sub_epi64(found, one));
    // 8 where there is none among the first eight bytes.
    const __m512i point = _mm512_srli_epi64(_mm512_popcnt_epi64(below), 3);
    const __mmask8 integer = _mm512_cmpge_epi64_mask(point, length);
    const __m512i whole = _mm512_mask_mov_epi64(point, integer, length);
    const __m512i behind = _mm512_sub_epi64(_mm512_sub_epi64(length, whole), one);
    const __m512i fraction = _mm512_mask_mov_epi64(behind, integer, zero);
    const __m512i digits = _mm512_add_epi64(whole, fraction);
    // A zero before the point is no digit that counts, and must stand alone.
    const __mmask8 lone = _mm512_cmpeq_epi64_mask(_mm512_and_si512(word, byte), all('0'));
    const __m512i counted = _mm512_mask_sub_epi64(digits, lone, digits, one);
    __mmask8 other = _mm512_cmple_epi64_mask(whole, zero) |
                     _mm512_mask_cmple_epi64_mask((__mmask8)~integer, behind, zero) |
                     _mm512_cmpgt_epi64_mask(counted, all(19)) |
                     _mm512_mask_cmpgt_epi64_mask(lone, whole, one) |
                     (_mm512_cmpeq_epi64_mask(found, zero) & ~integer) |
                     _mm512_cmpgt_epi64_mask(fraction, all(22));

    // Ones in the last bytes of 32: those behind the point, and those that are digits.
    const __m512i most = all(32), ones = all(0xFFFFFFFF);
    const __m512i moved = _mm512_mask_mov_epi64(_mm512_min_epu64(fraction, most), integer, most);
    const __m256i moved_mask =
        _mm512_cvtepi64_epi32(_mm512_sllv_epi64(ones, _mm512_sub_epi64(most, moved)));
    const __m512i kept = _mm512_min_epu64(digits, most);
    const __m256i kept_mask =
        _mm512_cvtepi64_epi32(_mm512_sllv_epi64(ones, _mm512_sub_epi64(most, kept)));
    uint64_t ends_of[8], moved_of[4], kept_of[4], wrong_of[4];
    _mm512_storeu_si512(ends_of, end);
    _mm256_storeu_si256((__m256i *)moved_of, moved_mask);
    _mm256_storeu_si256((__m256i *)kept_of, kept_mask);
    __m512i eights[4];
    for (int pair = 0; pair < 4; pair++) {
      const __m512i x = digits_of(text + ends_of[2 * pair], text + ends_of[2 * pair + 1],
                                  moved_of[pair], kept_of[pair]);
      wrong_of[pair] = _mm512_cmpgt_epu8_mask(x, _mm512_set1_epi8(9));
      eights[pair] = eights_of(x);
    }
    const __m256i wrong = _mm256_loadu_si256((const __m256i *)wrong_of);
    other |= _mm256_test_epi32_mask(wrong, wrong);
    other &= used & ~empty;

    // The eights of each row, of the upper and of the lower half of its 32 digits.
    const __m512i half0 = _mm512_permutex2var_epi64(eights[0], quarters, eights[1]);
    const __m512i half1 = _mm512_permutex2var_epi64(eights[2], quarters, eights[3]);
    const __m512i first = _mm512_permutex2var_epi64(half0, lower, half1);
    const __m512i second = _mm512_permutex2var_epi64(half0, upper, half1);
    const __m512i mantissa = _mm512_add_epi64(
        _mm512_mullo_epi64(_mm512_srli_epi64(first, 32), all(10000000000000000)),
        _mm512_add_epi64(_mm512_mul_epu32(second, all(100000000)),
                         _mm512_srli_epi64(second, 32)));

    // Up to 15 digits, both are exact, so that one rounding happens (Clinger, 1990).
    const __m512i place = _mm512_min_epu64(fraction, all(22));
    const __m512d ten = _mm512_i64gather_pd(place, tens, 8);
    __m512i value = _mm512_castpd_si512(_mm512_div_pd(_mm512_cvtepi64_pd(mantissa), ten));
    const __mmask8 longs = _mm512_cmpge_epu64_mask(mantissa, all(1000000000000000));
    __mmask8 hard = 0;
    if (longs & ~other & used) {
      value = _mm512_mask_mov_epi64(value, longs, nearest(mantissa, place, fives, &hard));
      hard &= longs & ~other & used;
      if (hard) {
        _mm512_storeu_si512(result->mantissas + row, mantissa);
        _mm_storel_epi64((__m128i *)(result->fractions + row), _mm512_cvtepi64_epi8(place));
      }
    }
    value = _mm512_mask_or_epi64(value, negative, value, all((uint64_t)1 << 63));
    value = _mm512_mask_mov_epi64(value, empty, zero);
    _mm512_mask_storeu_epi64(values + row, used, value);
    result->negative |= (uint64_t)negative << row;
    result->empty |= (uint64_t)(empty & used) << row;
    result->integers |= (uint64_t)(integer & used & ~empty & ~other) << row;
    result->hard |= (uint64_t)hard << row;
    result->other |= (uint64_t)other << row;
  }
}
#else
int tabular_has_decimals(void) { return 0; }

// Never called.
void tabular_decimals(const uint8_t *text, const uint32_t *starts, ptrdiff_t start_stride,
                      ptrdiff_t start_offset, const uint32_t *ends, ptrdiff_t stride, size_t rows,
                      const double *tens, const uint64_t *fives, double *values,
                      struct tabular_decimals *result) {
  (void)text, (void)starts, (void)start_stride, (void)start_offset, (void)ends, (void)stride;
  (void)rows, (void)tens, (void)fives, (void)values, (void)result;
}
#endif
