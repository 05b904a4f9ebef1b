// Many keys looked up in a hash table at once.

#ifndef TABULAR_LOOKUP_H
#define TABULAR_LOOKUP_H

#include <stddef.h>
#include <stdint.h>

/// 16 bytes: the length of a text and its first 12 bytes, as in Arrow's string view.
struct tabular_key {
  uint64_t head, tail;
};

/// A slot of a table of categories: the upper half of a hash, and a code; free below 0.
struct tabular_slot {
  uint32_t tag;
  int32_t code;
};

/// What a table knows of the category of a code.
struct tabular_entry {
  struct tabular_key key;
  int64_t offset;
};

/// A table of categories: `mask + 1` slots, a power of two of which some are free.
struct tabular_table {
  const struct tabular_slot *slots;
  uint64_t mask;
  const struct tabular_entry *entries;
};

/// The rows that one call takes at most.
enum { tabular_lookup_rows = 512 };

/// The hash by which a table finds a key; its lower bits lead to a slot, its upper half is the tag.
///
/// Products of 64 bits alone, of which vector instructions make eight at once; each half of the last
/// one is brought into the other.
static inline uint64_t tabular_hash(struct tabular_key key) {
  uint64_t hash = key.head * 0x9E3779B97F4A7C15 + key.tail * 0xBF58476D1CE4E5B9;
  hash = (hash ^ hash >> 32) * 0x94D049BB133111EB;
  return hash ^ hash >> 32;
}

/// The codes of up to 512 rows of texts; that of the key `null` where `validity`, which may be NULL, has
/// a 0 at `bit + row`.
///
/// Rows whose text is longer than 12 bytes, or not in the table, are left: their numbers go to `left`,
/// which has room for 512, ascending; their codes count for nothing. Returns how many they are.
size_t tabular_look_up(struct tabular_table table, const struct tabular_key *texts,
                       const uint8_t *validity, size_t bit, size_t rows, struct tabular_key null,
                       int32_t *codes, uint16_t *left);

#endif
