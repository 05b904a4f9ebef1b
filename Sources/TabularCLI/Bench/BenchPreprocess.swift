import ArgumentParser
import TabularCSV
import TabularFrame
import TabularPreprocessing
import TabularTensor

/// Times the automatic recipe on the user's own file.
struct BenchPreprocess: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preprocess",
    abstract: "Time the automatic recipe: decided, fitted and applied, the file read already.",
    discussion: """
      Peers are scikit-learn and polars. They do what the recipe decides: medians and standard \
      scaling of numbers, one-hot columns of text with few values, target encoding out of fold of \
      text with more, into float32. Which columns those are is told to them.
      """
  )

  @Argument(help: "A CSV file.")
  var file: String

  @Option(help: "The column to learn, a number.")
  var target: String

  @OptionGroup var bench: BenchOptions

  func validate() throws { try bench.validate(peers: ["scikit-learn", "polars"]) }

  func run() throws {
    let frame = try DataFrame.readCSV(file).frame
    let recipe = try Recipe.automatic(for: frame, target: target)
    let (fitted, matrix) = try recipe.fitTransform(frame)
    try check(fitted, matrix, frame)
    let name = file.split(separator: "/").last.map(String.init) ?? file
    try bench.time(
      BenchResult(subject: "preprocess", name: name, rows: frame.rowCount),
      peers: bench.peers(script: Self.peers),
      request: request(fitted)
    ) { try Recipe.automatic(for: frame, target: target).fitTransform(frame).matrix }
  }

  /// A feature a column, each finite, and standardised where it is a number.
  private func check(_ recipe: Recipe, _ matrix: FeatureMatrix<Float>, _ frame: DataFrame) throws {
    let width = matrix.featureNames.count
    var sums = [Double](repeating: 0, count: width)
    for (index, value) in matrix.features.scalars.enumerated() {
      sums[index % width] += Double(value)
    }
    let scaled = Set(
      recipe.steps.filter { $0 is FittedStandardScaler }.flatMap(\.columns)
    )
    let isRight =
      matrix.features.shape == [frame.rowCount, width]
      && zip(matrix.featureNames, sums).allSatisfy { name, sum in
        sum.isFinite && (!scaled.contains(name) || abs(sum) < 1e-3 * Double(frame.rowCount))
      }
    guard isRight else { throw Failure("the features of '\(file)' are wrong; please report it") }
  }

  /// The file, the target and the columns by what becomes of them, as a peer takes them.
  private func request(_ recipe: Recipe) -> String {
    func columns(_ name: String) -> String {
      let steps = recipe.steps.filter { type(of: $0).name == name }
      return jsonStrings(steps.flatMap(\.columns))
    }
    return "{\"path\": \(jsonString(file)), \"target\": \(jsonString(target)), "
      + "\"numbers\": \(columns(FittedStandardScaler.name)), "
      + "\"onehot\": \(columns(FittedOneHotEncoder.name)), "
      + "\"encoded\": \(columns(FittedTargetEncoder.name))}"
  }

  private func jsonStrings(_ texts: [String]) -> String {
    "[\(texts.map { jsonString($0) }.joined(separator: ", "))]"
  }

  private static let peers = """
    import json, numpy as np
    tables = {}
    if engine == "scikit-learn":
        import sklearn as m, pandas as pd
        from sklearn.compose import ColumnTransformer
        from sklearn.impute import SimpleImputer
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder
        def read(q): return pd.read_csv(q["path"], dtype={c: "object" for c in q["onehot"] + q["encoded"]})
        def transform(d, q):
            steps = [("n", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), q["numbers"]),
                ("o", OneHotEncoder(sparse_output=False, handle_unknown="ignore", dtype=np.float32), q["onehot"]),
                ("t", TargetEncoder(), q["encoded"])]
            return ColumnTransformer(steps).fit_transform(d, d[q["target"]]).astype(np.float32)
    else:
        import polars as m
        def read(q): return m.read_csv(q["path"], schema_overrides={c: m.String for c in q["onehot"] + q["encoded"]})
        def transform(d, q):
            c = m.col; t = c(q["target"]); mean = d[q["target"]].mean(); s = 10.0; n = m.len()
            def scaled(name):
                v = c(name).fill_null(c(name).median()); return ((v - v.mean()) / v.std(ddof=0)).cast(m.Float32)
            # Out of fold: the sums of the category less those of the fold, smoothed.
            def encoded(name):
                total = t.sum().over(name) - t.sum().over([name, "_fold"]); count = n.over(name) - n.over([name, "_fold"])
                return ((total + s * mean) / (count + s)).cast(m.Float32).alias(name)
            folds = d.lazy().with_columns((m.int_range(n).hash(seed=0) % 5).alias("_fold"))
            wide = folds.select([scaled(x) for x in q["numbers"]] + [encoded(x) for x in q["encoded"]]).collect()
            parts = [wide.to_numpy()]
            if q["onehot"]: parts.append(d.select(q["onehot"]).to_dummies().to_numpy().astype(np.float32))
            return np.hstack(parts)
    def work(request):
        q = json.loads(request)
        if request not in tables: tables[request] = read(q)
        return transform(tables[request], q)
    """
}
