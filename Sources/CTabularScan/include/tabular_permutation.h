// The rounds of TabularLoading's permutation for many positions at a time. The Swift code beside the
// caller is the definition; this gives the same numbers in vectors, which are chosen at run time.

#ifndef TABULAR_PERMUTATION_H
#define TABULAR_PERMUTATION_H

#include <stddef.h>
#include <stdint.h>

/// The two sides of the square that is permuted, both below 2^32, and a key a round.
struct tabular_permutation {
  uint64_t a, b;
  const uint64_t *keys;
  /// An even number.
  uint32_t rounds;
  /// What each round draws for each half, a row of `stride` entries a round, where both sides are at
  /// most 2^16; null where it is computed each time. One entry more lies behind the last one.
  const uint16_t *draws;
  size_t stride;
};

/// How the rounds are computed; 0 is the caller's own way.
enum tabular_permutation_method {
  tabular_permutation_portable = 0,
  tabular_permutation_avx2 = 1,
  tabular_permutation_avx512 = 2,
};

/// The best method that this processor has.
enum tabular_permutation_method tabular_permutation_best_method(void);

/// Writes one pass of the numbers from `start` on, which lie below a * b, to `results`.
///
/// Returns how many of `count` were done, a multiple of 16; none where b is below 16, or for the
/// portable method. `method` must be one that this processor has.
size_t tabular_permute(const struct tabular_permutation *permutation, uint64_t start, size_t count,
                       uint64_t *results, enum tabular_permutation_method method);

#endif
