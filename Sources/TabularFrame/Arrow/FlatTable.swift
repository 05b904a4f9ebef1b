/// A table of a FlatBuffers message that somebody else wrote.
///
/// Invariant: every access is checked against the message's bytes, and nothing follows a reference
/// but what asks for it, so that no message can crash the reader or make it run in circles.
/// Source: flatbuffers.dev, "FlatBuffer Internals".
struct FlatTable {
  private let bytes: UnsafeRawBufferPointer
  private let position: Int
  private let size: Int
  private let vtable: Int
  private let vtableSize: Int

  /// The root of a message; valid as long as the bytes.
  init(root bytes: UnsafeRawBufferPointer) throws(ArrowFault) {
    try self.init(bytes, at: Int(Self.load(bytes, 0, as: UInt32.self)))
  }

  private init(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(ArrowFault) {
    let distance = Int(try Self.load(bytes, position, as: Int32.self))
    let vtable = position - distance
    let vtableSize = Int(try Self.load(bytes, vtable, as: UInt16.self))
    let size = Int(try Self.load(bytes, vtable + 2, as: UInt16.self))
    guard vtableSize >= 4, vtable + vtableSize <= bytes.count, size >= 4,
      position + size <= bytes.count
    else { throw Self.outside }
    (self.bytes, self.position, self.size) = (bytes, position, size)
    (self.vtable, self.vtableSize) = (vtable, vtableSize)
  }

  private static let outside = ArrowFault.damaged("its metadata refers to bytes outside of it")

  private static func load<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer,
    _ place: Int,
    as type: Integer.Type
  ) throws(ArrowFault) -> Integer {
    guard place >= 0, place <= bytes.count - MemoryLayout<Integer>.size else { throw outside }
    return Integer(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Integer.self))
  }

  /// Where a slot's value stands; nil where it is absent.
  private func place(_ slot: Int, width: Int) throws(ArrowFault) -> Int? {
    guard 4 + 2 * slot + 2 <= vtableSize else { return nil }
    let distance = Int(try Self.load(bytes, vtable + 4 + 2 * slot, as: UInt16.self))
    guard distance > 0 else { return nil }
    guard distance + width <= size else { throw Self.outside }
    return position + distance
  }

  /// A number, or its default.
  func number<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ slot: Int,
    default absent: Integer
  ) throws(ArrowFault) -> Integer {
    guard let place = try place(slot, width: MemoryLayout<Integer>.size) else { return absent }
    return try Self.load(bytes, place, as: Integer.self)
  }

  func bool(_ slot: Int) throws(ArrowFault) -> Bool {
    let byte: UInt8 = try number(slot, default: 0)
    return byte != 0
  }

  /// Where what a slot refers to stands.
  private func reference(_ slot: Int) throws(ArrowFault) -> Int? {
    guard let place = try place(slot, width: 4) else { return nil }
    return place + Int(try Self.load(bytes, place, as: UInt32.self))
  }

  func table(_ slot: Int) throws(ArrowFault) -> FlatTable? {
    guard let place = try reference(slot) else { return nil }
    return try FlatTable(bytes, at: place)
  }

  func text(_ slot: Int) throws(ArrowFault) -> String? {
    guard let (start, count) = try vector(slot, stride: 1) else { return nil }
    let content = UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
    guard let text = String(validating: content, as: UTF8.self) else {
      throw .damaged("a text of its metadata is not UTF-8")
    }
    return text
  }

  /// The elements of a vector of tables.
  func tables(_ slot: Int) throws(ArrowFault) -> FlatTables {
    guard let (start, count) = try vector(slot, stride: 4) else {
      return FlatTables(bytes: bytes, start: 0, count: 0)
    }
    return FlatTables(bytes: bytes, start: start, count: count)
  }

  /// The bytes of a vector of structs or numbers, and how many these are.
  func structs(_ slot: Int, stride: Int) throws(ArrowFault) -> FlatStructs {
    guard let (start, count) = try vector(slot, stride: stride) else {
      return FlatStructs(bytes: bytes, start: 0, count: 0, stride: stride)
    }
    return FlatStructs(bytes: bytes, start: start, count: count, stride: stride)
  }

  private func vector(_ slot: Int, stride: Int) throws(ArrowFault) -> (start: Int, count: Int)? {
    guard let place = try reference(slot) else { return nil }
    let count = Int(try Self.load(bytes, place, as: UInt32.self))
    guard count * stride <= bytes.count - place - 4 else { throw Self.outside }
    return (place + 4, count)
  }

  /// A vector of tables.
  struct FlatTables {
    fileprivate let bytes: UnsafeRawBufferPointer
    fileprivate let start: Int
    let count: Int

    func table(_ index: Int) throws(ArrowFault) -> FlatTable {
      let place = start + 4 * index
      return try FlatTable(bytes, at: place + Int(FlatTable.load(bytes, place, as: UInt32.self)))
    }
  }

  /// A vector of structs or numbers.
  struct FlatStructs {
    fileprivate let bytes: UnsafeRawBufferPointer
    fileprivate let start: Int
    let count: Int
    fileprivate let stride: Int

    /// A number of an element, some bytes behind its first.
    func number<Integer: FixedWidthInteger & BitwiseCopyable>(
      _ index: Int,
      _ distance: Int = 0,
      as type: Integer.Type = Int64.self
    ) throws(ArrowFault) -> Integer {
      try FlatTable.load(bytes, start + index * stride + distance, as: type)
    }
  }
}
