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

/// Moves `count` parameters, and their two moments, by a gradient; nothing overlaps.
///
/// Each operation is rounded by itself: vectors, of whatever width, change no bit. The second
/// correction stands in the step size and in epsilon instead of under each parameter, which leaves one
/// division of the two, the slow part of a step; it moves a last digit against PyTorch's formula.
///
/// Source: D. Kingma, J. Ba, "Adam", 2015, the end of section 2.
void tabular_adam(float *p, const float *g, size_t count, float *first, float *second,
                  struct tabular_adam_factors f);

#endif
