// The structures of DLPack 1.1, by which array libraries hand tensors to each other.
//
// Written from the published layout (DLPack's "C API" documentation). They stand under the guard of
// the original header, so that a program may include that one as well, before or after.

#ifndef DLPACK_DLPACK_H_
#define DLPACK_DLPACK_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DLPACK_MAJOR_VERSION 1
#define DLPACK_MINOR_VERSION 1

// The consumer must not write to the elements.
#define DLPACK_FLAG_BITMASK_READ_ONLY (UINT64_C(1) << 0)
// The producer made a copy for this export.
#define DLPACK_FLAG_BITMASK_IS_COPIED (UINT64_C(1) << 1)

typedef struct {
  uint32_t major;
  uint32_t minor;
} DLPackVersion;

// Where the elements are. Only the kinds that this package makes or reads are named.
typedef int32_t DLDeviceType;
enum { kDLCPU = 1, kDLCUDA = 2, kDLCUDAHost = 3 };

typedef struct {
  DLDeviceType device_type;
  int32_t device_id;
} DLDevice;

// What the bits of an element mean.
typedef enum {
  kDLInt = 0,
  kDLUInt = 1,
  kDLFloat = 2,
  kDLOpaqueHandle = 3,
  kDLBfloat = 4,
  kDLComplex = 5,
  kDLBool = 6
} DLDataTypeCode;

typedef struct {
  uint8_t code;  // a DLDataTypeCode
  uint8_t bits;
  uint16_t lanes;
} DLDataType;

typedef struct {
  void *data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t *shape;
  int64_t *strides;  // in elements; NULL for compact, row-major
  uint64_t byte_offset;
} DLTensor;

// Since version 1.
typedef struct DLManagedTensorVersioned {
  DLPackVersion version;
  void *manager_ctx;
  void (*deleter)(struct DLManagedTensorVersioned *);
  uint64_t flags;
  DLTensor dl_tensor;
} DLManagedTensorVersioned;

// Before version 1; it cannot say that the elements are read-only.
typedef struct DLManagedTensor {
  DLTensor dl_tensor;
  void *manager_ctx;
  void (*deleter)(struct DLManagedTensor *);
} DLManagedTensor;

#ifdef __cplusplus
}
#endif

#endif  // DLPACK_DLPACK_H_
