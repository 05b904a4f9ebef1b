#include "CTabularScan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define INLINE_FOR(features) static inline __attribute__((always_inline, target(features)))
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif
#define INLINE static inline __attribute__((always_inline))

/// A bit a byte: where each kind of byte is; `high` is above 127.
struct masks {
  uint64_t quotes, delimiters, returns, feeds, high;
};

#if defined(__x86_64__)

// SSE2 is part of every x86-64.
INLINE uint64_t equal_sse2(__m128i x, __m128i y, int i) {
  return (uint64_t)(uint16_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, y)) << (16 * i);
}

INLINE struct masks masks_portable(const uint8_t *p, uint8_t delimiter, uint8_t quote) {
  struct masks m = {0, 0, 0, 0, 0};
  const __m128i d = _mm_set1_epi8((char)delimiter), q = _mm_set1_epi8((char)quote);
  const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
  for (int i = 0; i < 4; i++) {
    const __m128i x = _mm_loadu_si128((const __m128i *)(p + 16 * i));
    m.quotes |= equal_sse2(x, q, i);
    m.delimiters |= equal_sse2(x, d, i);
    m.returns |= equal_sse2(x, cr, i);
    m.feeds |= equal_sse2(x, lf, i);
    m.high |= (uint64_t)_mm_movemask_epi8(x);
  }
  return m;
}

INLINE_FOR("avx2") uint64_t equal_avx2(__m256i x, __m256i y, int i) {
  return (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, y)) << (32 * i);
}

INLINE_FOR("avx2") struct masks masks_avx2(const uint8_t *p, uint8_t delimiter, uint8_t quote) {
  struct masks m = {0, 0, 0, 0, 0};
  const __m256i d = _mm256_set1_epi8((char)delimiter), q = _mm256_set1_epi8((char)quote);
  const __m256i lf = _mm256_set1_epi8('\n'), cr = _mm256_set1_epi8('\r');
  for (int i = 0; i < 2; i++) {
    const __m256i x = _mm256_loadu_si256((const __m256i *)(p + 32 * i));
    m.quotes |= equal_avx2(x, q, i);
    m.delimiters |= equal_avx2(x, d, i);
    m.returns |= equal_avx2(x, cr, i);
    m.feeds |= equal_avx2(x, lf, i);
    m.high |= (uint64_t)(uint32_t)_mm256_movemask_epi8(x);
  }
  return m;
}

INLINE_FOR("avx512bw") struct masks masks_avx512(const uint8_t *p, uint8_t delimiter, uint8_t quote) {
  const __m512i x = _mm512_loadu_si512(p);
  struct masks m;
  m.quotes = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8((char)quote));
  m.delimiters = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8((char)delimiter));
  m.returns = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8('\r'));
  m.feeds = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8('\n'));
  m.high = _mm512_movepi8_mask(x);
  return m;
}

#elif defined(__aarch64__)

// NEON is part of every 64-bit Arm.
INLINE uint64_t mask_neon(const uint8x16_t x[4]) {
  const uint8x16_t bits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const uint8x16_t low = vpaddq_u8(vandq_u8(x[0], bits), vandq_u8(x[1], bits));
  const uint8x16_t high = vpaddq_u8(vandq_u8(x[2], bits), vandq_u8(x[3], bits));
  const uint8x16_t sum = vpaddq_u8(low, high);
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}

INLINE uint64_t equal_neon(const uint8x16_t x[4], uint8_t byte) {
  const uint8x16_t y = vdupq_n_u8(byte);
  const uint8x16_t equal[4] = {vceqq_u8(x[0], y), vceqq_u8(x[1], y), vceqq_u8(x[2], y),
                               vceqq_u8(x[3], y)};
  return mask_neon(equal);
}

INLINE struct masks masks_portable(const uint8_t *p, uint8_t delimiter, uint8_t quote) {
  const uint8x16_t x[4] = {vld1q_u8(p), vld1q_u8(p + 16), vld1q_u8(p + 32), vld1q_u8(p + 48)};
  struct masks m;
  m.quotes = equal_neon(x, quote);
  m.delimiters = equal_neon(x, delimiter);
  m.returns = equal_neon(x, '\r');
  m.feeds = equal_neon(x, '\n');
  m.high = vmaxvq_u8(vorrq_u8(vorrq_u8(x[0], x[1]), vorrq_u8(x[2], x[3]))) >> 7;
  return m;
}

#else

