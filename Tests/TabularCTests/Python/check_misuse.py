"""Wrong uses: each is an error with a line that says what is wrong, and none ends the process.

usage: check_misuse.py FOLDER RECIPE.json CONVERTED.safetensors
"""

import ctypes
import gc
import pathlib
import sys
import threading

import numpy
import pyarrow

import tabular_c as t

folder = pathlib.Path(sys.argv[1])
recipe_path, converted = sys.argv[2].encode(), sys.argv[3].encode()
good = folder / "good.csv"
good.write_text("a,b\n1,x\n2,y\n3,z\n")
good = str(good).encode()
failures = 0


def fails(code, part, name, *arguments):
    """Calls what must fail with a code, and a message that says so."""
    global failures
    found = getattr(t.library, "tabular_" + name)(*arguments)
    message = t.library.tabular_last_error().decode()
    assert found == code, (name, found, message)
    assert part in message and message.startswith("tabular_" + name), (part, message)
    assert "\n" not in message
    failures += 1


ARGUMENT, FILE, DATA = t.INVALID_ARGUMENT, t.FILE_ERROR, t.DATA_ERROR
stream, out = t.ArrowArrayStream(), t.c_ptr()
to_stream, to_out = ctypes.byref(stream), ctypes.byref(out)

# NULL, for every argument that needs a value.
fails(ARGUMENT, "path is NULL", "read_csv", None, None, 0, to_stream)
fails(ARGUMENT, "stream is NULL", "read_csv", good, None, 0, None)
fails(ARGUMENT, "path is NULL", "recipe_load", None, to_out)
fails(ARGUMENT, "recipe is NULL", "recipe_load", recipe_path, None)
fails(ARGUMENT, "recipe is NULL", "recipe_apply_csv", None, good, None, to_out)
fails(ARGUMENT, "stream is NULL", "recipe_apply_arrow", None, None, None, to_out)
fails(ARGUMENT, "matrix is NULL", "matrix_read", converted, None, None)
fails(ARGUMENT, "matrix is NULL", "matrix_shape", None, None, None)
fails(ARGUMENT, "matrix is NULL", "matrix_tensors", None, None, None, None)
fails(ARGUMENT, "json is NULL", "matrix_feature_names", None, None)
fails(ARGUMENT, "json is NULL", "matrix_classes", None, None)
fails(ARGUMENT, "stream is NULL", "matrix_export_arrow", None, None)
fails(ARGUMENT, "matrix is NULL", "loader_open", None, 1, 0, 0, 0, 0, to_out)
fails(ARGUMENT, "loader is NULL", "epoch_begin", None, 0, to_out)
fails(ARGUMENT, "count is NULL", "loader_batch_count", None, None)
fails(ARGUMENT, "epoch is NULL", "epoch_next", None, None, None, None)
fails(ARGUMENT, "tensor is NULL", "dlpack_legacy", None, to_out)
for name in ("recipe", "matrix", "loader", "epoch"):
    t.call(name + "_free", None)

# Paths and files.
fails(ARGUMENT, "path is not UTF-8", "read_csv", b"/tmp/\xff\xfe.csv", None, 0, to_stream)
fails(FILE, "missing.csv", "read_csv", str(folder / "missing.csv").encode(), None, 0, to_stream)
fails(FILE, "missing.csv", "read_csv", str(folder / "missing.csv").encode(), None, 5, to_stream)
fails(FILE, "missing", "recipe_load", str(folder / "missing.json").encode(), to_out)
fails(FILE, "missing", "matrix_read", str(folder / "missing.safetensors").encode(), None, to_out)
fails(FILE, str(folder), "read_csv", str(folder).encode(), None, 0, to_stream)
assert not stream.release and not stream.private_data and not out.value
empty = folder / "empty.csv"
empty.write_bytes(b"")
fails(DATA, "empty.csv", "read_csv", str(empty).encode(), None, 0, to_stream)

