import Foundation
import TabularFrame
import TabularPreprocessing
import TabularTensor

@testable import TabularLoading

/// A dataset as a user would write it.
struct IrisDataset: Dataset {
  var hasTarget = true
  var count: Int { IrisTable.rowCount }
  subscript(index: Int) -> Sample<[Float], Int64?> {
    Sample(
      features: IrisTable.measurements[index].map(Float.init),
      target: hasTarget ? IrisTable.classNumbers[index] : nil
    )
  }
}

/// Numbers 0 ..< count with what a test wants to happen when one is read.
struct Numbers: Dataset {
  var count: Int
  var read: @Sendable (Int) throws -> Void = { _ in }
  subscript(index: Int) -> Sample<[Float], Int64> {
    get throws {
      try read(index)
      return Sample(features: [Float(index)], target: Int64(index))
    }
  }
}

/// What `Numbers` throws in tests.
struct Unreadable: Error, Equatable {
  let index: Int
}

/// A number that threads may change.
final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var stored = 0

  var value: Int { lock.withLock { stored } }

  @discardableResult
  func add(_ amount: Int = 1) -> Int {
    lock.withLock {
      stored += amount
      return stored
    }
  }
}

/// A matrix [rows, 2] whose first column and label tell the row.
func numberedMatrix(_ rows: Int) -> FeatureMatrix<Float> {
  FeatureMatrix(
    features: Tensor(shape: [rows, 2], (0..<rows).flatMap { [Float($0), Float(-$0)] }),
    featureNames: ["row", "minus"],
    labels: .classes(Tensor((0..<rows).map(Int64.init)))
  )
}

/// The names of the loader threads of this process.
func loaderThreads() -> [String] {
  let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
  return tasks.compactMap { task in
    try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8)
  }
  .filter { $0.hasPrefix("loader-") }
}

/// Waits up to ten seconds for something that other threads bring about.
func eventually(_ condition: () -> Bool) -> Bool {
  for _ in 0..<10_000 {
    if condition() { return true }
    usleep(1_000)
  }
  return condition()
}

/// The same for what tasks bring about, for which the caller's thread must be free.
func comesAbout(_ condition: () -> Bool) async -> Bool {
  for _ in 0..<10_000 {
    if condition() { return true }
    try? await Task.sleep(for: .milliseconds(1))
  }
  return condition()
}