INLINE struct masks masks_portable(const uint8_t *p, uint8_t delimiter, uint8_t quote) {
  struct masks m = {0, 0, 0, 0, 0};
  for (int i = 0; i < 64; i++) {
    m.quotes |= (uint64_t)(p[i] == quote) << i;
    m.delimiters |= (uint64_t)(p[i] == delimiter) << i;
    m.returns |= (uint64_t)(p[i] == '\r') << i;
    m.feeds |= (uint64_t)(p[i] == '\n') << i;
    m.high |= (uint64_t)(p[i] >> 7) << i;
  }
  return m;
}

#endif

/// The bits of `quotes`, each xored with all below it: 1 from an opening quote to before its closing.
INLINE uint64_t prefix_xor(uint64_t quotes) {
  for (int shift = 1; shift < 64; shift *= 2) quotes ^= quotes << shift;
  return quotes;
}

/// The bits of `quotes`, as `prefix_xor`: by a carry-less product where there is one.
#if defined(__x86_64__)
INLINE_FOR("pclmul") uint64_t prefix_xor_product(uint64_t quotes) {
  const __m128i ones = _mm_set1_epi8((char)0xFF);
  return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)quotes), ones, 0));
}
#endif

/// Takes the masks of `count` bytes, 1 to 64, and returns which of them are separators.
///
/// Bits beyond `count` may be set by bytes that are not ours.
#define TAKE(name, attributes, prefix)                                                             \
  attributes uint64_t name(struct masks m, unsigned count, struct tabular_scan_state *state) {     \
    const unsigned last = count - 1;                                                               \
    const uint64_t valid = ~(uint64_t)0 >> (63 - last);                                            \
    /* The LF of a CR LF ends nothing. */                                                          \
    const uint64_t ends =                                                                          \
        (m.returns | (m.feeds & ~(m.returns << 1 | state->previous_return))) & valid;              \
    uint64_t boundaries = (m.delimiters | m.returns | m.feeds) & valid;                            \
    uint64_t separators = (m.delimiters & valid) | ends;                                           \
    const uint64_t quotes = m.quotes & valid;                                                      \
    state->high |= m.high;                                                                         \
    state->previous_return = m.returns >> last & 1;                                                \
    state->lines += (uint64_t)__builtin_popcountll(ends);                                          \
    if (quotes | state->inside | state->previous_closing) {                                        \
      const uint64_t inside = (prefix(quotes) ^ state->inside) & valid;                            \
      separators &= ~inside;                                                                       \
      boundaries &= ~inside;                                                                       \
      const uint64_t opening = quotes & inside, closing = quotes & ~inside;                        \
      const uint64_t after_closing = (closing << 1 | state->previous_closing) & valid;             \
      /* A quote opens at the start of a cell, or is the second of a doubled one. */               \
      state->irregular |= opening & ~(boundaries << 1 | state->previous_separator | after_closing); \
      /* After a closing quote comes a separator, or the second of a doubled one. */               \
      state->irregular |= after_closing & ~(boundaries | opening);                                 \
      state->doubled |= opening & after_closing;                                                   \
      state->inside = 0 - (inside >> last & 1);                                                    \
      state->previous_closing = closing >> last & 1;                                               \
    }                                                                                              \
    state->previous_separator = boundaries >> last & 1;                                            \
    state->records += (uint64_t)__builtin_popcountll(ends & separators);                           \
    return separators;                                                                             \
  }

TAKE(take, INLINE, prefix_xor)
#if defined(__x86_64__)
TAKE(take_product, INLINE_FOR("pclmul,popcnt"), prefix_xor_product)
#endif

/// Writes the positions of the separators among 64 bytes; returns their number.
INLINE size_t write(uint64_t separators, uint32_t base, uint32_t *positions) {
  const size_t found = (size_t)__builtin_popcountll(separators);
  // Eight at a time: what is written beyond `found` is overwritten by the next block.
  for (size_t i = 0; i < found; i += 8) {
    for (size_t j = i; j < i + 8; j++) {
      positions[j] = base + (uint32_t)__builtin_ctzll(separators | (uint64_t)1 << 63);
      separators &= separators - 1;
    }
  }
  return found;
}

#if defined(__x86_64__)
/// As `write`, by compressing the numbers 0 to 63, sixteen positions at a time.
INLINE_FOR("avx512vbmi2,avx512bw,avx512f,popcnt")
size_t write_compressed(uint64_t separators, uint32_t base, uint32_t *positions) {
  static const uint8_t numbers[64] __attribute__((aligned(64))) = {
      0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
      22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
      44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
  const size_t found = (size_t)__builtin_popcountll(separators);
  const __m512i kept = _mm512_maskz_compress_epi8(separators, _mm512_load_si512(numbers));
  const __m512i start = _mm512_set1_epi32((int)base);
  _mm512_storeu_si512(positions, _mm512_add_epi32(start, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(kept))));
  if (found > 16) {
    _mm512_storeu_si512(positions + 16, _mm512_add_epi32(start, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(kept, 1))));
    if (found > 32) {
      _mm512_storeu_si512(positions + 32, _mm512_add_epi32(start, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(kept, 2))));
      _mm512_storeu_si512(positions + 48, _mm512_add_epi32(start, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(kept, 3))));
    }
  }
  return found;
}
#endif

