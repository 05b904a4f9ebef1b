/// The batches of one iteration between the workers that make them and the caller: which are being
/// made, and which are ready.
///
/// Workers take steps in their order. In order, a batch is delivered when all before it were;
/// otherwise as soon as it is ready. No more than `limit` batches are being made or ready at any
/// time, and without an order none is begun `16 · limit` steps behind one that is not delivered yet:
/// what a cursor must remember stays small.
struct BatchQueue<Delivery> {
  private let limit: Int
  private let inOrder: Bool
  /// The end of the steps that are of use: after the last one, or after one that failed.
  private var end: Int
  /// The step that the next free worker takes.
  private(set) var nextToMake = 0
  /// How many were delivered.
  private(set) var deliveredCount = 0
  /// Who makes what.
  private var makers: [Int: Int] = [:]
  /// In order: what is ready, at its step modulo `limit`.
  private var slots: [Delivery?]
  /// Otherwise: what is ready, the oldest first.
  private var ready: [(step: Int, delivery: Delivery)] = []
  /// Otherwise: the first step that is not delivered, and those behind it that are.
  private var firstOpen = 0
  private var closed: Set<Int> = []

  init(limit: Int, count: Int, inOrder: Bool) {
    self.limit = limit
    self.inOrder = inOrder
    end = count
    slots = Array(repeating: nil, count: inOrder ? limit : 0)
  }

  /// Whether no more steps are to be taken.
  var isTaken: Bool { nextToMake >= end }
  /// Whether no more batches are to be delivered.
  var isDelivered: Bool { deliveredCount >= end }
  /// The batches that are ready.
  private(set) var readyCount = 0

  /// Whether there is room for one more.
  var hasRoom: Bool {
    nextToMake - deliveredCount < limit && (inOrder || nextToMake - firstOpen < 16 * limit)
  }

  /// The step that the caller waits for, and the worker that is at it; the first of several.
  var awaited: (step: Int, worker: Int?) {
    let step = inOrder ? deliveredCount : makers.keys.min() ?? nextToMake
    return (step, makers[step])
  }

  /// Gives a worker the next step.
  mutating func take(_ worker: Int) -> Int {
    makers[nextToMake] = worker
    nextToMake += 1
    return nextToMake - 1
  }

  /// Whether, in order, the next batch is not ready, and there is one that nobody has begun.
  var wantsHelp: Bool {
    inOrder && !isTaken && hasRoom && slots[deliveredCount % limit] == nil
  }
  /// Whether half of the room or more is free.
  var isHalfEmpty: Bool { nextToMake - deliveredCount <= limit / 2 }

  /// Gives the caller the next step.
  mutating func takeForCaller() -> Int {
    nextToMake += 1
    return nextToMake - 1
  }

  /// Takes what a worker made of its step; nothing is made any more after a failure.
  mutating func put(_ delivery: Delivery, step: Int, isFailure: Bool) {
    makers[step] = nil
    readyCount += 1
    if inOrder {
      slots[step % limit] = delivery
      if isFailure { end = min(end, step + 1) }
    } else {
      ready.append((step, delivery))
      if isFailure { end = min(end, nextToMake) }
    }
  }

  /// The next batch, if it is ready.
  mutating func next() -> Delivery? {
    guard !isDelivered else { return nil }
    guard inOrder else {
      guard !ready.isEmpty else { return nil }
      let (step, delivery) = ready.removeFirst()
      readyCount -= 1
      deliveredCount += 1
      closed.insert(step)
      while closed.remove(firstOpen) != nil { firstOpen += 1 }
      return delivery
    }
    guard let delivery = slots[deliveredCount % limit] else { return nil }
    slots[deliveredCount % limit] = nil
    readyCount -= 1
    deliveredCount += 1
    return delivery
  }

  /// Lets go of what is ready.
  mutating func clear() {
    slots = Array(repeating: nil, count: slots.count)
    ready = []
    readyCount = 0
  }
}
