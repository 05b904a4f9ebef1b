extension DataLoader {
  /// The workers that stay from one iteration to the next.
  func persistentThreads() -> WorkerThreads { state.threads { threads(workers, for: nil) } }

  /// Starts workers, for one job alone or for those to come.
  func threads(_ count: Int, for job: (any WorkerJob)?) -> WorkerThreads {
    WorkerThreads(
      (0..<count).map { WorkerInfo(id: $0, count: workers, seed: seed) },
      for: job,
      prepare: options.workerInit
    )
  }
}
