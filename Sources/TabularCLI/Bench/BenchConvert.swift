import ArgumentParser
import Foundation
import TabularPreprocessing
import TabularTensor

/// Times the command `convert` from the start of its process to the finished file.
struct BenchConvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Time convert, from the start of a process to the finished file.",
    discussion: """
      Text becomes ordinal codes, numbers get the median and standard scaling. Peers are scripts \
      that do the same with pandas and scikit-learn, polars, and pyarrow, each a process of its own; \
      their features must be ours to 1e-4.
      """
  )

  @Argument(help: "A CSV file.")
  var file: String

  @Option(help: "The column to learn, an integer.")
  var target: String

  @Option(help: ArgumentHelp("Columns to leave out.", valueName: "a,b"))
  var drop: String?

  @OptionGroup var bench: BenchOptions

  func validate() throws { try bench.validate(peers: ["scikit-learn", "polars", "pyarrow"]) }

  func run() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let ours = folder.appending(path: "ours.safetensors").path
    let command =
      ["/proc/self/exe", "convert", file, "--target", target, "--encode", "ordinal", "--quiet"]
      + (drop.map { ["--drop", $0] } ?? []) + ["--output", ours]
    try Self.run(command)
    let (expected, recipe) = try FeatureMatrix<Float>.read(ours)
    let columns = recipe?.inputs.map(\.name) ?? []
    var names: [(name: String, command: [String], output: String)] = [
      ("swift-tabular", command, ours)
    ]
    for peer in list(bench.against) {
      let output = folder.appending(path: "\(peer).safetensors").path
      let command =
        [bench.python, "-c", Self.peers, peer, file, target, output]
        + [columns.joined(separator: "\u{1F}"), expected.featureNames.joined(separator: "\u{1F}")]
      guard (try? Self.run(["/usr/bin/env"] + command)) != nil else {
        Console(quiet: false).note("\(bench.python) has no \(peer), or it failed; left out")
        continue
      }
      try check(FeatureMatrix<Float>.read(output).matrix, expected, peer)
      names.append((peer, ["/usr/bin/env"] + command, output))
    }
    var best = [Double](repeating: .infinity, count: names.count)
    for _ in 0..<bench.runs {
      for (index, each) in names.enumerated() {
        // Each writes a new file.
        try FileManager.default.removeItem(atPath: each.output)
        let start = ContinuousClock.now
        try Self.run(each.command)
        best[index] = min(best[index], start.duration(to: .now) / .seconds(1))
      }
    }
    show(names.map(\.name), best, rows: expected.rowCount)
  }

  private func show(_ names: [String], _ best: [Double], rows: Int) {
    let size = (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
    let results = zip(names, best).map { name, seconds in
      var result = BenchResult(
        subject: "convert",
        name: file.split(separator: "/").last.map(String.init) ?? file,
        rows: rows,
        bytes: size
      )
      if name != names[0] { result.peer = name }
      result.seconds = seconds
      return result
    }
    for (index, result) in results.enumerated() {
      result.show(json: bench.json, against: index == 0 ? nil : results[0])
    }
  }

  /// The features of a peer are ours.
  private func check(
    _ found: FeatureMatrix<Float>,
    _ expected: FeatureMatrix<Float>,
    _ peer: String
  ) throws {
    let (left, right) = (found.features.scalars, expected.features.scalars)
    let isEqual =
      found.features.shape == expected.features.shape
      && zip(left, right).allSatisfy { abs($0 - $1) <= 1e-4 * max(1, abs($1)) }
    guard isEqual else { throw Failure("the features of \(peer) are not ours; please report it") }
  }

  private static func run(_ command: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: command[0] == "/proc/self/exe" ? own : command[0])
    process.arguments = Array(command.dropFirst())
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure("'\(command.prefix(2).joined(separator: " "))' has failed")
    }
  }

  private static var own: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
  }

  private static let peers = """
    import sys
    import numpy
    from safetensors.numpy import save_file

    engine, path, target, output, columns, names = sys.argv[1:]
    columns, names = columns.split(chr(31)), names.split(chr(31))
    wanted = [*columns, target]

    def finish(features, labels):
        features = numpy.ascontiguousarray(features, dtype=numpy.float32)
        save_file({"features": features, "target": numpy.asarray(labels)}, output)

    def with_scikit_learn():
        import pandas
        from sklearn import compose, impute, pipeline, preprocessing
        table = pandas.read_csv(path, usecols=wanted)
        texts = [n for n in names if not pandas.api.types.is_numeric_dtype(table[n])]
        table[texts] = table[texts].astype(object)
        numbers = pipeline.make_pipeline(impute.SimpleImputer(strategy="median"), preprocessing.StandardScaler())
        codes = preprocessing.OrdinalEncoder(encoded_missing_value=-1)
        steps = [("numbers", numbers, [n for n in names if n not in texts]), ("codes", codes, texts)]
        finish(compose.ColumnTransformer(steps).fit_transform(table), table[target])

    def with_polars():
        import polars
        table = polars.read_csv(path, columns=wanted)
        made = []
        for name in names:
            column = polars.col(name)
            if table.schema[name].is_numeric():
                column = column.fill_null(column.median())
                made.append(((column - column.mean()) / column.std(ddof=0)).cast(polars.Float32))
            else:
                kinds = polars.Enum(table[name].unique().drop_nulls().sort())
                made.append(column.cast(kinds).to_physical().cast(polars.Float32).fill_null(-1))
        finish(table.select(made).to_numpy(), table[target])

    def with_pyarrow():
        import pyarrow, pyarrow.compute, pyarrow.csv
        first = pyarrow.csv.open_csv(path).read_next_batch().schema
        texts = [n for n in columns if pyarrow.types.is_string(first.field(n).type)]
        words = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
        table = pyarrow.csv.read_csv(
            path,
            read_options=pyarrow.csv.ReadOptions(block_size=1 << 22),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=wanted, strings_can_be_null=True, column_types=dict.fromkeys(texts, words)))
        features = numpy.empty((table.num_rows, len(names)), numpy.float32)
        for place, name in enumerate(names):
            if name in texts:
                column = table[name].unify_dictionaries().combine_chunks()
                column = column.chunk(0) if isinstance(column, pyarrow.ChunkedArray) else column
                order = pyarrow.compute.array_sort_indices(column.dictionary).to_numpy()
                ranks = numpy.full(len(order) + 1, -1, numpy.float32)
                ranks[order] = numpy.arange(len(order))
                features[:, place] = ranks[pyarrow.compute.fill_null(column.indices, len(order)).to_numpy()]
            else:
                values = table[name].cast(pyarrow.float64()).to_numpy()
                missing = numpy.isnan(values)
                if missing.any():
                    values = numpy.where(missing, numpy.median(values[~missing]), values)
                features[:, place] = (values - values.mean()) / values.std()
        finish(features, table[target])

    {"scikit-learn": with_scikit_learn, "polars": with_polars, "pyarrow": with_pyarrow}[engine]()
    """
}
