import Foundation
import TabularCSV
import TabularTensor
import Testing

@testable import TabularFrame

/// What pyarrow and polars say of our files.
@Suite(.enabled(if: Python.has("pyarrow"), "python3 lacks pyarrow"))
struct ArrowPythonTests {
  static let formats: [(ArrowFormat, ArrowWritingOptions.TextType)] = [
    (.file, .stringView), (.file, .utf8), (.stream, .stringView), (.stream, .utf8),
  ]

  /// Valid to pyarrow's full check, with the types and values that `everyType` has.
  @Test(arguments: formats) func isReadByPyArrow(
    format: ArrowFormat,
    textType: ArrowWritingOptions.TextType
  ) throws {
    let options = ArrowWritingOptions(
      format: format,
      textType: textType,
      batchRows: 2,
      metadata: ["k": "v"]
    )
    let script = """
      import sys, pyarrow as pa, pyarrow.ipc as ipc
      source = pa.OSFile(sys.argv[1])
      t = (ipc.open_file if sys.argv[2] == "file" else ipc.open_stream)(source).read_all()
      t.validate(full=True)
      print(*[f.type for f in t.schema], t.schema.metadata)
      for c in t.columns:
          c = c.cast(pa.int64()) if c.type == pa.timestamp("us", "UTC") else c
          print(c.to_pylist())
      """
    let text = textType == .utf8 ? "string" : "string_view"
    try written(everyType(), options) { path in
      let output = try Python.output(script, [path, format.rawValue])
      #expect(
        output == """
          bool int64 double date32[day] timestamp[us, tz=UTC] \(text) \
          dictionary<values=\(text), indices=int32, ordered=0> {b'k': b'v'}
          [True, None, False]
          [-9223372036854775808, None, 9223372036854775807]
          [0.1, None, -5e-324]
          [datetime.date(1969, 12, 31), None, datetime.date(2020, 2, 29)]
          [-1, None, 1582934400500000]
          ['', None, 'a text longer than twelve bytes']
          ['x', None, 'x']

          """
      )
    }
  }

  /// Growing dictionaries, empty frames, slices: pyarrow and polars print the same rows as we do.
  @Test(arguments: formats) func peersAgreeOnManyBatches(
    format: ArrowFormat,
    textType: ArrowWritingOptions.TextType
  ) throws {
    var random = SplitMix64(seed: propertySeed)
    var frames: [DataFrame] = []
    for rows in [0, 65, 3, 200, 0] {
      var frame = DataFrame()
      for type in ColumnType.allCases where type != .date && type != .datetime {
        frame["\(type)"] = Column.random(type, count: rows, &random)
      }
      frame["word"] = Column((0..<rows).map { "word \($0 * rows % 31)" }).asCategory()
      frames.append(frame)
    }
    let script = """
      import sys, math, json
      path, kind = sys.argv[1:]
      import pyarrow as pa, pyarrow.ipc as ipc
      source = pa.OSFile(path)
      t = (ipc.open_file if kind == "file" else ipc.open_stream)(source).read_all()
      t.validate(full=True)
      def rows(columns):
          return [[repr(x) for x in c] for c in columns]
      found = rows(c.to_pylist() for c in t.columns)
      try:
          import polars as pl
          p = (pl.read_ipc if kind == "file" else pl.read_ipc_stream)(path)
          assert p.columns == t.column_names
          assert rows(s.to_list() for s in p) == found, "polars"
      except ImportError: pass
      for c in found: print(json.dumps(c))
      """
    try withTemporaryFile("T.arrow") { path in
      let options = ArrowWritingOptions(format: format, textType: textType, batchRows: 50)
      var writer = try ArrowWriter(path, columns: frames[0].types, options: options)
      for frame in frames { try writer.append(frame) }
      try writer.finish()
      let output = try #require(
        try Python.output(script, [path, format.rawValue]),
        "TABULAR_SEED=\(propertySeed)"
      )
      let lines = output.split(separator: "\n")
      let all = try DataFrame.concat(frames)
      try #require(lines.count == all.columns.count)
      for (name, line) in zip(all.columns, lines) {
        let column: Column = try all[name]
        let found = try JSONDecoder().decode([String].self, from: Data(line.utf8))
        let expected = (0..<column.count).map { Python.repr(column[$0]) }
        #expect(found == expected, "\(name), TABULAR_SEED=\(propertySeed)")
      }
    }
  }

  /// Nothing at all is read by others, too.
  @Test func peersReadEmptyFrames() throws {
    let script = """
      import sys, pyarrow as pa, pyarrow.ipc as ipc
      for path in sys.argv[1:]:
          kind = "file" if path.endswith(".arrow") else "stream"
          t = (ipc.open_file if kind == "file" else ipc.open_stream)(pa.OSFile(path)).read_all()
          t.validate(full=True)
          try:
              import polars as pl
              p = (pl.read_ipc if kind == "file" else pl.read_ipc_stream)(path)
              assert p.columns == t.column_names and p.height == t.num_rows, p
          except ImportError: pass
          print(t.num_rows, t.num_columns)
      """
    let frames = try [DataFrame(), everyType().slice(0..<0), everyType().select([])]
    try withTemporaryFile("T") { stem in
      var (paths, expected) = ([String](), "")
      for (format, textType) in Self.formats {
        for frame in frames {
          let path = "\(stem)-\(paths.count).\(format == .file ? "arrow" : "arrows")"
          try frame.writeArrow(to: path, options: ArrowWritingOptions(textType: textType))
          paths.append(path)
          expected += "\(frame.rowCount) \(frame.columns.count)\n"
        }
      }
      let output = try Python.output(script, paths)
      #expect(output == expected)
    }
  }

  /// The columns of a matrix and a target, as `convert` writes them.
  @Test func readsFeatures() throws {
    let features = Tensor<Float>(shape: [70, 37]) { scalars in
      for i in scalars.indices { scalars[i] = Float(i) / 8 }
    }
    let script = """
      import sys, pyarrow as pa, numpy as np
      t = pa.ipc.open_file(sys.argv[1]).read_all()
      t.validate(full=True)
      x = np.stack([c.to_numpy() for c in t.columns[:-1]], axis=1)
      print(x.dtype, x.shape, (x == np.arange(70 * 37).reshape(70, 37) / 8).all(), t.column("y").to_pylist() == list(range(70)), t.schema.metadata)
      """
    try withTemporaryFile("T.arrow") { path in
      let options = ArrowWritingOptions(batchRows: 33, metadata: ["rows": "70"])
      var writer = try ArrowWriter(
        path,
        features: (0..<37).map { "f\($0)" },
        as: .float32,
        columns: [("y", .int64)],
        options: options
      )
      let target = Column((0..<70).map { $0 })
      try writer.append(features: features, columns: [target], rows: 0..<41)
      try writer.append(features: features, columns: [target], rows: 41..<70)
      try writer.finish()
      #expect(
        try Python.output(script, [path]) == "float32 (70, 37) True True {b'rows': b'70'}\n"
      )
      let read = try DataFrame(contentsOfArrow: path)
      #expect(read.shape.rows == 70 && read.types.last?.type == .int64)
      #expect(try read["f36", as: Double.self][69] == Double(70 * 37 - 1) / 8)
    }
  }
}