# Options.
fails(ARGUMENT, "chunk_rows is -1", "read_csv", good, None, -1, to_stream)
for options, part in {
    b"[1]": "expected a JSON object",
    b"{": "expected a JSON object",
    b'{"limt": 1}': "no option 'limt'; did you mean 'limit'?",
    b'{"dtype": "float32"}': "no option 'dtype'",
    b'{"limit": -1}': "'limit' takes a number of 0 or more, found '-1'",
    b'{"limit": "x"}': "'limit' takes a number of 0 or more, found 'x'",
    b'{"limit": 1e99}': "'limit' takes a number of 0 or more",
    b'{"threads": 0}': "'threads' takes a number from 1 to 1024, found '0'",
    b'{"threads": 9223372036854775807}': "'threads' takes a number from 1 to 1024",
    b'{"delimiter": ";;"}': "'delimiter' takes one character",
    b'{"delimiter": "\\""}': "delimiter",
    b'{"types": {"a": "int"}}': "'types' takes one of bool, int64",
    b'{"types": "a"}': "'types' takes an object of texts",
    b'{"columns": [1]}': "'columns' takes a list of texts",
    b'{"bad-rows": "skip=x"}': "'bad-rows' takes fail, skip, skip=N or collect=PATH",
    b'{"encoding": "ebcdic"}': "'encoding' takes one of utf8",
    b'{"thousands": "ab"}': "'thousands' takes one character",
    b'{"comment": ""}': None,
    b'{"no-header": "yes"}': "'no-header' takes true or false, found 'yes'",
    b"\xff": "options is not UTF-8",
}.items():
    if part is not None:
        fails(ARGUMENT, part, "read_csv", good, options, 0, to_stream)
fails(ARGUMENT, "collect=PATH takes chunk_rows 0", "read_csv", good, b'{"bad-rows": "collect=x"}', 1,
      to_stream)
fails(DATA, "column 'c': expected one of the columns 'a', 'b'", "read_csv", good, b'{"columns": ["c"]}', 0, to_stream)

# Bad rows: at once, or when their chunk is asked for.
bad = folder / "bad.csv"
bad.write_text("a,b\n1,2\n3,4\n5\n")
bad = str(bad).encode()
fails(DATA, "line 4", "read_csv", bad, None, 0, to_stream)
late = folder / "late.csv"
late.write_text("a,b\n" + "1,2\n" * 60_000 + "5\n")
t.call("read_csv", str(late).encode(), b'{"types": {"a": "int64", "b": "int64"}}', 10_000, to_stream)
reader = pyarrow.RecordBatchReader._import_from_c(ctypes.addressof(stream))
assert reader.read_next_batch().num_rows == 10_000
try:
    reader.read_all()
    raise SystemExit("a bad row passed")
except (OSError, pyarrow.ArrowInvalid) as error:
    assert "late.csv, line 60002" in str(error), error
del reader

# A stream beyond its end, after its release, and dropped half read.
t.call("read_csv", good, None, 2, to_stream)


def kept(pointer):
    """A callback that stays when the structure's field becomes NULL."""
    return type(pointer)(ctypes.cast(pointer, t.c_ptr).value)


array, next_, release = t.ArrowArray(), kept(stream.get_next), kept(stream.release)
for length in (2, 1):
    assert next_(to_stream, ctypes.byref(array)) == 0 and array.length == length
    array.release(ctypes.byref(array))
    assert not array.release
for _ in range(3):
    assert next_(to_stream, ctypes.byref(array)) == 0 and not array.release
release(to_stream)
release(to_stream)
assert next_(to_stream, ctypes.byref(array)) != 0
try:
    pyarrow.RecordBatchReader._import_from_c(ctypes.addressof(stream))
    raise SystemExit("a released stream was imported")
except pyarrow.ArrowInvalid:
    pass
t.read_csv(good.decode(), chunk_rows=1).read_next_batch()
gc.collect()

