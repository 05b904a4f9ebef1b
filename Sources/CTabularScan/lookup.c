#include "tabular_lookup.h"

#include <stdbool.h>

// The key, or that of the null: chosen without a branch, which one row in ten of nulls would make a
// wrong guess of.
static inline struct tabular_key key_of(const struct tabular_key *texts, const uint8_t *validity,
                                        size_t bit, size_t row, struct tabular_key null) {
  struct tabular_key key = texts[row];
  if (validity) {
    const uint64_t valid = validity[(bit + row) >> 3] >> ((bit + row) & 7) & 1, all = 0 - valid;
    key.head = (key.head & all) | (null.head & ~all);
    key.tail = (key.tail & all) | (null.tail & ~all);
  }
  return key;
}

/// The code of the first slot with a hash's tag, or below 0; from a slot on.
static inline int32_t candidate(struct tabular_table table, uint64_t hash, uint64_t index) {
  while (true) {
    const struct tabular_slot slot = table.slots[index];
    if (slot.code < 0 || slot.tag == (uint32_t)(hash >> 32)) return slot.code;
    index = (index + 1) & table.mask;
  }
}

static inline bool is_long(struct tabular_key key, struct tabular_key null) {
  return (uint32_t)key.head > 12 && (uint32_t)key.head < (uint32_t)null.head;
}

