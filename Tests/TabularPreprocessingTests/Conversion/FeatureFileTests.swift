import Foundation
import TabularFrame
import TabularTensor
import Testing

@testable import TabularPreprocessing

/// Files written in chunks hold what was appended, as other readers see it.
struct FeatureFileTests {
  private enum Target: CaseIterable { case none, classes, values }

  private static let names = ["first", "a, \"b\"", "ü"]

  /// Numbers with NaN, zeros of both signs, tiny and large ones.
  private static func matrix<Scalar: FloatingTensorScalar>(
    _ rows: Int,
    _ target: Target,
    as type: Scalar.Type,
    _ random: inout SplitMix64
  ) -> FeatureMatrix<Scalar> {
    let special: [Double] = [0, -0.0, .nan, 1, -2, 0.1, 65_504, 6e-8, 1.0 / 3]
    let scalars = (0..<rows * names.count).map { _ in
      Scalar(random.chance(1, in: 3) ? random.pick(special) : random.unit() * 100 - 50)
    }
    let labels: Labels<Scalar>? =
      switch target {
      case .none: nil
      case .classes: .classes(Tensor((0..<rows).map { _ in Int64(random.below(2)) }))
      case .values: .values(Tensor((0..<rows).map { _ in Scalar(random.unit() * 10 - 5) }))
      }
    return FeatureMatrix(
      features: Tensor(shape: [rows, names.count], scalars),
      featureNames: names,
      labels: labels,
      classes: target == .classes ? ["no", "yes"] : nil
    )
  }

  /// The layout of a fit to such rows.
  private static func layout(_ target: Target) throws -> FeatureLayout {
    var columns: [(String, Column)] = names.map { ($0, Column([1.0, 2])) }
    if target == .classes { columns.append(("t", Column(["no", "yes"]))) }
    if target == .values { columns.append(("t", Column([0.5, 2]))) }
    let recipe = try RecipePlan(features: names, steps: [], target: target == .none ? nil : "t")
      .fitted(to: DataFrame(columns))
    return try FeatureLayout(recipe, hasTarget: target != .none, source: "in.csv")
  }

  private static func write<Scalar: FloatingTensorScalar>(
    _ matrix: FeatureMatrix<Scalar>,
    _ format: FeatureFormat,
    _ target: Target,
    to path: String,
    _ random: inout SplitMix64
  ) throws {
    let file = try FeatureFile<Scalar>(
      path: path,
      format: format,
      layout: layout(target),
      rowCount: matrix.rowCount
    )
    var first = 0
    while first < matrix.rowCount {
      let next = min(matrix.rowCount, first + 1 + random.below(9))
      if random.chance(1, in: 2) {
        try file.append(matrix, rows: first..<next)
      } else {
        try file.append(matrix.taking(Array(first..<next)))
      }
      first = next
    }
    try file.commit()
  }

  /// Chunks do not show in any format, and no part of a file that failed is left.
  @Test(arguments: FeatureFormat.allCases)
  func chunksDoNotShow(format: FeatureFormat) throws {
    let work = try Workdir()
    var random = SplitMix64(seed: testSeed)
    for target in Target.allCases {
      let matrix = Self.matrix(40, target, as: Float.self, &random)
      try Self.write(matrix, format, target, to: work.path("chunks"), &random)
      let file = try FeatureFile<Float>(
        path: work.path("once"),
        format: format,
        layout: Self.layout(target),
        rowCount: 40
      )
      try file.append(matrix)
      try file.commit()
      // Arrow keeps a batch for each chunk.
      if format != .arrow { #expect(try work.bytes("chunks") == work.bytes("once"), "\(target)") }
      #expect(try work.contents() == ["chunks", "once"])
    }
    do {
      let file = try FeatureFile<Float>(
        path: work.path("new"),
        format: format,
        layout: Self.layout(.none),
        rowCount: 40
      )
      try file.append(Self.matrix(39, .none, as: Float.self, &random))
      let refusal =
        "there are no longer the 40 rows that were counted: the input has changed while "
        + "it was read; convert it again"
      #expect(message { try file.commit() } == refusal)
      let more = Self.matrix(2, .none, as: Float.self, &random)
      #expect(message { try file.append(more) } == refusal)
    }
    #expect(try work.contents() == ["chunks", "once"])
    #expect(
      message {
        try FeatureFile<Float>(
          path: work.path("none/x"),
          format: format,
          layout: Self.layout(.none),
          rowCount: 1
        )
      } == "cannot write '\(work.path("none/x"))': No such file or directory"
    )
  }

  @Test func textsAreWrittenAsOthersReadThem() throws {
    let work = try Workdir()
    let matrix = FeatureMatrix(
      features: Tensor<Float>([[0, 1.5, .nan], [-0.0, 0.1, 3e9], [-2, 0, 1e-7]]),
      featureNames: Self.names,
      labels: .classes(Tensor([1, 0, 1])),
      classes: ["no", "yes"]
    )
    var random = SplitMix64(seed: testSeed)
    try Self.write(matrix, .svm, .classes, to: work.path("svm"), &random)
    #expect(
      String(decoding: try work.bytes("svm"), as: UTF8.self)
        == "1 2:1.5 3:nan\n0 2:0.1 3:3e+09\n1 1:-2 3:1e-07\n"
    )
    try Self.write(matrix, .csv, .classes, to: work.path("csv"), &random)
    let lines = String(decoding: try work.bytes("csv"), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    #expect(lines.count == 4 && lines[0] == "first,\"a, \"\"b\"\"\",ü,t")
    #expect(lines[1].hasSuffix(",1.5,,1"), "\(lines[1])")
  }

