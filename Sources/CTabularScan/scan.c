#include "CTabularScan.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define INLINE_FOR(features) static inline __attribute__((always_inline, target(features)))
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif
#define INLINE static inline __attribute__((always_inline))

/// A bit a byte: where the quotes are, and where the delimiters, CR and LF are.
struct masks {
  uint64_t quotes, separators;
};

#if defined(__x86_64__)

// SSE2 is part of every x86-64.
INLINE struct masks masks_portable(const uint8_t *p, uint8_t delimiter, uint8_t quote) {
  struct masks m = {0, 0};
  const __m128i d = _mm_set1_epi8((char)delimiter), q = _mm_set1_epi8((char)quote);
  const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
  for (int i = 0; i < 4; i++) {
    const __m128i x = _mm_loadu_si128((const __m128i *)(p + 16 * i));
    const __m128i s = _mm_or_si128(_mm_cmpeq_epi8(x, d), _mm_or_si128(_mm_cmpeq_epi8(x, lf), _mm_cmpeq_epi8(x, cr)));
    m.quotes |= (uint64_t)(uint16_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, q)) << (16 * i);
    m.separators |= (uint64_t)(uint16_t)_mm_movemask_epi8(s) << (16 * i);
  }
  return m;
}

INLINE_FOR("avx2") struct masks masks_avx2(const uint8_t *p, uint8_t delimiter, uint8_t quote) {
  struct masks m = {0, 0};
  const __m256i d = _mm256_set1_epi8((char)delimiter), q = _mm256_set1_epi8((char)quote);
  const __m256i lf = _mm256_set1_epi8('\n'), cr = _mm256_set1_epi8('\r');
  for (int i = 0; i < 2; i++) {
    const __m256i x = _mm256_loadu_si256((const __m256i *)(p + 32 * i));
    const __m256i s = _mm256_or_si256(_mm256_cmpeq_epi8(x, d), _mm256_or_si256(_mm256_cmpeq_epi8(x, lf), _mm256_cmpeq_epi8(x, cr)));
    m.quotes |= (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, q)) << (32 * i);
    m.separators |= (uint64_t)(uint32_t)_mm256_movemask_epi8(s) << (32 * i);
  }
  return m;
}

INLINE_FOR("avx512bw") struct masks masks_avx512(const uint8_t *p, uint8_t delimiter, uint8_t quote) {
  const __m512i x = _mm512_loadu_si512(p);
  struct masks m;
  m.quotes = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8((char)quote));
  m.separators = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8((char)delimiter)) |
                 _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8('\n')) |
                 _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8('\r'));
  return m;
}

#elif defined(__aarch64__)

// NEON is part of every 64-bit Arm.
INLINE uint64_t mask_neon(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d) {
  const uint8x16_t bits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const uint8x16_t low = vpaddq_u8(vandq_u8(a, bits), vandq_u8(b, bits));
  const uint8x16_t high = vpaddq_u8(vandq_u8(c, bits), vandq_u8(d, bits));
  const uint8x16_t sum = vpaddq_u8(low, high);
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}

INLINE struct masks masks_portable(const uint8_t *p, uint8_t delimiter, uint8_t quote) {
  uint8x16_t q[4], s[4];
  for (int i = 0; i < 4; i++) {
    const uint8x16_t x = vld1q_u8(p + 16 * i);
    q[i] = vceqq_u8(x, vdupq_n_u8(quote));
    s[i] = vorrq_u8(vceqq_u8(x, vdupq_n_u8(delimiter)), vorrq_u8(vceqq_u8(x, vdupq_n_u8('\n')), vceqq_u8(x, vdupq_n_u8('\r'))));
  }
  return (struct masks){mask_neon(q[0], q[1], q[2], q[3]), mask_neon(s[0], s[1], s[2], s[3])};
}

#else

INLINE struct masks masks_portable(const uint8_t *p, uint8_t delimiter, uint8_t quote) {
  struct masks m = {0, 0};
  for (int i = 0; i < 64; i++) {
    m.quotes |= (uint64_t)(p[i] == quote) << i;
    m.separators |= (uint64_t)(p[i] == delimiter || p[i] == '\n' || p[i] == '\r') << i;
  }
  return m;
}

#endif

/// The bits of `quotes`, each xored with all below it: 1 from an opening quote to before its closing.
INLINE uint64_t prefix_xor(uint64_t quotes) {
  for (int shift = 1; shift < 64; shift *= 2) quotes ^= quotes << shift;
  return quotes;
}

