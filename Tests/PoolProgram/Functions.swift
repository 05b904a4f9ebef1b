import Foundation
import Tabular
import TabularTraining

/// What `ProcessPoolTests` asks its children for.
func registerForTests() {
  ProcessPool.register("square") { (number: Int) in number * number }
  ProcessPool.register("echo") { (value: Sample) in value }
  ProcessPool.register("process") { (milliseconds: Int) in
    Thread.sleep(forTimeInterval: Double(milliseconds) / 1000)
    return getpid()
  }
  ProcessPool.register("fail from") { (job: [Int]) throws in
    // The later an input is, the sooner it fails.
    Thread.sleep(forTimeInterval: Double(max(0, 5 - job[0])) / 50)
    guard job[0] < job[1] else { throw Odd(number: job[0]) }
    return job[0]
  }
  ProcessPool.register("die") { (signal: Int32) in
    if signal > 0 {
      // To the process: a thread of the concurrency pool holds signals back.
      kill(getpid(), signal)
      Thread.sleep(forTimeInterval: 60)
    }
    return signal
  }
  ProcessPool.register("exit") { (code: Int32) -> Int32 in
    if code >= 0 { exit(code) }
    return code
  }
  ProcessPool.register("print") { (text: String) in
    print(text)
    fflush(nil)
    return readLine() ?? "no input"
  }
  // What is resident after a thousand steps, and after so many.
  ProcessPool.register("steps") { (steps: Int) in
    let trainer = Trainer(
      model: .multilayerPerceptron(inputs: 4, hidden: [8], outputs: 1),
      loss: .meanSquaredError,
      optimizer: .adam(),
      devices: .cpu(count: 2)
    )
    let matrix = FeatureMatrix<Float>(
      features: Tensor(zeros: [64_000, 4]),
      featureNames: ["a", "b", "c", "d"],
      labels: .values(Tensor(zeros: [64_000]))
    )
    let loader = try DataLoader(matrix, batchSize: 64, shuffle: true)
    var resident: [Int] = []
    var epochs = 0
    for end in [1_000, steps] {
      _ = try trainer.fit(loader, epochs: end / 1_000 - epochs)
      epochs = end / 1_000
      resident.append(HostReport().process.resident.value ?? 0)
    }
    return resident
  }
  // Says who computes, and then takes its time.
  ProcessPool.register("linger") { (folder: String) in
    try "".write(toFile: "\(folder)/\(getpid())", atomically: true, encoding: .utf8)
    Thread.sleep(forTimeInterval: 600)
    return true
  }
}

/// A program that has forgotten its line: it asks for a pool, in its children as well.
func forget() async throws {
  if ProcessInfo.processInfo.environment["FORGETS_TO_SERVE"] == "prints" { print("hello") }
  if let folder = ProcessInfo.processInfo.environment["LINGERS_IN"] {
    ProcessPool.serveIfChild()
    let _: [Bool] = try await ProcessPool(3).map("linger", [folder, folder, folder])
  }
  let _: [Int] = try await ProcessPool(2).map("square", [1, 2, 3])
}

struct Sample: Codable {
  var text: String
  var numbers: [Double]
}

struct Odd: Error, CustomStringConvertible {
  let number: Int
  var description: String { "\(number) is too much" }
}
