import ArgumentParser
import TabularFrame
import TabularLoading
import TabularPreprocessing
import TabularTensor
import TabularTraining

/// Times the training of a small model on random numbers.
struct BenchTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Time training: a shuffling loader, a model 32-128-64-1, Adam.",
    discussion: """
      100,000 rows of 32 features, of which the model learns one of two classes: whole epochs, as \
      many as make 200 steps. Several batch sizes and numbers of devices are timed in turn.

      Peers are torch and jax, as their users write it for speed: rows gathered by index_select and \
      a fused Adam with 1 and with 2 threads, and DistributedDataParallel of 2 processes over gloo; \
      an epoch as one compiled scan. Their orders are drawn before the clock starts. They are \
      compared with the fastest of our numbers of devices.
      """
  )

  @Option(help: ArgumentHelp("Rows of a step, over all devices.", valueName: "n,..."))
  var batchSize = "32,256,4096"

  @Option(help: ArgumentHelp("Devices: threads of this processor.", valueName: "n,..."))
  var devices = "1,2"

  @Option(help: "Rows of the matrix.")
  var rows = 100_000

  @Option(help: "Threads that make batches; 0 makes them in between.")
  var workers = 0

  @Option(help: "The same seed gives the same rows, orders and initial weights.")
  var seed: UInt64 = 0

  @OptionGroup var bench: BenchOptions

  func validate() throws {
    guard rows > 0 else { throw ValidationError("--rows takes a number above 0, found \(rows)") }
    guard workers >= 0 else {
      throw ValidationError("--workers takes a number from 0 on, found \(workers)")
    }
    _ = try (
      numbers(batchSize, "--batch-size", upTo: rows), numbers(devices, "--devices", upTo: 64)
    )
    try bench.validate(peers: ["torch", "jax"])
  }

  func run() throws {
    let matrix = learnableMatrix()
    let deviceCounts = try numbers(devices, "--devices", upTo: 64)
    let peers = bench.peers(script: "total, width = \(rows), \(Self.width)\n" + Self.peers)
    for size in try numbers(batchSize, "--batch-size", upTo: rows) {
      let loader = try DataLoader(
        matrix,
        batchSize: size,
        shuffle: true,
        seed: seed,
        workers: workers
      )
      let epochs = (Self.steps + loader.batchCount - 1) / loader.batchCount
      var ours = deviceCounts.map {
        result("batch \(size), \($0) device\($0 == 1 ? "" : "s")", rows * epochs)
      }
      let idioms = peers.map(Idiom.all)
      var others = zip(peers, idioms).map { peer, idioms in
        idioms.map { idiom in
          var other = result("batch \(size)", rows * epochs)
          other.peer = "\(peer.name): \(idiom.title)"
          return other
        }
      }
      for (peer, idioms) in zip(peers, idioms) {
        // One run that does not count: it compiles, and checks that the loss goes down.
        for idiom in idioms { _ = try peer.run(idiom.request(size, epochs: 1, checks: true)) }
      }
      for _ in 0..<bench.runs {
        for (place, count) in deviceCounts.enumerated() {
          ours[place].take(try seconds(loader, devices: count, epochs: epochs))
        }
        for (index, peer) in peers.enumerated() {
          for (place, idiom) in idioms[index].enumerated() {
            let run = try peer.run(idiom.request(size, epochs: epochs, checks: false))
            others[index][place].take(run.seconds * idiom.share(of: rows, size))
          }
        }
      }
      for result in ours { result.show(json: bench.json, against: nil) }
      let fastest = ours.min { $0.seconds < $1.seconds }
      for result in others.joined() { result.show(json: bench.json, against: fastest) }
    }
  }

  /// A new model trained for some epochs.
  private func seconds(
    _ loader: DataLoader<Tensor<Float>, Labels<Float>?>,
    devices: Int,
    epochs: Int
  ) throws -> Double {
    let trainer = Trainer(
      model: .multilayerPerceptron(inputs: Self.width, hidden: [128, 64], outputs: 1),
      loss: .binaryCrossEntropyWithLogits,
      optimizer: .adam(learningRate: 0.001),
      devices: .cpu(count: devices),
      seed: seed
    )
    let start = ContinuousClock.now
    let losses = try trainer.fit(loader, epochs: epochs).stepLosses
    let seconds = start.duration(to: .now) / .seconds(1)
    let last = losses.suffix(losses.count / 10 + 1)
    let end = last.reduce(0, +) / Double(last.count)
    guard losses.count == loader.batchCount * epochs, end.isFinite, end < losses[0] else {
      throw Failure(
        "\(losses.count) steps of \(loader.batchSize) rows took the loss from \(losses[0]) to "
          + "\(end), expected below it after \(loader.batchCount * epochs); please report it"
      )
    }
    return seconds
  }

  /// Features of mean 0 and variance 1, and a class that most of them decide.
  private func learnableMatrix() -> FeatureMatrix<Float> {
    var generator = SplitMix64(seed: seed)
    let features = Tensor<Float>(shape: [rows, Self.width]) { slots in
      for slot in slots.indices { slots[slot] = Float((generator.unit() - 0.5) * 12.squareRoot()) }
    }
    let classes = features.withUnsafeScalars { values in
      (0..<rows).map { row in
        let sum = values[row * Self.width..<(row + 1) * Self.width].reduce(0, +)
        // Noise as strong as half of the features.
        return sum + Float(generator.unit() - 0.5) * 14 > 2 ? Int64(1) : 0
      }
    }
    return FeatureMatrix(
      features: features,
      featureNames: (0..<Self.width).map { "x\($0)" },
      labels: .classes(Tensor(classes)),
      classes: ["0", "1"]
    )
  }

  private func result(_ name: String, _ samples: Int) -> BenchResult {
    BenchResult(subject: "train", name: name, samples: samples)
  }

  private func numbers(_ text: String, _ option: String, upTo most: Int) throws -> [Int] {
    let found = list(text)
    let numbers = found.compactMap { Int($0) }.filter { (1...most).contains($0) }
    guard !numbers.isEmpty, numbers.count == found.count else {
      throw ValidationError("\(option) takes numbers from 1 to \(most), found '\(text)'")
    }
    return numbers
  }

  private static let width = 32
  /// The least number of steps of a run.
  private static let steps = 200
}