/// Rows one by one.
///
/// Three loops, so that what a row waits for is on its way while the others are worked on.
static size_t look_up_plain(struct tabular_table table, const struct tabular_key *texts,
                            const uint8_t *validity, size_t bit, size_t first, size_t rows,
                            struct tabular_key null, int32_t *codes, uint16_t *left) {
  uint64_t hashes[tabular_lookup_rows];
  for (size_t row = first; row < rows; row++) {
    hashes[row] = tabular_hash(key_of(texts, validity, bit, row, null));
    __builtin_prefetch(table.slots + (hashes[row] & table.mask), 0, 3);
  }
  for (size_t row = first; row < rows; row++) {
    codes[row] = candidate(table, hashes[row], hashes[row] & table.mask);
    // Of a free slot, whose code is -1, this asks for what is never read.
    __builtin_prefetch(table.entries + codes[row], 0, 3);
  }
  size_t count = 0;
  for (size_t row = first; row < rows; row++) {
    const struct tabular_key key = key_of(texts, validity, bit, row, null);
    const struct tabular_key found = table.entries[codes[row] < 0 ? 0 : codes[row]].key;
    const bool differs = key.head != found.head || key.tail != found.tail || codes[row] < 0;
    left[count] = (uint16_t)row;
    count += differs || is_long(key, null);
  }
  return count;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define FEATURES "avx512f,avx512bw,avx512dq,avx512vl,bmi,bmi2"
#define VECTOR static inline __attribute__((always_inline, target(FEATURES)))

VECTOR __m512i all(uint64_t value) { return _mm512_set1_epi64((long long)value); }

struct eight_keys {
  __m512i heads, tails;
};

/// The keys of eight rows; `valid` has bits of those that are not null.
VECTOR struct eight_keys keys_of(const struct tabular_key *texts, __mmask8 valid,
                                 struct tabular_key null) {
  const __m512i first = _mm512_loadu_si512(texts), second = _mm512_loadu_si512(texts + 4);
  const __m512i even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
  const __m512i odd = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
  return (struct eight_keys){
      _mm512_mask_mov_epi64(all(null.head), valid, _mm512_permutex2var_epi64(first, even, second)),
      _mm512_mask_mov_epi64(all(null.tail), valid, _mm512_permutex2var_epi64(first, odd, second)),
  };
}

VECTOR __m512i hashes_of(struct eight_keys keys) {
  __m512i hash = _mm512_add_epi64(_mm512_mullo_epi64(keys.heads, all(0x9E3779B97F4A7C15)),
                                  _mm512_mullo_epi64(keys.tails, all(0xBF58476D1CE4E5B9)));
  hash = _mm512_mullo_epi64(_mm512_xor_si512(hash, _mm512_srli_epi64(hash, 32)),
                            all(0x94D049BB133111EB));
  return _mm512_xor_si512(hash, _mm512_srli_epi64(hash, 32));
}

/// The codes of the first slots with the hashes' tags, or below 0.
VECTOR __m256i candidates(struct tabular_table table, __m512i hashes) {
  const __m512i places = _mm512_and_si512(hashes, all(table.mask));
  const __m512i slots = _mm512_i64gather_epi64(places, table.slots, 8);
  const __m512i low = all(0xFFFFFFFF);
  const __mmask8 same = _mm512_cmpeq_epi64_mask(_mm512_and_si512(slots, low),
                                                _mm512_srli_epi64(hashes, 32));
  __mmask8 open = (__mmask8)~(same | _mm512_movepi64_mask(slots));
  const __m256i codes = _mm512_cvtepi64_epi32(_mm512_srli_epi64(slots, 32));
  if (!open) return codes;
  int32_t some[8];
  uint64_t hash[8];
  _mm256_storeu_si256((__m256i *)some, codes);
  _mm512_storeu_si512(hash, hashes);
  for (; open; open &= open - 1) {
    const int lane = __builtin_ctz(open);
    some[lane] = candidate(table, hash[lane], (hash[lane] + 1) & table.mask);
  }
  return _mm256_loadu_si256((const __m256i *)some);
}

/// Bits of the rows whose keys are not those of their codes, or stand for long texts.
VECTOR __mmask8 unlike(struct tabular_table table, struct eight_keys keys, __m256i codes,
                       struct tabular_key null) {
  const __m512i wide = _mm512_cvtepi32_epi64(codes);
  const __mmask8 used = (__mmask8)~_mm512_movepi64_mask(wide);
  // Entries of three words.
  const __m512i places = _mm512_add_epi64(wide, _mm512_add_epi64(wide, wide));
  const __m512i zero = _mm512_setzero_si512();
  const __m512i heads = _mm512_mask_i64gather_epi64(zero, used, places, table.entries, 8);
  const __m512i tails =
      _mm512_mask_i64gather_epi64(zero, used, places, &table.entries->key.tail, 8);
  const __m512i length = _mm512_and_si512(keys.heads, all(0xFFFFFFFF));
  const __mmask8 is_text = _mm512_cmplt_epu64_mask(length, all((uint32_t)null.head));
  return (__mmask8)~used | _mm512_cmpneq_epi64_mask(heads, keys.heads) |
         _mm512_cmpneq_epi64_mask(tails, keys.tails) |
         _mm512_mask_cmpgt_epu64_mask(is_text, length, all(12));
}

VECTOR __mmask8 valid_of(const uint8_t *validity, size_t row) {
  return validity ? validity[row >> 3] : 0xFF;
}

VECTOR size_t note(__mmask8 rows, size_t first, uint16_t *left) {
  size_t count = 0;
  for (; rows; rows &= rows - 1) left[count++] = (uint16_t)(first + (size_t)__builtin_ctz(rows));
  return count;
}

/// A table of so many slots stays in the second cache, and its memory is not asked for ahead.
enum { small_table = 1 << 14 };

/// Whole groups of eight rows; `validity` begins with their first. Returns as `tabular_look_up`.
__attribute__((target(FEATURES))) static size_t
look_up_vectors(struct tabular_table table, const struct tabular_key *texts,
                const uint8_t *validity, size_t rows, struct tabular_key null, int32_t *codes,
                uint16_t *left) {
  size_t count = 0;
  if (table.mask < small_table) {
    for (size_t row = 0; row < rows; row += 8) {
      const struct eight_keys keys = keys_of(texts + row, valid_of(validity, row), null);
      const __m256i found = candidates(table, hashes_of(keys));
      _mm256_storeu_si256((__m256i *)(codes + row), found);
      const __mmask8 others = unlike(table, keys, found, null);
      if (others) count += note(others, row, left + count);
    }
    return count;
  }
  uint64_t hashes[tabular_lookup_rows];
  for (size_t row = 0; row < rows; row += 8) {
    const struct eight_keys keys = keys_of(texts + row, valid_of(validity, row), null);
    _mm512_storeu_si512(hashes + row, hashes_of(keys));
    for (size_t i = row; i < row + 8; i++)
      __builtin_prefetch(table.slots + (hashes[i] & table.mask), 0, 3);
  }
  for (size_t row = 0; row < rows; row += 8) {
    const __m256i found = candidates(table, _mm512_loadu_si512(hashes + row));
    _mm256_storeu_si256((__m256i *)(codes + row), found);
    for (size_t i = row; i < row + 8; i++) __builtin_prefetch(table.entries + codes[i], 0, 3);
  }
  for (size_t row = 0; row < rows; row += 8) {
    const struct eight_keys keys = keys_of(texts + row, valid_of(validity, row), null);
    const __m256i found = _mm256_loadu_si256((const __m256i *)(codes + row));
    const __mmask8 others = unlike(table, keys, found, null);
    if (others) count += note(others, row, left + count);
  }
  return count;
}

static bool has_vectors(void) {
  static int known;
  int has = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (!has) {
    __builtin_cpu_init();
    has = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi2")
              ? 2
              : 1;
    __atomic_store_n(&known, has, __ATOMIC_RELAXED);
  }
  return has == 2;
}
#endif

size_t tabular_look_up(struct tabular_table table, const struct tabular_key *texts,
                       const uint8_t *validity, size_t bit, size_t rows, struct tabular_key null,
                       int32_t *codes, uint16_t *left) {
  size_t first = 0, count = 0;
#if defined(__x86_64__)
  if ((!validity || bit % 8 == 0) && has_vectors()) {
    first = rows & ~(size_t)7;
    count = look_up_vectors(table, texts, validity ? validity + bit / 8 : NULL, first, null, codes,
                            left);
  }
#endif
  return count + look_up_plain(table, texts, validity, bit, first, rows, null, codes, left + count);
}