/// Takes the masks of 64 bytes; returns the number of positions written.
INLINE size_t take(struct masks m, uint32_t base, struct tabular_scan_state *state, uint32_t *positions) {
  uint64_t separators = m.separators;
  if (m.quotes | state->inside | state->previous_closing) {
    const uint64_t inside = prefix_xor(m.quotes) ^ state->inside;
    separators &= ~inside;
    const uint64_t opening = m.quotes & inside, closing = m.quotes & ~inside;
    const uint64_t after_closing = closing << 1 | state->previous_closing;
    // A quote opens at the start of a cell, or is the second of a doubled one.
    state->irregular |= opening & ~(separators << 1 | state->previous_separator | after_closing);
    // After a closing quote comes a separator, or the second of a doubled one.
    state->irregular |= after_closing & ~(separators | opening);
    state->inside = (uint64_t)((int64_t)inside >> 63);
    state->previous_closing = closing >> 63;
  }
  state->previous_separator = separators >> 63;
  const size_t count = (size_t)__builtin_popcountll(separators);
  // Eight at a time: what is written beyond `count` is overwritten by the next block.
  for (size_t i = 0; i < count; i += 8) {
    for (size_t j = i; j < i + 8; j++) {
      positions[j] = base + (uint32_t)__builtin_ctzll(separators | (uint64_t)1 << 63);
      separators &= separators - 1;
    }
  }
  return count;
}

#define SCAN(masks_of)                                                                           \
  size_t found = 0, i = 0;                                                                       \
  for (; i + 64 <= count; i += 64) {                                                             \
    found += take(masks_of(bytes + i, delimiter, quote), (uint32_t)i, state, positions + found); \
  }                                                                                              \
  if (i < count) {                                                                               \
    /* The end, filled up with bytes that are no separator and no quote. */                      \
    uint8_t end[64];                                                                             \
    uint8_t filler = 'a';                                                                        \
    while (filler == delimiter || filler == quote) filler++;                                     \
    memset(end, filler, sizeof end);                                                             \
    memcpy(end, bytes + i, count - i);                                                           \
    const size_t left = count - i;                                                               \
    struct masks m = masks_of(end, delimiter, quote);                                            \
    /* Aligned to the top, so that what the state says of the last byte is true of ours. */      \
    m.quotes <<= 64 - left;                                                                      \
    m.separators <<= 64 - left;                                                                  \
    const uint64_t closing = state->previous_closing, separator = state->previous_separator;     \
    found += take_end(m, (uint32_t)(count - 64), left, closing, separator, state, positions + found); \
  }                                                                                              \
  return found

/// As `take`, for the masks of fewer than 64 bytes at the top of the word.
INLINE size_t take_end(struct masks m, uint32_t base, size_t left, uint64_t closing, uint64_t separator,
                       struct tabular_scan_state *state, uint32_t *positions) {
  const uint64_t first = (uint64_t)1 << (64 - left);
  const uint64_t outside = ~(first - 1);
  const uint64_t inside = (prefix_xor(m.quotes) ^ (state->inside & outside)) & outside;
  uint64_t separators = m.separators & ~inside;
  const uint64_t opening = m.quotes & inside, closings = m.quotes & ~inside;
  const uint64_t after_closing = closings << 1 | (closing ? first : 0);
  state->irregular |= opening & ~(separators << 1 | (separator ? first : 0) | after_closing);
  state->irregular |= after_closing & ~(separators | opening);
  state->inside = (uint64_t)((int64_t)inside >> 63);
  state->previous_closing = closings >> 63;
  state->previous_separator = separators >> 63;
  size_t count = 0;
  for (; separators; separators &= separators - 1) {
    positions[count++] = base + (uint32_t)__builtin_ctzll(separators);
  }
  return count;
}

static size_t scan_portable(const uint8_t *bytes, size_t count, uint8_t delimiter, uint8_t quote,
                            struct tabular_scan_state *state, uint32_t *positions) {
  SCAN(masks_portable);
}

#if defined(__x86_64__)

__attribute__((target("avx2,bmi,popcnt")))
static size_t scan_avx2(const uint8_t *bytes, size_t count, uint8_t delimiter, uint8_t quote,
                        struct tabular_scan_state *state, uint32_t *positions) {
  SCAN(masks_avx2);
}

__attribute__((target("avx512bw,avx512f,bmi,popcnt")))
static size_t scan_avx512(const uint8_t *bytes, size_t count, uint8_t delimiter, uint8_t quote,
                          struct tabular_scan_state *state, uint32_t *positions) {
  SCAN(masks_avx512);
}

enum tabular_scan_method tabular_scan_best_method(void) {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("popcnt")) return tabular_scan_portable;
  if (__builtin_cpu_supports("avx512bw")) return tabular_scan_avx512;
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
  return scan_portable(bytes, count, delimiter, quote, state, positions);
}
