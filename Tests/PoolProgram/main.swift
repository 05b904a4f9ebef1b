import Foundation
import Tabular
import TabularTraining

// A program with a pool of itself: the README's example, and functions for `ProcessPoolTests`.
registerForTests()
if ProcessInfo.processInfo.environment["FORGETS_TO_SERVE"] == nil {
  try await readme()
} else {
  try await forget()
}

// swift-format-ignore
func readme() async throws {
  ProcessPool.register("last loss") { (seed: UInt64) in
    let (_, irises) = try Recipe.automatic(for: Datasets.iris(), target: "species")
      .fitTransform(Datasets.iris())
    let trainer = Trainer(
      model: Sequential(Linear(4, 16), ReLU(), Linear(16, 3)), loss: .crossEntropy,
      optimizer: .adam(learningRate: 0.01), seed: seed)
    let loader = try DataLoader(irises, batchSize: 16, shuffle: true, seed: seed)
    return try trainer.fit(loader, epochs: 5).stepLosses.last
  }
  ProcessPool.serveIfChild()  // a child process answers here, and goes no further
  let losses: [Double?] = try await ProcessPool(5).map("last loss", (1...10).map { UInt64($0) })
  print(losses)
}
