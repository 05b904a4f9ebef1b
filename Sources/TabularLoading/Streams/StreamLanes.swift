/// The batches of one pass over a stream, between the workers that make them and the caller: a lane
/// for each worker.
///
/// The caller takes a batch out of each lane in turn. Lane w has the batches w, w + W, w + 2 W, ... of
/// W workers, as long as none has ended before the others.
struct StreamLanes<Made> {
  private struct Lane {
    var ready: [Made] = []
    var isOver = false
  }

  /// Whether the first lane that ends is the end of all.
  private let endsTogether: Bool
  /// The batches that are ready in a lane, or being made for it, at most.
  private let limit: Int
  private var lanes: [Lane]
  /// The lane whose turn it is.
  private(set) var turn = 0

  init(count: Int, limit: Int, endsTogether: Bool) {
    self.limit = limit
    self.endsTogether = endsTogether
    lanes = Array(repeating: Lane(), count: count)
  }

  /// The batches that are ready.
  private(set) var readyCount = 0
  /// Whether nothing is made any more.
  var isMade: Bool { lanes.allSatisfy(\.isOver) }

  /// Whether a worker may make one more.
  func hasRoom(_ worker: Int) -> Bool { lanes[worker].ready.count < limit }

  /// Takes what a worker made.
  mutating func put(_ made: Made, worker: Int) {
    lanes[worker].ready.append(made)
    readyCount += 1
  }

  /// Takes note that a worker makes nothing any more.
  mutating func end(_ worker: Int) { lanes[worker].isOver = true }

  /// What comes next.
  enum Next {
    case made(Made, worker: Int)
    /// It is not there yet.
    case waiting
    /// There is nothing any more.
    case end
  }

  /// Takes the next batch out of its lane, if it is there.
  mutating func next() -> Next {
    for _ in lanes.indices {
      let worker = turn
      guard lanes[worker].ready.isEmpty else {
        turn = (turn + 1) % lanes.count
        readyCount -= 1
        return .made(lanes[worker].ready.removeFirst(), worker: worker)
      }
      guard lanes[worker].isOver else { return .waiting }
      if endsTogether { return .end }
      turn = (turn + 1) % lanes.count
    }
    return .end
  }

  /// Lets go of what is ready.
  mutating func clear() {
    for worker in lanes.indices { lanes[worker].ready = [] }
    readyCount = 0
  }
}
