"""Tables: the CSV as pyarrow, polars and duckdb get it through the library.

usage: check_tables.py FOLDER
"""

import ctypes
import pathlib
import sys

import pyarrow
import pyarrow.csv

import tabular_c as t

folder = pathlib.Path(sys.argv[1])

# Every type, nulls, quoted cells, texts of more than twelve bytes, and many rows.
path = folder / "table.csv"
rows = ["id,price,day,at,flag,word"]
for i in range(5000):
    word = ["", "a", "twelve bytes", "a text, longer than twelve bytes %d" % i, "Zürich"][i % 5]
    rows.append(",".join([
        str(i), "" if i % 7 == 0 else repr(i / 8), "2020-02-%02d" % (1 + i % 28),
        "2020-02-29T12:00:%02d" % (i % 60), ["true", "false", ""][i % 3],
        '"%s"' % word if "," in word else word]))
path.write_text("\n".join(rows) + "\n", encoding="utf-8")

types = {
    "id": pyarrow.int64(), "price": pyarrow.float64(), "day": pyarrow.date32(),
    "at": pyarrow.timestamp("us", "UTC"), "flag": pyarrow.bool_(), "word": pyarrow.string()}
expected = pyarrow.csv.read_csv(path, convert_options=pyarrow.csv.ConvertOptions(
    column_types={**types, "at": pyarrow.timestamp("us")}, strings_can_be_null=True))
expected = expected.set_column(
    3, "at", expected["at"].cast(pyarrow.timestamp("us")).cast(pyarrow.timestamp("us", "UTC")))

for chunk_rows in (0, 999, 10_000_000):
    reader = t.read_csv(path, chunk_rows=chunk_rows)
    assert reader.schema.types[:5] == list(types.values())[:5], reader.schema
    assert reader.schema.field("word").type == pyarrow.string_view()
    table = reader.read_all()
    table.validate(full=True)
    assert table.num_rows == 5000
    assert len(table["id"].chunks) == (6 if chunk_rows == 999 else 1)
    assert table.cast(expected.schema).equals(expected), chunk_rows
    del reader, table

# Slices of what was handed out are exact too.
table = t.read_csv(path).read_all()
assert table.slice(13, 77).cast(expected.schema).equals(expected.slice(13, 77))

# A category is a dictionary; the options have the command's names.
table = t.read_csv(path, '{"types": {"word": "category"}, "columns": ["word", "id"], "limit": 10}')
table = table.read_all()
table.validate(full=True)
assert table.schema.types == [
    pyarrow.dictionary(pyarrow.int32(), pyarrow.string_view()), pyarrow.int64()]
assert table["word"].to_pylist() == expected["word"][:10].to_pylist()
assert table.column_names == ["word", "id"] and table.num_rows == 10

odd = folder / "odd.csv"
odd.write_bytes("skipped\n# c\nk;v;n\nZ\xfcrich;1,5;NA\n;2;7\n".encode("latin-1"))
table = t.read_csv(odd, '{"delimiter": ";", "skip_lines": 1, "comment": "#", "encoding": "latin1", '
                        '"decimal-comma": true, "null_values": "NA,-"}').read_all()
assert table.to_pydict() == {"k": ["Zürich", None], "v": [1.5, 2.0], "n": [None, 7]}, table
bad = folder / "bad.csv"
bad.write_text("a,b\n1,2\n3\n4,5\n")
for chunk_rows in (0, 2):
    assert t.read_csv(bad, '{"bad-rows": "skip"}', chunk_rows).read_all().num_rows == 2
    assert len(t.notices()) == 1 and t.notices()[0].startswith("left out 1 bad row; "), t.notices()
t.read_csv(bad, '{"bad-rows": "collect=%s"}' % (folder / "rest.csv"))
assert "3" in (folder / "rest.csv").read_text()

# Other libraries, through pyarrow: without a copy where they know views.
table = table_ = t.read_csv(path).read_all()
try:
    import polars
except ImportError:
    print("without polars")
else:
    frame = polars.from_arrow(table)
    assert frame.shape == (5000, 6) and frame["word"].to_list() == expected["word"].to_pylist()
    assert frame["price"].sum() == polars.from_arrow(expected)["price"].sum()
try:
    import duckdb
except ImportError:
    print("without duckdb")
else:
    query, known = "select count(*), count(price), sum(id), max(word) from ", expected
    found = duckdb.sql(query + "table_").fetchall()
    known = duckdb.sql(query + "known").fetchall()
    assert found == known, (found, known)

# What pyarrow makes comes back out of a recipe: see check_tensors.py. Released structures are NULL.
stream = t.ArrowArrayStream()
t.call("read_csv", str(path).encode(), None, 0, ctypes.byref(stream))
stream.release(ctypes.byref(stream))
assert not stream.release
print("ok")
