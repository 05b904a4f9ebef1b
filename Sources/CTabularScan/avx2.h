// Whether loops in registers of 32 bytes may run; asked in each call, which is a load.

#ifndef TABULAR_AVX2_H
#define TABULAR_AVX2_H

#if defined(__x86_64__)
static inline int tabular_has_avx2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2");
}
#endif

#endif
