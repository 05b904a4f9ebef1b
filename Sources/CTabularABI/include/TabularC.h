// libTabularC: CSV files, fitted recipes and training batches for any language that calls C.
//
// Tables come out as Arrow streams (the Arrow C stream interface), tensors as DLPack structures;
// every array library reads one of them without copying.
//
// Build:  swift build -c release --product TabularC -Xswiftc -static-stdlib
// The library then needs no Swift installation: the C library, libcsv, libz and libzstd are enough.
//
// Results
//   Every function but tabular_version, tabular_last_error and tabular_last_notices returns a code:
//   TABULAR_OK, TABULAR_END, or one of the errors. After an error tabular_last_error says in one
//   line what was wrong, where, and what to do. Whatever is written through a pointer is written on
//   success only; after an error a handle or a tensor is NULL, and a stream has a NULL release.
//
// Arguments
//   Paths and options are UTF-8 and end with a zero byte. A NULL where a value is needed, a negative
//   size and a handle that was freed or never given out are TABULAR_INVALID_ARGUMENT, never a crash.
//   A pointer to memory that is not there cannot be told from a good one.
//
// Ownership
//   A handle belongs to the caller until its free function takes it back; a second free is an error
//   that changes nothing. Handles may be freed in any order, and before the streams and tensors that
//   came of them: those hold what they need. An Arrow stream is released by its own release, a
//   DLPack tensor by its own deleter, each once, by whoever holds it last.
//
// Threads
//   Every function may be called from any thread. Recipes, matrices and loaders do not change, so
//   that threads may share them. An epoch gives each batch to one of the threads that ask for it. A
//   stream takes one call at a time, from any thread. The last error and the notices are the calling
//   thread's. A process that has called the library and forks must not call it in the child (in
//   Python: multiprocessing with "spawn"); the library must not be unloaded.

#ifndef TABULAR_C_H
#define TABULAR_C_H

#include <stdint.h>

#include "ArrowC.h"
#include "DLPackC.h"

// What may be NULL is said to compilers that can be told; an extension, which -pedantic points out.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-extension"
#define TABULAR_NULLABLE _Nullable
#define TABULAR_NONNULL _Nonnull
#else
#define TABULAR_NULLABLE
#define TABULAR_NONNULL
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum {
  TABULAR_OK = 0,
  // There is nothing more: behind the last batch of an epoch.
  TABULAR_END = 1,
  // NULL, a size out of range, a freed handle, or an option that is not one.
  TABULAR_INVALID_ARGUMENT = 2,
  // A file that is not there, or cannot be read.
  TABULAR_FILE_ERROR = 3,
  // Data that are not what they should be: a bad row, another schema, a type that does not fit.
  TABULAR_DATA_ERROR = 4
};

// The version of the package, such as "0.1.0"; valid for ever.
const char *TABULAR_NONNULL tabular_version(void);

// What the thread's last failing call ran into, in one line; empty when none has failed.
// Valid until the thread's next call of a function that returns a code.
const char *TABULAR_NONNULL tabular_last_error(void);

// What the thread's last successful reading or applying decided and left out, a line each (bad rows,
// null words, unseen categories); empty when nothing is to be said. Of a stream in chunks it is
// there once get_next has told its end. Valid until the thread's next reading or applying.
const char *TABULAR_NONNULL tabular_last_notices(void);

// --- CSV ---------------------------------------------------------------------------------------

// Reads CSV files as a stream of record batches.
//
// path: a file (plain, gzip or zstd), a pattern with * ? [...], or "-" for standard input.
// options: NULL, or a JSON object with the reading options of the command `tabular`; a name may have
//   underscores for hyphens, and a list may be a JSON array or a text separated by commas:
//     {"delimiter": ";", "no-header": true, "null-values": ["NA"], "all-text": true,
//      "types": {"id": "string"}, "columns": ["id", "fare"], "skip-lines": 2, "skip-footer": 1,
//      "comment": "#", "decimal-comma": true, "thousands": ".", "trim": true,
//      "true-words": ["yes"], "false-words": ["no"], "date-formats": {"day": "%d.%m.%Y"},
//      "encoding": "latin1", "quoting": "lenient", "bad-rows": "skip=10", "skip": 1000,
//      "limit": 10, "file-column": "file", "threads": 4}
// chunk_rows: 0 reads everything at once, as one batch. Above 0 there are so many rows a batch, in
//   memory for about two batches: types are those of the whole input, which is read twice for them
//   where it can be. What is wrong with a later batch, the stream's get_last_error tells.
// stream: written, whatever it held before; the caller releases it.
//
// Types: int64 `l`, float64 `g`, bool `b`, date `tdD`, datetime `tsu:UTC`, string `vu` (views),
// category a dictionary of `vu` with `i` codes.
int32_t tabular_read_csv(const char *TABULAR_NULLABLE path, const char *TABULAR_NULLABLE options,
                         int64_t chunk_rows, struct ArrowArrayStream *TABULAR_NULLABLE stream);

// --- Recipes -----------------------------------------------------------------------------------

// A fitted recipe, as `tabular convert --save-recipe` writes it.
typedef struct tabular_recipe tabular_recipe;

int32_t tabular_recipe_load(const char *TABULAR_NULLABLE path,
                            tabular_recipe *TABULAR_NULLABLE *TABULAR_NULLABLE recipe);
int32_t tabular_recipe_free(tabular_recipe *TABULAR_NULLABLE recipe);

// --- Feature matrices --------------------------------------------------------------------------

// Features [rows, columns], a target [rows] where there is one, and where each row came from.
typedef struct tabular_matrix tabular_matrix;

