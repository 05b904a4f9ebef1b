"""Tensors: what a recipe and a loader give, against the file that `tabular convert` wrote.

usage: check_tensors.py INPUT.csv RECIPE.json CONVERTED.safetensors
"""

import ctypes
import json
import sys

import numpy
import pyarrow
import pyarrow.csv

import tabular_c as t

source, recipe_path, converted = sys.argv[1:]


def safetensors(path):
    """The format's few rules: a length, JSON, then the bytes."""
    data = open(path, "rb").read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    kinds = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "I64": "<i8"}
    return {
        name: numpy.frombuffer(
            data[8 + length + entry["data_offsets"][0]:8 + length + entry["data_offsets"][1]],
            kinds[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items() if name != "__metadata__"
    }, header["__metadata__"]


expected, metadata = safetensors(converted)
recipe = t.made("recipe_load", recipe_path.encode())


def arrays(matrix):
    return [None if part is None else numpy.from_dlpack(part)
            for part in t.tensors("matrix_tensors", matrix)]


def text(name, matrix):
    result = t.c_text()
    t.call(name, matrix, ctypes.byref(result))
    return json.loads(result.value)


# The recipe on the CSV gives what convert wrote, to the bit.
matrix = t.made("recipe_apply_csv", recipe, source.encode(), None)
features, target, ids = arrays(matrix)
assert features.dtype == numpy.float32 and features.shape == expected["features"].shape
assert numpy.array_equal(features, expected["features"], equal_nan=True)
assert target.dtype == numpy.int64 and numpy.array_equal(target, expected["target"])
assert ids.tolist() == list(range(len(features)))
assert not features.flags.writeable and features.ctypes.data % 64 == 0
assert text("matrix_feature_names", matrix) == json.loads(metadata["feature_names"])
assert text("matrix_classes", matrix) == json.loads(metadata["classes"])
rows, columns = t.c_i64(), t.c_i64()
t.call("matrix_shape", matrix, ctypes.byref(rows), ctypes.byref(columns))
assert (rows.value, columns.value) == features.shape

# So does the recipe on pyarrow's own table, of utf8 and of dictionaries, in batches.
table = pyarrow.csv.read_csv(source, convert_options=pyarrow.csv.ConvertOptions(
    strings_can_be_null=True))
for table in (table, table.set_column(
        table.column_names.index("Sex"), "Sex", table["Sex"].dictionary_encode())):
    stream = t.ArrowArrayStream()
    reader = pyarrow.RecordBatchReader.from_batches(
        table.schema, table.to_batches(max_chunksize=100))
    reader._export_to_c(ctypes.addressof(stream))
    other = t.made("recipe_apply_arrow", recipe, ctypes.byref(stream), None)
    assert not stream.release
    assert numpy.array_equal(arrays(other)[0], features, equal_nan=True)
    assert numpy.array_equal(arrays(other)[1], target)
    t.call("matrix_free", other)

# Other element types.
for dtype in (numpy.float64, numpy.float16):
    other = t.made("recipe_apply_csv", recipe, source.encode(),
                   json.dumps({"dtype": dtype.__name__}).encode())
    found = arrays(other)[0]
    assert found.dtype == dtype
    assert numpy.allclose(found, features, rtol=1e-2, equal_nan=True)
    t.call("matrix_free", other)

# The file itself, and what it holds as an Arrow table.
stored = t.made("matrix_read", converted.encode(), None)
assert numpy.array_equal(arrays(stored)[0], features, equal_nan=True)
stream = t.ArrowArrayStream()
t.call("matrix_export_arrow", stored, ctypes.byref(stream))
table = pyarrow.RecordBatchReader._import_from_c(ctypes.addressof(stream)).read_all()
assert table.column_names[:-1] == text("matrix_feature_names", stored)
assert table.column(0).to_numpy().astype("f4").tolist() == features[:, 0].tolist()
assert table.column(-1).to_pylist() == target.tolist()

# Batches: every row once, in an order that workers do not change, and writable.
orders = []
for workers in (0, 3):
    loader = t.made("loader_open", matrix, 64, 1, 7, workers, 0)
    count = t.c_i64()
    t.call("loader_batch_count", loader, ctypes.byref(count))
    seen = []
    for epoch in (0, 1):
        size = 0
        for batch, labels, numbers in t.batches(loader, epoch):
            assert numpy.array_equal(batch, features[numbers], equal_nan=True)
            assert numpy.array_equal(labels, target[numbers])
            assert batch.flags.writeable and batch.ctypes.data % 64 == 0
            batch[:] = 0
            seen.extend(numbers.tolist())
            size += 1
        assert size == count.value == -(-len(features) // 64)
    assert sorted(seen[:len(features)]) == list(range(len(features)))
    assert seen[:len(features)] != seen[len(features):]
    orders.append(seen)
    t.call("loader_free", loader)
assert orders[0] == orders[1]
assert numpy.array_equal(features, expected["features"], equal_nan=True), "batches are copies"

# Without shuffling, without the last short batch; only what is wanted is made a tensor.
loader = t.made("loader_open", stored, 100, 0, 0, 0, 1)
running = t.made("epoch_begin", loader, 0)
ids_out = t.c_ptr()
numbers = []
while t.call("epoch_next", running, None, None, ctypes.byref(ids_out)) == t.OK:
    numbers.extend(numpy.from_dlpack(t.Tensor(ids_out.value)).tolist())
assert numbers == list(range(len(features) // 100 * 100))


# Consumers from before DLPack 1.
class Old(t.Tensor):
    def __dlpack__(self, stream=None):
        return super().__dlpack__()


_, place, _ = t.tensors("matrix_tensors", matrix)
place.__class__ = Old
assert numpy.array_equal(numpy.from_dlpack(place), target)
try:
    import torch
except ImportError:
    print("without torch")
else:
    found = torch.from_dlpack(t.tensors("matrix_tensors", matrix)[0])
    assert numpy.array_equal(found.numpy(), features, equal_nan=True)

# Handles go in any order; what came of them stays.
t.call("recipe_free", recipe)
t.call("matrix_free", matrix)
t.call("matrix_free", stored)
t.call("loader_free", loader)
t.call("epoch_free", running)
assert numpy.array_equal(features, expected["features"], equal_nan=True)
print("ok")