#define SCAN(masks_of, take, write)                                                                \
  size_t found = 0, i = 0;                                                                         \
  struct tabular_scan_state now = *state;                                                          \
  for (; i + 64 <= count; i += 64) {                                                               \
    const uint64_t separators = take(masks_of(bytes + i, delimiter, quote), 64, &now);             \
    found += write(separators, (uint32_t)i, positions + found);                                    \
  }                                                                                                \
  if (i < count) {                                                                                 \
    uint8_t end[64] = {0};                                                                         \
    __builtin_memcpy(end, bytes + i, count - i);                                                   \
    const uint64_t separators =                                                                    \
        take(masks_of(end, delimiter, quote), (unsigned)(count - i), &now);                        \
    found += write(separators, (uint32_t)i, positions + found);                                    \
  }                                                                                                \
  *state = now;                                                                                    \
  return found

#define COUNT(masks_of)                                                                            \
  size_t found = 0, i = 0;                                                                         \
  for (; i + 64 <= count; i += 64) {                                                               \
    found += (size_t)__builtin_popcountll(masks_of(bytes + i, 0, byte).quotes);                    \
  }                                                                                                \
  for (; i < count; i++) found += bytes[i] == byte;                                                \
  return found

static size_t scan_portable(const uint8_t *bytes, size_t count, uint8_t delimiter, uint8_t quote,
                            struct tabular_scan_state *state, uint32_t *positions) {
  SCAN(masks_portable, take, write);
}

static size_t count_portable(const uint8_t *bytes, size_t count, uint8_t byte) {
  COUNT(masks_portable);
}

#if defined(__x86_64__)

__attribute__((target("avx2,bmi,popcnt,pclmul")))
static size_t scan_avx2(const uint8_t *bytes, size_t count, uint8_t delimiter, uint8_t quote,
                        struct tabular_scan_state *state, uint32_t *positions) {
  SCAN(masks_avx2, take_product, write);
}

__attribute__((target("avx2,bmi,popcnt")))
static size_t count_avx2(const uint8_t *bytes, size_t count, uint8_t byte) {
  COUNT(masks_avx2);
}

__attribute__((target("avx512vbmi2,avx512bw,avx512f,bmi,popcnt,pclmul")))
static size_t scan_avx512(const uint8_t *bytes, size_t count, uint8_t delimiter, uint8_t quote,
                          struct tabular_scan_state *state, uint32_t *positions) {
  SCAN(masks_avx512, take_product, write_compressed);
}

__attribute__((target("avx512bw,avx512f,bmi,popcnt")))
static size_t count_avx512(const uint8_t *bytes, size_t count, uint8_t byte) {
  COUNT(masks_avx512);
}

enum tabular_scan_method tabular_scan_best_method(void) {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("popcnt") ||
      !__builtin_cpu_supports("pclmul")) {
    return tabular_scan_portable;
  }
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2")) {
    return tabular_scan_avx512;
  }
  return __builtin_cpu_supports("avx2") ? tabular_scan_avx2 : tabular_scan_portable;
}

#else

enum tabular_scan_method tabular_scan_best_method(void) { return tabular_scan_portable; }

#endif

size_t tabular_scan(const uint8_t *bytes, size_t count, uint8_t delimiter, uint8_t quote,
                    enum tabular_scan_method method, struct tabular_scan_state *state,
                    uint32_t *positions) {
#if defined(__x86_64__)
  if (method == tabular_scan_avx512) return scan_avx512(bytes, count, delimiter, quote, state, positions);
  if (method == tabular_scan_avx2) return scan_avx2(bytes, count, delimiter, quote, state, positions);
#endif
  (void)method;
  return scan_portable(bytes, count, delimiter, quote, state, positions);
}

size_t tabular_count(const uint8_t *bytes, size_t count, uint8_t byte,
                     enum tabular_scan_method method) {
#if defined(__x86_64__)
  if (method == tabular_scan_avx512) return count_avx512(bytes, count, byte);
  if (method == tabular_scan_avx2) return count_avx2(bytes, count, byte);
#endif
  (void)method;
  return count_portable(bytes, count, byte);
}
