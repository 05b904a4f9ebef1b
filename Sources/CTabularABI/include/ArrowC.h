// The structures of the Arrow C data interface and the Arrow C stream interface.
//
// Written from the published layout ("The Arrow C data interface" and "The Arrow C stream
// interface" in the Arrow columnar format's documentation). Each interface stands under the guard
// that its specification names, so that a program may include other declarations of it as well.

#ifndef TABULAR_ARROW_C_H
#define TABULAR_ARROW_C_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

// The type of an array, its name and its children.
struct ArrowSchema {
  const char *format;
  const char *name;
  const char *metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema **children;
  struct ArrowSchema *dictionary;

  // Called once by whoever holds the base structure; sets itself to NULL.
  void (*release)(struct ArrowSchema *);
  void *private_data;
};

// The values of an array.
struct ArrowArray {
  int64_t length;
  int64_t null_count;  // -1: not known
  int64_t offset;      // the first element, within every buffer
  int64_t n_buffers;
  int64_t n_children;
  const void **buffers;
  struct ArrowArray **children;
  struct ArrowArray *dictionary;

  // Called once by whoever holds the base structure; sets itself to NULL.
  void (*release)(struct ArrowArray *);
  void *private_data;
};

#endif  // ARROW_C_DATA_INTERFACE

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

// Arrays of one type, one after the other. Calls are serialised by the consumer.
struct ArrowArrayStream {
  // 0, or an errno code; then get_last_error tells more.
  int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
  // A released array (release is NULL) and 0 behind the last.
  int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
  // Valid until the next call; NULL where there is nothing to tell.
  const char *(*get_last_error)(struct ArrowArrayStream *);

  void (*release)(struct ArrowArrayStream *);
  void *private_data;
};

#endif  // ARROW_C_STREAM_INTERFACE

#ifdef __cplusplus
}
#endif

#endif  // TABULAR_ARROW_C_H