// Applies a recipe to CSV files. `options` takes, besides those of tabular_read_csv, "dtype"
// ("float32" unless given, "float64" or "float16") and "drop-null-targets".
int32_t tabular_recipe_apply_csv(tabular_recipe *TABULAR_NULLABLE recipe,
                                 const char *TABULAR_NULLABLE path,
                                 const char *TABULAR_NULLABLE options,
                                 tabular_matrix *TABULAR_NULLABLE *TABULAR_NULLABLE matrix);

// Applies a recipe to an Arrow stream, all of it. The stream is taken over, whether this fails or
// not: its release is NULL afterwards. `options` takes "dtype" and "drop-null-targets".
int32_t tabular_recipe_apply_arrow(tabular_recipe *TABULAR_NULLABLE recipe,
                                   struct ArrowArrayStream *TABULAR_NULLABLE stream,
                                   const char *TABULAR_NULLABLE options,
                                   tabular_matrix *TABULAR_NULLABLE *TABULAR_NULLABLE matrix);

// Reads a matrix that `tabular convert` wrote as .safetensors. `options` takes "dtype". Features of
// that type stay in the file, which is mapped: it must not be cut short while they are in use.
int32_t tabular_matrix_read(const char *TABULAR_NULLABLE path,
                            const char *TABULAR_NULLABLE options,
                            tabular_matrix *TABULAR_NULLABLE *TABULAR_NULLABLE matrix);

int32_t tabular_matrix_free(tabular_matrix *TABULAR_NULLABLE matrix);

// Rows and columns of the features.
int32_t tabular_matrix_shape(tabular_matrix *TABULAR_NULLABLE matrix,
                             int64_t *TABULAR_NULLABLE rows, int64_t *TABULAR_NULLABLE columns);

// The names of the features, and the classes of the target, as a JSON array of texts; "null" for a
// target that is no class. Valid until the matrix is freed.
int32_t tabular_matrix_feature_names(
    tabular_matrix *TABULAR_NULLABLE matrix,
    const char *TABULAR_NULLABLE *TABULAR_NULLABLE json);
int32_t tabular_matrix_classes(tabular_matrix *TABULAR_NULLABLE matrix,
                               const char *TABULAR_NULLABLE *TABULAR_NULLABLE json);

// The matrix's tensors, read-only, without a copy: features of the dtype; target int64 (classes) or
// of the dtype, NULL where there is none; row ids int64, file * 2^40 + record, both from 0. A
// pointer that is NULL is not written to.
int32_t tabular_matrix_tensors(
    tabular_matrix *TABULAR_NULLABLE matrix,
    DLManagedTensorVersioned *TABULAR_NULLABLE *TABULAR_NULLABLE features,
    DLManagedTensorVersioned *TABULAR_NULLABLE *TABULAR_NULLABLE target,
    DLManagedTensorVersioned *TABULAR_NULLABLE *TABULAR_NULLABLE row_ids);

// The matrix as a stream of one record batch: a float64 column a feature, the target last.
int32_t tabular_matrix_export_arrow(tabular_matrix *TABULAR_NULLABLE matrix,
                                    struct ArrowArrayStream *TABULAR_NULLABLE stream);

// --- Batches -----------------------------------------------------------------------------------

// How the rows of a matrix are served in batches.
typedef struct tabular_loader tabular_loader;

// batch_size: rows of a batch, 1 or more; the last one of an epoch may have fewer.
// shuffle: whether each epoch has an order of its own, drawn from seed and epoch: the same for any
//   number of workers.
// workers: threads that make batches ahead, 0 to make them in the caller.
// drop_last: whether a last batch of fewer rows is left out.
int32_t tabular_loader_open(tabular_matrix *TABULAR_NULLABLE matrix, int64_t batch_size,
                            int32_t shuffle, uint64_t seed, int64_t workers, int32_t drop_last,
                            tabular_loader *TABULAR_NULLABLE *TABULAR_NULLABLE loader);
int32_t tabular_loader_free(tabular_loader *TABULAR_NULLABLE loader);

// The number of batches of an epoch.
int32_t tabular_loader_batch_count(tabular_loader *TABULAR_NULLABLE loader,
                                   int64_t *TABULAR_NULLABLE count);

// One pass over the batches.
typedef struct tabular_epoch tabular_epoch;

// Begins an epoch, counted from 0. Several may run at once.
int32_t tabular_epoch_begin(tabular_loader *TABULAR_NULLABLE loader, int64_t epoch,
                            tabular_epoch *TABULAR_NULLABLE *TABULAR_NULLABLE batches);

// The next batch: tensors as those of a matrix, which the caller alone holds and may write to.
// TABULAR_END behind the last, also when asked again; after an error there are no more batches.
int32_t tabular_epoch_next(
    tabular_epoch *TABULAR_NULLABLE batches,
    DLManagedTensorVersioned *TABULAR_NULLABLE *TABULAR_NULLABLE features,
    DLManagedTensorVersioned *TABULAR_NULLABLE *TABULAR_NULLABLE target,
    DLManagedTensorVersioned *TABULAR_NULLABLE *TABULAR_NULLABLE row_ids);

// Ends an epoch, at any batch; its workers have stopped when this returns.
int32_t tabular_epoch_free(tabular_epoch *TABULAR_NULLABLE batches);

// --- Tensors for older consumers ---------------------------------------------------------------

// Makes a tensor one of DLPack before version 1. The given one is taken over, also after an error.
// It cannot be marked as read-only, so a read-only tensor is copied.
int32_t tabular_dlpack_legacy(DLManagedTensorVersioned *TABULAR_NULLABLE tensor,
                              DLManagedTensor *TABULAR_NULLABLE *TABULAR_NULLABLE legacy);

#ifdef __cplusplus
}
#endif

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

#endif  // TABULAR_C_H
