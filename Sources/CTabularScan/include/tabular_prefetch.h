// Instructions that Swift cannot express. An address need not be valid.

#ifndef TABULAR_PREFETCH_H
#define TABULAR_PREFETCH_H

/// Asks for the cache line of an address, which goes to the second level of the cache: far more
/// lines can be on their way there at once than to the first.
static inline void tabular_prefetch_far(const void *address) { __builtin_prefetch(address, 0, 2); }

/// Tells the processor that a thread waits for another in a loop.
static inline void tabular_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#endif
