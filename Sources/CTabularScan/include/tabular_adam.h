// Adam's rule, a vector at a time: Swift's square root of a float sets errno, which no vector does.

#ifndef TABULAR_ADAM_H
#define TABULAR_ADAM_H

#include <stddef.h>

/// What a step of Adam multiplies by; all float32.
struct tabular_adam_factors {
  /// What AdamW multiplies the parameters by, and what Adam adds of them to the gradient.
  float shrink, decay;
  float weight1, beta2, weight2, epsilon, step_size;
};

// As wide as two or four registers: the compiler divides it by those that there are.
typedef float tabular_floats __attribute__((vector_size(32), aligned(4)));

/// Moves `count` parameters, and their two moments, by a gradient; nothing overlaps.
///
/// Each operation is rounded by itself: vectors change no bit. The second correction stands in the step
/// size and in epsilon instead of under each parameter, which leaves one division of the two, the slow
/// part of a step; it moves a last digit against PyTorch's formula.
///
/// Source: D. Kingma, J. Ba, "Adam", 2015, the end of section 2.
static inline void tabular_adam(float *p, const float *g, size_t count, float *first,
                                float *second, struct tabular_adam_factors f) {
#pragma clang fp contract(off)
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
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    STEP(tabular_floats, i)
  }
  for (; i < count; i++) {
    STEP(float, i)
  }
#undef STEP
}

#endif
