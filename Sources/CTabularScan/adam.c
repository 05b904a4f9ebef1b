#include "tabular_adam.h"

#include "avx2.h"

// What one loop does in registers of 16 or 32 bytes, by vectors that the compiler divides. Wider ones
// divide and take roots no faster.
typedef float floats __attribute__((vector_size(32), aligned(4)));

#define STEP(type, i)                                                                             \
  type parameter = *(const type *)(p + (i)) * f.shrink;                                           \
  type gradient = *(const type *)(g + (i)) + f.decay * parameter;                                 \
  type a = *(const type *)(first + (i)), b = *(const type *)(second + (i));                       \
  a += f.weight1 * (gradient - a);                                                                \
  b = b * f.beta2 + f.weight2 * gradient * gradient;                                              \
  *(type *)(first + (i)) = a;                                                                     \
  *(type *)(second + (i)) = b;                                                                    \
  *(type *)(p + (i)) =                                                                            \
      parameter + f.step_size * a / (__builtin_elementwise_sqrt(b) + f.epsilon);

#define BODY(kind, attribute)                                                                     \
  attribute static void adam_##kind(float *p, const float *g, size_t count, float *first,         \
                                    float *second, struct tabular_adam_factors f) {               \
    _Pragma("clang fp contract(off)") size_t i = 0;                                               \
    for (; i + 8 <= count; i += 8) {                                                              \
      STEP(floats, i)                                                                             \
    }                                                                                             \
    for (; i < count; i++) {                                                                      \
      STEP(float, i)                                                                              \
    }                                                                                             \
  }

BODY(plain, )

#if defined(__x86_64__)
BODY(wide, __attribute__((target("avx2"))))
#endif

void tabular_adam(float *p, const float *g, size_t count, float *first, float *second,
                  struct tabular_adam_factors f) {
#if defined(__x86_64__)
  if (tabular_has_avx2()) {
    adam_wide(p, g, count, first, second, f);
    return;
  }
#endif
  adam_plain(p, g, count, first, second, f);
}