  /// Names, and no row: of every format a file that can be read.
  @Test func noRowsAreNamesAlone() throws {
    let work = try Workdir()
    var random = SplitMix64(seed: testSeed)
    for target in Target.allCases {
      let matrix = Self.matrix(0, target, as: Float.self, &random)
      try Self.write(matrix, .csv, target, to: work.path("csv"), &random)
      let text = String(decoding: try work.bytes("csv"), as: UTF8.self)
      #expect(text == "first,\"a, \"\"b\"\"\",ü\(target == .none ? "" : ",t")\n")
      try Self.write(matrix, .safetensors, target, to: work.path("st"), &random)
      #expect(try FeatureMatrix<Float>.read(work.path("st")).matrix.rowCount == 0)
      try Self.write(matrix, .svm, target, to: work.path("svm"), &random)
      #expect(try work.bytes("svm").isEmpty)
      try Self.write(matrix, .arrow, target, to: work.path("arrow"), &random)
      #expect(
        try DataFrame(contentsOfArrow: work.path("arrow")).columns.prefix(3) == Self.names[...]
      )
    }
  }

  /// The hexadecimal digits of float64 values, as Python shows them.
  private static func hex<Scalar: FloatingTensorScalar>(_ scalars: [Scalar]) -> String {
    scalars.map { scalar in
      // Whatever the bits of a NaN are.
      let bits = Double(scalar).isNaN ? Double.nan.bitPattern : (Double(scalar) + 0).bitPattern
      let digits = String(bits, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined(separator: " ")
  }

  private static let script = """
    import json, sys, struct
    import numpy as np
    def show(path):
        if path.endswith(".safetensors"):
            from safetensors import safe_open
            f = safe_open(path, "np")
            names = json.loads(f.metadata()["feature_names"])
            assert f.metadata()["source"] == "in.csv" and len(names) == 3
            return f.get_tensor("features"), f.get_tensor("target") if "target" in f.keys() else None
        if path.endswith(".npz"):
            f = np.load(path)
            return f["features"], f["target"] if "target" in f else None
        if path.endswith(".npy"):
            return np.load(path), None
        if path.endswith(".svm"):
            from sklearn.datasets import load_svmlight_file
            x, y = load_svmlight_file(path, n_features=3, dtype=np.float64)
            return x.toarray(), y
        if path.endswith(".csv"):
            import polars as pl
            t = pl.read_csv(path, infer_schema_length=None)
            x = t[:, :3].cast(pl.Float64).fill_null(float("nan")).to_numpy()
            return x, t["t"].to_numpy() if "t" in t.columns else None
        import pyarrow as pa
        t = pa.ipc.open_file(path).read_all()
        import polars as pl
        assert pl.read_ipc(path).height == t.num_rows
        x = np.stack([t.column(i).to_numpy().astype(np.float64) for i in range(3)], axis=1)
        return x, t.column("t").to_numpy() if "t" in t.column_names else None
    def text(a):
        a = np.asarray(a).astype(np.float64) + 0.0
        a = np.where(np.isnan(a), np.nan, a).ravel()
        return " ".join("7ff8000000000000" if v != v else struct.pack(">d", v).hex() for v in a)
    for path in sys.argv[1:]:
        x, y = show(path)
        print(text(x))
        print("none" if y is None else text(y))
    """

  private static func python(_ script: String, _ arguments: [String]) -> (
    text: String, code: Int32
  )? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (text, process.terminationStatus)
  }

  private static func has(_ packages: String) -> Bool {
    python("import numpy, \(packages)", [])?.code == 0
  }

  @Test(arguments: [
    (FeatureFormat.safetensors, "safetensors"), (.npz, "numpy"), (.npy, "numpy"),
    (.arrow, "pyarrow, polars"), (.csv, "polars"), (.svm, "sklearn"),
  ])
  func pythonReadsThem(format: FeatureFormat, packages: String) throws {
    guard Self.has(packages) else {
      print("FeatureFileTests: python3 lacks \(packages), \(format) is not read by it")
      return
    }
    let work = try Workdir()
    var random = SplitMix64(seed: testSeed)
    var paths: [String] = []
    var expected: [String] = []
    func add<Scalar: FloatingTensorScalar>(_ target: Target, as type: Scalar.Type) throws {
      let matrix = Self.matrix(25, target, as: type, &random)
      let path = work.path("\(Scalar.self)-\(target).\(format)")
      try Self.write(matrix, format, target, to: path, &random)
      paths.append(path)
      expected.append(Self.hex(matrix.features.scalars))
      switch matrix.labels {
      case _ where format == .npy: expected.append("none")
      case .classes(let tensor): expected.append(Self.hex(tensor.scalars.map { Double($0) }))
      case .values(let tensor): expected.append(Self.hex(tensor.scalars))
      case nil:
        expected.append(format == .svm ? Self.hex([Double](repeating: 0, count: 25)) : "none")
      }
    }
    for target in Target.allCases {
      try add(target, as: Double.self)
      // Text is the shortest of its own type, which read as float64 is another number.
      if format == .svm { continue }
      try add(target, as: Float.self)
      try add(target, as: Float16.self)
    }
    let read = try #require(Self.python(Self.script, paths))
    #expect(read.code == 0)
    #expect(read.text.split(separator: "\n").map(String.init) == expected, "seed \(testSeed)")
  }
}
