#include "tabular_sum.h"

#include <string.h>

#include "avx2.h"

// What one loop does for 16 or 32 bytes a register, by vectors that the compiler divides. The batch of
// a loader lies in the second cache, out of which loads of 16 bytes bring half of what is there.
typedef uint32_t words __attribute__((vector_size(32), aligned(1)));

#define BODY(kind, attribute)                                                                      \
  attribute static uint32_t sum_##kind(const uint8_t *bytes, size_t count) {                      \
    words a = {0}, b = {0}, c = {0}, d = {0};                                                      \
    size_t i = 0;                                                                                  \
    for (; i + 32 <= count; i += 32) {                                                             \
      const words *block = (const words *)(bytes + 4 * i);                                         \
      a += block[0], b += block[1], c += block[2], d += block[3];                                  \
    }                                                                                              \
    a += b, c += d, a += c;                                                                        \
    uint32_t sum = 0;                                                                              \
    for (int lane = 0; lane < 8; lane++) sum += a[lane];                                           \
    for (; i < count; i++) {                                                                       \
      uint32_t word;                                                                               \
      memcpy(&word, bytes + 4 * i, 4);                                                             \
      sum += word;                                                                                 \
    }                                                                                              \
    return sum;                                                                                    \
  }

BODY(plain, )

#if defined(__x86_64__)
BODY(wide, __attribute__((target("avx2"))))
#endif

uint32_t tabular_sum_words(const void *words, size_t count) {
#if defined(__x86_64__)
  if (tabular_has_avx2()) return sum_wide(words, count);
#endif
  return sum_plain(words, count);
}
