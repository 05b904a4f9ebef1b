internal import Foundation

/// What a worker of a loader knows about itself.
public struct WorkerInfo: Sendable, Equatable {
  /// The worker's number, from 0.
  public let id: Int
  /// The workers of the loader.
  public let count: Int
  /// The loader's seed.
  public let seed: UInt64

  /// The worker whose thread this is; nil on any other thread.
  public static var current: WorkerInfo? {
    Thread.current.threadDictionary[key] as? WorkerInfo
  }

  private static let key = "TabularLoading.WorkerInfo"

  package init(id: Int, count: Int, seed: UInt64) {
    self.id = id
    self.count = count
    self.seed = seed
  }

  /// Makes this the worker of the calling thread.
  func begin() { Thread.current.threadDictionary[Self.key] = self }
}