# Recipes and matrices that are not what they should be.
fails(DATA, "recipe", "recipe_load", good, to_out)
fails(DATA, "good.csv", "matrix_read", good, None, to_out)
recipe = t.made("recipe_load", recipe_path)
fails(DATA, "column 'Cabin': expected one of the columns 'a', 'b', found no such column; the recipe needs it", "recipe_apply_csv", recipe, good, None, to_out)
table = pyarrow.table({"Sex": pyarrow.array([1, 2], pyarrow.decimal128(5, 2))})
pyarrow.RecordBatchReader.from_batches(table.schema, table.to_batches())._export_to_c(
    ctypes.addressof(stream))
fails(DATA, "column 'Sex' is of the Arrow type 'd:5,2'", "recipe_apply_arrow", recipe, to_stream,
      None, to_out)
assert not stream.release
fails(DATA, "released", "recipe_apply_arrow", recipe, to_stream, None, to_out)
fails(ARGUMENT, "no option 'limit'", "matrix_read", converted, b'{"limit": 3}', to_out)
fails(ARGUMENT, "'dtype' takes one of", "matrix_read", converted, b'{"dtype": "int8"}', to_out)

# Handles: of another kind, invented, freed twice.
fails(ARGUMENT, "no live handle of its kind", "matrix_shape", recipe, None, None)
fails(ARGUMENT, "no live handle of its kind; was it freed?", "matrix_free", t.c_ptr(12345))
matrix = t.made("matrix_read", converted, None)
fails(ARGUMENT, "no live handle of its kind", "loader_free", matrix)
fails(ARGUMENT, "batchSize is 0", "loader_open", matrix, 0, 0, 0, 0, 0, to_out)
fails(ARGUMENT, "batchSize is -5", "loader_open", matrix, -5, 0, 0, 0, 0, to_out)
fails(ARGUMENT, "workers is -1", "loader_open", matrix, 1, 0, 0, -1, 0, to_out)
fails(ARGUMENT, "workers is 99999", "loader_open", matrix, 1, 0, 0, 99999, 0, to_out)
loader = t.made("loader_open", matrix, 2**62, 1, 2**64 - 1, 2, 0)
fails(ARGUMENT, "epoch is -1", "epoch_begin", loader, -1, to_out)
running = t.made("epoch_begin", loader, 2**62)
t.call("matrix_free", matrix)
t.call("loader_free", loader)
fails(ARGUMENT, "no live handle of its kind; was it freed?", "matrix_free", matrix)
fails(ARGUMENT, "no live handle of its kind; was it freed?", "epoch_begin", loader, 0, to_out)

# An epoch goes on when its loader is freed; beyond its end it stays at its end.
assert t.tensors("epoch_next", running) is not None
for _ in range(3):
    assert t.tensors("epoch_next", running) is None
t.call("epoch_free", running)
fails(ARGUMENT, "no live handle of its kind; was it freed?", "epoch_next", running, None, None, None)
fails(ARGUMENT, "no live handle of its kind; was it freed?", "epoch_free", running)

# An epoch that is dropped while its workers run, and many threads that ask one epoch.
matrix = t.made("matrix_read", converted, None)
loader = t.made("loader_open", matrix, 8, 1, 0, 2, 0)
for _ in range(20):
    running = t.made("epoch_begin", loader, 0)
    kept = t.tensors("epoch_next", running)
    t.call("epoch_free", running)
running, rows = t.made("epoch_begin", loader, 0), []


def ask():
    while (batch := t.tensors("epoch_next", running)) is not None:
        rows.extend(numpy.from_dlpack(batch[2]).tolist())


threads = [threading.Thread(target=ask) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert sorted(rows) == list(range(len(rows))) and len(rows) > 100

# The last error is the thread's own.
fails(ARGUMENT, "path is NULL", "recipe_load", None, to_out)
seen = []
other = threading.Thread(target=lambda: seen.append(t.library.tabular_last_error()))
other.start()
other.join()
assert seen == [b""] and b"path is NULL" in t.library.tabular_last_error()
t.call("epoch_free", running)
print("ok", failures)
