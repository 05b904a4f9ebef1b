internal import TabularCSV

/// The objects that callers hold, by number: a freed or invented handle is found out, not followed.
final class Handles: Sendable {
  static let shared = Handles()

  private struct State {
    var objects: [UInt: any AnyObject & Sendable] = [:]
    /// Never used twice, and never NULL.
    var next: UInt = 1
  }
  private let state = Locked(State())

  /// Keeps an object until its handle is freed.
  func add(_ object: any AnyObject & Sendable) -> OpaquePointer? {
    state.withLock { state in
      // Spread out, and even, as addresses are.
      let number = state.next << 4
      state.next += 1
      state.objects[number] = object
      return OpaquePointer(bitPattern: number)
    }
  }

  /// The object of a handle, as what the function takes.
  func object<Object>(_ handle: OpaquePointer?, as type: Object.Type, _ name: String)
    throws(Failure) -> Object
  {
    guard let handle else { throw .argument("\(name) is NULL") }
    let found = state.withLock { $0.objects[UInt(bitPattern: handle)] }
    guard let object = found as? Object else {
      throw .argument(
        "\(name) is no live handle of its kind\(found == nil ? "; was it freed?" : "")"
      )
    }
    return object
  }

  /// Lets go of a handle; NULL is none.
  func free<Object>(_ handle: OpaquePointer?, as type: Object.Type, _ name: String)
    throws(Failure)
  {
    guard let handle else { return }
    _ = try object(handle, as: type, name)
    // Released outside of the lock: what an object holds may take a while to end.
    let removed = state.withLock { $0.objects.removeValue(forKey: UInt(bitPattern: handle)) }
    guard removed != nil else { throw .argument("\(name) was freed by another thread") }
    withExtendedLifetime(removed) {}
  }

  /// The handles that are live, for tests.
  var count: Int { state.withLock { $0.objects.count } }
}
