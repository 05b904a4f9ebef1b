import ArgumentParser
import CTabularScan
import TabularFrame
import TabularLoading
import TabularPreprocessing
import TabularTensor

/// Times the epochs of a loader on random numbers.
struct BenchLoader: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loader",
    abstract: "Time an epoch of batches: gathered into the loader's memory, and summed.",
    discussion: """
      Rows of float32 with a class each, from memory: batches whose rows are counted, as torch's are, \
      and batches that are summed as well. A dataset of one's own, which gives a row at a time, and a \
      plain copy of the memory are timed beside. The peer is torch, with what its users \
      write: a DataLoader of rows with and without workers, of __getitems__, of a sampler of whole \
      batches, and index_select of 1, 8 and 32 batches at a time. Loaders of rows work for 200 \
      batches, and an epoch's time is reckoned from that.

      A folder of shards that convert wrote is timed in order and shuffled in windows, in the memory \
      that --memory allows.
      """
  )

  @Argument(help: "A folder of shards, instead of random numbers.")
  var shards: String?

  @Option(help: ArgumentHelp("Stay below this with shards: 256M, 1G.", valueName: "size"))
  var memory = MemoryBudget.unlimited

  @Option(help: "Rows of the matrix.")
  var rows = 2_000_000

  @Option(help: "Features of a row.")
  var columns = 32

  @Option(help: "Rows of a batch.")
  var batchSize = 1_024

  @Option(help: "Threads that make batches; 0 makes them in the loop.")
  var workers = 0

  @Flag(inversion: .prefixedNo, help: "Each epoch in an order of its own, or in the matrix's.")
  var shuffle = true

  @Option(help: "The same seed gives the same numbers and orders.")
  var seed: UInt64 = 0

  @OptionGroup var bench: BenchOptions

  func validate() throws {
    for (name, value) in [("rows", rows), ("columns", columns), ("batch-size", batchSize)] {
      guard value > 0 else {
        throw ValidationError("--\(name) takes a number above 0, found \(value)")
      }
    }
    guard workers >= 0 else {
      throw ValidationError("--workers takes a number from 0 on, found \(workers)")
    }
    try bench.validate(peers: shards == nil ? ["torch"] : [])
    if memory.limit != nil, shards == nil {
      throw ValidationError("--memory is for a folder of shards; name one, or leave it out")
    }
  }

  func run() throws {
    if let shards { return try timeShards(shards) }
    let matrix = randomMatrix()
    let expected = checksum(matrix.features)
    let whole = try DataLoader(
      matrix,
      batchSize: batchSize,
      shuffle: shuffle,
      seed: seed,
      workers: workers
    )
    let single = try DataLoader(
      RowsOfOnesOwn(matrix),
      batchSize: batchSize,
      shuffle: shuffle,
      seed: seed,
      workers: workers
    )
    let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: rows * columns)
    defer { copy.deallocate() }
    copy.initialize(repeating: 0)
    var cases: [(name: String, work: () throws -> Double)] = []
    var epoch = 0
    func add<Target>(
      _ name: String,
      _ loader: DataLoader<Tensor<Float>, Target>,
      isSummed: Bool = true
    ) {
      cases.append(
        (
          name,
          {
            let start = ContinuousClock.now
            var (sum, count) = (UInt32(0), 0)
            try loader.forEachBatch(epoch: epoch) { batch in
              count += batch.count
              if isSummed { sum &+= checksum(batch.features) }
            }
            let seconds = start.duration(to: .now) / .seconds(1)
            epoch += 1
            guard count == rows, sum == expected || !isSummed else {
              throw Failure("the rows of '\(name)' are wrong; please report it")
            }
            return seconds
          }
        )
      )
    }
    add("loader", whole, isSummed: false)
    add("loader and sum", whole)
    add("rows of one's own", single)
    cases.append(("memory copy", { self.copySeconds(from: matrix.features, to: copy) }))
    try time(cases)
  }

  private func time(_ cases: [(name: String, work: () throws -> Double)]) throws {
    let order = shuffle ? "shuffled" : "in order"
    var results = cases.map { item in
      BenchResult(
        subject: "loader",
        name: item.name == "memory copy"
          ? item.name : "\(item.name), \(order), \(workers) workers",
        rows: rows,
        bytes: rows * columns * 4
      )
    }
    let script =
      "rows, columns, size, shuffled = \(rows), \(columns), \(batchSize), "
      + "\(shuffle ? "True" : "False")\n" + Self.peers
    let peers = bench.peers(script: script)
    var others: [[BenchResult]] = peers.map { peer in
      Idiom.allCases.map { idiom in
        var result = BenchResult(
          subject: "loader",
          name: order,
          rows: rows,
          bytes: rows * columns * 4
        )
        result.peer = "\(peer.name): \(idiom.title)"
        return result
      }
    }
    for run in 0..<bench.runs {
      for index in cases.indices {
        results[index].seconds = min(results[index].seconds, try cases[index].work())
      }
      for (index, peer) in peers.enumerated() {
        for (place, idiom) in Idiom.allCases.enumerated() where run == 0 || !idiom.isByRow {
          let done = idiom.isByRow ? min(rows, 200 * batchSize) : rows
          let seconds = try peer.run(idiom.rawValue).seconds * Double(rows) / Double(done)
          others[index][place].seconds = min(others[index][place].seconds, seconds)
        }
      }
    }
    for result in results { result.show(json: bench.json, against: nil) }
    for result in others.joined() { result.show(json: bench.json, against: results[0]) }
  }

  /// A copy of the memory, as fast as one thread makes it.
  private func copySeconds(
    from source: Tensor<Float>,
    to target: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    let start = ContinuousClock.now
    source.withUnsafeScalars { _ = target.update(fromContentsOf: $0) }
    return start.duration(to: .now) / .seconds(1)
  }

  private func randomMatrix() -> FeatureMatrix<Float> {
    var generator = SplitMix64(seed: seed)
    let features = Tensor<Float>(shape: [rows, columns]) { slots in
      for slot in slots.indices { slots[slot] = Float(generator.unit()) }
    }
    let classes = Tensor((0..<rows).map { _ in Int64(generator.chance(3, in: 10) ? 1 : 0) })
    return FeatureMatrix(
      features: features,
      featureNames: (0..<columns).map { "x\($0)" },
      labels: .classes(classes),
      classes: ["0", "1"]
    )
  }
}

/// A dataset as a user would write it: a row at a time.
private struct RowsOfOnesOwn: Dataset {
  let count: Int
  let columns: Int
  let features: Tensor<Float>
  let classes: [Int64]

  init(_ matrix: FeatureMatrix<Float>) {
    (count, columns) = (matrix.rowCount, matrix.features.shape[1])
    features = matrix.features
    if case .classes(let tensor) = matrix.labels { classes = tensor.scalars } else { classes = [] }
  }

  subscript(row: Int) -> Sample<[Float], Int64> {
    let values = features.withUnsafeScalars { Array($0[row * columns..<(row + 1) * columns]) }
    return Sample(features: values, target: classes[row])
  }
}

/// The sum of the bits, which no order of the rows changes.
func checksum(_ tensor: Tensor<Float>) -> UInt32 {
  tensor.withUnsafeScalars { scalars in
    tabular_sum_words(scalars.baseAddress, scalars.count)
  }
}
