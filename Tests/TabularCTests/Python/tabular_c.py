"""libTabularC by ctypes alone: what a binding in any language has to do, in as few lines."""

import ctypes
import os

OK, END, INVALID_ARGUMENT, FILE_ERROR, DATA_ERROR = range(5)

c_int, c_i64, c_u64, c_text, c_ptr = (
    ctypes.c_int32, ctypes.c_int64, ctypes.c_uint64, ctypes.c_char_p, ctypes.c_void_p)


class ArrowArrayStream(ctypes.Structure):
    pass


class ArrowArray(ctypes.Structure):
    pass


class ArrowSchema(ctypes.Structure):
    pass


def callback(result, *arguments):
    return ctypes.CFUNCTYPE(result, *arguments)


ArrowSchema._fields_ = [
    ("format", c_text), ("name", c_text), ("metadata", c_ptr), ("flags", c_i64),
    ("n_children", c_i64), ("children", ctypes.POINTER(ctypes.POINTER(ArrowSchema))),
    ("dictionary", ctypes.POINTER(ArrowSchema)),
    ("release", callback(None, ctypes.POINTER(ArrowSchema))), ("private_data", c_ptr)]

ArrowArray._fields_ = [
    ("length", c_i64), ("null_count", c_i64), ("offset", c_i64), ("n_buffers", c_i64),
    ("n_children", c_i64), ("buffers", ctypes.POINTER(c_ptr)),
    ("children", ctypes.POINTER(ctypes.POINTER(ArrowArray))),
    ("dictionary", ctypes.POINTER(ArrowArray)),
    ("release", callback(None, ctypes.POINTER(ArrowArray))), ("private_data", c_ptr)]

ArrowArrayStream._fields_ = [
    ("get_schema", callback(c_int, ctypes.POINTER(ArrowArrayStream), ctypes.POINTER(ArrowSchema))),
    ("get_next", callback(c_int, ctypes.POINTER(ArrowArrayStream), ctypes.POINTER(ArrowArray))),
    ("get_last_error", callback(c_text, ctypes.POINTER(ArrowArrayStream))),
    ("release", callback(None, ctypes.POINTER(ArrowArrayStream))), ("private_data", c_ptr)]


class DLTensor(ctypes.Structure):
    _fields_ = [
        ("data", c_ptr), ("device_type", c_int), ("device_id", c_int), ("ndim", c_int),
        ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(c_i64)), ("strides", ctypes.POINTER(c_i64)),
        ("byte_offset", c_u64)]


class ManagedTensor(ctypes.Structure):
    pass


ManagedTensor._fields_ = [
    ("major", ctypes.c_uint32), ("minor", ctypes.c_uint32), ("manager_ctx", c_ptr),
    ("deleter", callback(None, ctypes.POINTER(ManagedTensor))), ("flags", c_u64),
    ("tensor", DLTensor)]


class LegacyTensor(ctypes.Structure):
    pass


LegacyTensor._fields_ = [
    ("tensor", DLTensor), ("manager_ctx", c_ptr),
    ("deleter", callback(None, ctypes.POINTER(LegacyTensor)))]

library = ctypes.CDLL(os.environ["TABULAR_C_LIBRARY"])

handle, handle_out = c_ptr, ctypes.POINTER(c_ptr)
stream_out, i64_out = ctypes.POINTER(ArrowArrayStream), ctypes.POINTER(c_i64)
for name, arguments in {
    "read_csv": [c_text, c_text, c_i64, stream_out],
    "recipe_load": [c_text, handle_out],
    "recipe_free": [handle],
    "recipe_apply_csv": [handle, c_text, c_text, handle_out],
    "recipe_apply_arrow": [handle, stream_out, c_text, handle_out],
    "matrix_read": [c_text, c_text, handle_out],
    "matrix_free": [handle],
    "matrix_shape": [handle, i64_out, i64_out],
    "matrix_feature_names": [handle, ctypes.POINTER(c_text)],
    "matrix_classes": [handle, ctypes.POINTER(c_text)],
    "matrix_tensors": [handle, handle_out, handle_out, handle_out],
    "matrix_export_arrow": [handle, stream_out],
    "loader_open": [handle, c_i64, c_int, c_u64, c_i64, c_int, handle_out],
    "loader_free": [handle],
    "loader_batch_count": [handle, i64_out],
    "epoch_begin": [handle, c_i64, handle_out],
    "epoch_next": [handle, handle_out, handle_out, handle_out],
    "epoch_free": [handle],
    "dlpack_legacy": [c_ptr, handle_out],
}.items():
    function = getattr(library, "tabular_" + name)
    function.restype, function.argtypes = c_int, arguments
for name in ("version", "last_error", "last_notices"):
    function = getattr(library, "tabular_" + name)
    function.restype, function.argtypes = c_text, []


class TabularError(Exception):
    def __init__(self, code):
        self.code = code
        super().__init__(library.tabular_last_error().decode())


def call(name, *arguments):
    """Calls a function that must succeed."""
    code = getattr(library, "tabular_" + name)(*arguments)
    if code not in (OK, END):
        raise TabularError(code)
    return code


def made(name, *arguments):
    """The handle that a function writes behind its last argument."""
    result = c_ptr()
    call(name, *arguments, ctypes.byref(result))
    return result


def notices():
    return library.tabular_last_notices().decode().splitlines()


def read_csv(path, options=None, chunk_rows=0):
    """A pyarrow.RecordBatchReader."""
    import pyarrow

    stream = ArrowArrayStream()
    call("read_csv", str(path).encode(), options and options.encode(), chunk_rows,
         ctypes.byref(stream))
    return pyarrow.RecordBatchReader._import_from_c(ctypes.addressof(stream))


class Tensor:
    """What numpy.from_dlpack and torch.from_dlpack take."""

    def __init__(self, pointer):
        self.pointer = pointer

    def __dlpack_device__(self):
        return (1, 0)

    def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
        pointer, self.pointer = self.pointer, None
        if max_version is not None and max_version[0] >= 1:
            return capsule(pointer, b"dltensor_versioned")
        return capsule(made("dlpack_legacy", pointer), b"dltensor")

    def __del__(self):
        if self.pointer:
            managed = ctypes.cast(self.pointer, ctypes.POINTER(ManagedTensor))
            managed.contents.deleter(managed)


new_capsule = ctypes.pythonapi.PyCapsule_New
new_capsule.restype, new_capsule.argtypes = ctypes.py_object, [c_ptr, c_text, c_ptr]


def capsule(pointer, name):
    return new_capsule(pointer, name, None)


def tensors(name, owner):
    """Features, target and row ids; None behind the last batch."""
    places = [c_ptr(), c_ptr(), c_ptr()]
    if call(name, owner, *map(ctypes.byref, places)) == END:
        return None
    return [Tensor(place) if place else None for place in places]


def batches(loader, epoch):
    import numpy

    running = made("epoch_begin", loader, epoch)
    try:
        while (batch := tensors("epoch_next", running)) is not None:
            yield [None if part is None else numpy.from_dlpack(part) for part in batch]
    finally:
        call("epoch_free", running)
