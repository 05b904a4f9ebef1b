/// What a state has gathered, as bytes for other processes that run the same program.
///
/// Values stand as they do in memory, without names or types: they are taken in the order in which
/// they were put.
struct StateBytes {
  private(set) var bytes: [UInt8]
  private var position = 0

  /// Bytes to take from, or none to put to.
  init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  mutating func put<Value: BitwiseCopyable>(_ value: Value) {
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }

  mutating func put<Value: BitwiseCopyable>(all values: [Value]) {
    put(values.count)
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  mutating func put(_ text: String) { put(all: Array(text.utf8)) }

  mutating func take<Value: BitwiseCopyable>(_ type: Value.Type = Value.self) -> Value {
    defer { position += MemoryLayout<Value>.size }
    precondition(position + MemoryLayout<Value>.size <= bytes.count, "a state that is cut off")
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: type) }
  }

  mutating func takeAll<Value: BitwiseCopyable>(_ type: Value.Type = Value.self) -> [Value] {
    let count = take(Int.self)
    let size = count * MemoryLayout<Value>.stride
    defer { position += size }
    precondition(count >= 0 && position + size <= bytes.count, "a state that is cut off")
    return [Value](unsafeUninitializedCapacity: count) { buffer, filled in
      bytes.withUnsafeBytes { bytes in
        UnsafeMutableRawBufferPointer(buffer)
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[position..<position + size]))
      }
      filled = count
    }
  }

  mutating func takeText() -> String { String(decoding: takeAll(UInt8.self), as: UTF8.self) }

  mutating func put<State: SharedState>(_ state: State?) {
    put(state != nil)
    state?.put(into: &self)
  }

  /// What was gathered, in a state that knows what for.
  mutating func take<State: SharedState>(_ empty: @autoclosure () -> State) -> State? {
    guard take(Bool.self) else { return nil }
    var state = empty()
    state.take(from: &self)
    return state
  }
}
