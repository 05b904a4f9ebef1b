// A checksum as fast as the memory is read.

#ifndef TABULAR_SUM_H
#define TABULAR_SUM_H

#include <stddef.h>
#include <stdint.h>

/// The sum of `count` words of 32 bits, modulo 2^32; `words` need not be aligned.
uint32_t tabular_sum_words(const void *words, size_t count);

#endif
