import ArgumentParser
import Foundation
import TabularCSV
import TabularFrame

/// Times the verbs of whole tables on random numbers.
struct BenchFrame: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "frame",
    abstract: "Time group, sort, filter and join of random numbers.",
    discussion: """
      A table of two columns of integers and one of floats. Peers are pandas, polars, \
      polars-streaming and duckdb (which hands its results on as Arrow), each with numbers of the \
      same distributions.
      """
  )

  @Option(help: "Rows of the table.")
  var rows = 10_000_000

  @Option(help: "The same seed gives the same numbers.")
  var seed: UInt64 = 0

  @OptionGroup var bench: BenchOptions

  func validate() throws {
    guard rows > 0 else { throw ValidationError("--rows takes a number above 0, found \(rows)") }
    try bench.validate(peers: ["pandas", "polars", "polars-streaming", "duckdb"])
  }

  func run() throws {
    let tables = try RandomTables(rows: rows, seed: seed)
    let peers = bench.peers(script: Self.peers.replacing("ROWS", with: "\(rows)"))
    for verb in Verb.allCases {
      let result = try verb.work(tables)
      try verb.check(result, tables)
      try bench.time(
        BenchResult(subject: "frame", name: verb.name(rows), rows: rows),
        peers: peers,
        request: verb.rawValue
      ) { try verb.work(tables) }
    }
  }

  enum Verb: String, CaseIterable {
    case groupFew, groupMany, sort, filter, join

    func name(_ rows: Int) -> String {
      switch self {
      case .groupFew: "group mean, 1,000 keys"
      case .groupMany: "group mean, 100,000 keys"
      case .sort: "sort by float"
      case .filter: "filter half"
      case .join: "inner join \(rows % 1_000_000 == 0 ? "\(rows / 1_000_000)M" : "\(rows)") x 50k"
      }
    }

    func work(_ tables: RandomTables) throws -> DataFrame {
      let table = tables.left
      return switch self {
      case .groupFew: try table.groupBy("k").aggregate(.mean("v"))
      case .groupMany: try table.groupBy("g").aggregate(.mean("v"))
      case .sort: try table.sort(by: "v")
      case .filter: try table.filter(table["v"] > 0)
      case .join: try table.join(tables.right, on: "g")
      }
    }

    /// Counts, sums and orders a row at a time, as nobody would who is in a hurry.
    func check(_ result: DataFrame, _ tables: RandomTables) throws {
      let keys = try tables.left[self == .groupFew ? "k" : "g", as: Int64.self]
      let values = try tables.left["v", as: Double.self]
      let isRight: Bool
      switch self {
      case .groupFew, .groupMany:
        var sums: [Int64: (sum: Double, count: Double)] = [:]
        for row in 0..<keys.count {
          sums[keys[row] ?? -1, default: (0, 0)].sum += values[row] ?? 0
          sums[keys[row] ?? -1, default: (0, 0)].count += 1
        }
        let found = try result[self == .groupFew ? "k" : "g", as: Int64.self]
        let means = try result["v", as: Double.self]
        isRight =
          result.rowCount == sums.count
          && (0..<result.rowCount).allSatisfy { row in
            let (sum, count) = sums[found[row] ?? -1] ?? (.nan, 0)
            return abs((means[row] ?? .nan) - sum / count) < 1e-9
          }
      case .sort:
        let sorted = try result["v", as: Double.self]
        isRight =
          result.rowCount == tables.left.rowCount
          && (1..<max(sorted.count, 1)).allSatisfy {
            (sorted[$0 - 1] ?? .nan) <= (sorted[$0] ?? .nan)
          }
      case .filter:
        isRight =
          try result.rowCount == values.lazy.filter { ($0 ?? 0) > 0 }.count
          && result["v", as: Double.self].allSatisfy { ($0 ?? 0) > 0 }
      case .join:
        // The right side has each even key once.
        isRight =
          try result.rowCount == keys.lazy.filter { ($0 ?? 1) & 1 == 0 }.count
          && result["w"].nullCount == 0
      }
      guard isRight else {
        throw Failure("the answer of '\(name(tables.left.rowCount))' is wrong; please report it")
      }
    }
  }

  private static let peers = """
    import numpy as np
    n = ROWS; r = np.random.default_rng(0)
    k = r.integers(0, 1000, n); g = r.integers(0, 100_000, n); v = r.normal(0, 1, n)
    right = {"g": np.arange(0, 100_000, 2), "w": r.normal(0, 1, 50_000)}
    left = {"k": k, "g": g, "v": v}
    if engine == "pandas":
        import pandas as m
        p = m.DataFrame(left); q = m.DataFrame(right)
        verbs = {"groupFew": lambda: p.groupby("k")["v"].mean(), "groupMany": lambda: p.groupby("g")["v"].mean(),
            "sort": lambda: p.sort_values("v"), "filter": lambda: p[p.v > 0], "join": lambda: p.merge(q, on="g")}
    elif engine == "duckdb":
        import duckdb as m, pyarrow as pa
        p = pa.table(left); q = pa.table(right); db = m.connect()
        db.execute("create table t as select * from p"); db.execute("create table u as select * from q")
        sql = {"groupFew": "select k, avg(v) from t group by k", "groupMany": "select g, avg(v) from t group by g",
            "sort": "select * from t order by v", "filter": "select * from t where v > 0", "join": "select t.*, w from t join u using (g)"}
        verbs = {name: (lambda s=s: db.sql(s).to_arrow_table()) for name, s in sql.items()}
    else:
        import polars as m
        p = m.DataFrame(left); q = m.DataFrame(right)
        lazy = {"groupFew": p.lazy().group_by("k").agg(m.col("v").mean()), "groupMany": p.lazy().group_by("g").agg(m.col("v").mean()),
            "sort": p.lazy().sort("v"), "filter": p.lazy().filter(m.col("v") > 0), "join": p.lazy().join(q.lazy(), on="g")}
        if engine == "polars":
            verbs = {"groupFew": lambda: p.group_by("k").agg(m.col("v").mean()), "groupMany": lambda: p.group_by("g").agg(m.col("v").mean()),
                "sort": lambda: p.sort("v"), "filter": lambda: p.filter(m.col("v") > 0), "join": lambda: p.join(q, on="g")}
        else:
            verbs = {name: (lambda f=f: f.collect(engine="streaming")) for name, f in lazy.items()}
    work = lambda name: verbs[name]()
    """
}

/// A table of keys and normal values, and one with each even key once.
struct RandomTables {
  let left: DataFrame
  let right: DataFrame

  init(rows: Int, seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    /// Two normal values of two uniform ones, by Box and Muller.
    func normal() -> Double {
      let radius = (-2 * log(max(random.unit(), 0x1p-54))).squareRoot()
      return radius * cos(2 * .pi * random.unit())
    }
    left = try DataFrame([
      ("k", Column((0..<rows).map { _ in random.below(1_000) })),
      ("g", Column((0..<rows).map { _ in random.below(100_000) })),
      ("v", Column((0..<rows).map { _ in normal() })),
    ])
    right = try DataFrame([
      ("g", Column((0..<50_000).map { 2 * $0 })),
      ("w", Column((0..<50_000).map { _ in normal() })),
    ])
  }
}
