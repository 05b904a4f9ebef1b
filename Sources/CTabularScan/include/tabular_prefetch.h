// An instruction that Swift cannot express.

#ifndef TABULAR_PREFETCH_H
#define TABULAR_PREFETCH_H

/// Asks for the cache line of an address, which goes to the second level of the cache: far more
/// lines can be on their way there at once than to the first. The address need not be valid.
static inline void tabular_prefetch_far(const void *address) { __builtin_prefetch(address, 0, 2); }

#endif
