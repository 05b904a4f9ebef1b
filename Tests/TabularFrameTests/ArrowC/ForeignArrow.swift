import CTabularABI
import Foundation
import TabularTensor
import Testing

@testable import TabularFrame

/// Tests of the Arrow C data and stream interfaces.
@Suite struct ArrowCTests {}

/// Runs what hands structures out, after which none may be left.
func releasingAll<Result>(_ body: () throws -> Result) rethrows -> Result {
  let ledger = ExportLedger()
  let result = try ExportLedger.$current.withValue(ledger) { try body() }
  #expect(ledger.count == 0, "structures that nobody released")
  return result
}

/// How often the structures of a foreign producer were released.
final class ReleaseCounter: @unchecked Sendable {
  private let lock = NSLock()
  private var made = 0
  private var released = 0

  func began() { lock.withLock { made += 1 } }
  func ended() { lock.withLock { released += 1 } }

  /// Whether each was released once: a second release of one traps in `ForeignOwner`.
  var isBalanced: Bool { lock.withLock { made > 0 && made == released } }
  var left: Int { lock.withLock { made - released } }
}

/// The memory behind one foreign structure, of the sizes asked for and no byte more, so that the
/// address sanitizer sees a read behind it.
private final class ForeignOwner {
  let counter: ReleaseCounter
  private var memory: [UnsafeMutableRawPointer] = []

  init(_ counter: ReleaseCounter) {
    self.counter = counter
    counter.began()
  }

  deinit {
    memory.forEach { free($0) }
    counter.ended()
  }

  /// `shift` bytes behind an address that malloc aligns.
  func copy(_ bytes: [UInt8], shift: Int = 0) -> UnsafeMutableRawPointer? {
    guard let pointer = malloc(bytes.count + shift) else { return nil }
    memory.append(pointer)
    UnsafeMutableRawBufferPointer(start: pointer + shift, count: bytes.count).copyBytes(from: bytes)
    return pointer + shift
  }
}

/// The bytes of values, as they stand in memory.
func bytes<Value: BitwiseCopyable>(_ values: [Value]) -> [UInt8] {
  values.withUnsafeBytes { Array($0) }
}

/// A producer of Arrow structures that shares no code with the package's own.
struct Foreign {
  let counter = ReleaseCounter()

  func schema(
    _ format: String,
    _ name: String? = "",
    children: [ArrowSchema] = [],
    dictionary: ArrowSchema? = nil
  ) -> ArrowSchema {
    let owner = ForeignOwner(counter)
    var schema = ArrowSchema()
    func text(_ text: String) -> UnsafePointer<CChar>? {
      owner.copy(Array(text.utf8) + [0]).map {
        UnsafePointer($0.assumingMemoryBound(to: CChar.self))
      }
    }
    schema.format = text(format)
    schema.name = name.flatMap(text)
    schema.flags = Int64(ARROW_FLAG_NULLABLE)
    schema.n_children = Int64(children.count)
    schema.children = table(children)
    schema.dictionary = dictionary.map(boxed)
    schema.private_data = Unmanaged.passRetained(owner).toOpaque()
    schema.release = { schema in
      guard let schema else { return }
      precondition(schema.pointee.release != nil, "released twice")
      for index in 0..<Int(schema.pointee.n_children) {
        guard let child = schema.pointee.children[index] else { continue }
        child.pointee.release?(child)
        child.deallocate()
      }
      schema.pointee.children?.deallocate()
      if let dictionary = schema.pointee.dictionary {
        dictionary.pointee.release?(dictionary)
        dictionary.deallocate()
      }
      schema.pointee.release = nil
      if let owner = schema.pointee.private_data {
        Unmanaged<ForeignOwner>.fromOpaque(owner).release()
      }
    }
    return schema
  }

  func array(
    _ length: Int,
    offset: Int = 0,
    nullCount: Int = 0,
    _ buffers: [[UInt8]?],
    shift: Int = 0,
    children: [ArrowArray] = [],
    dictionary: ArrowArray? = nil
  ) -> ArrowArray {
    let owner = ForeignOwner(counter)
    var array = ArrowArray()
    array.length = Int64(length)
    array.null_count = Int64(nullCount)
    array.offset = Int64(offset)
    array.n_buffers = Int64(buffers.count)
    array.n_children = Int64(children.count)
    let addresses = buffers.map { $0.flatMap { owner.copy($0, shift: shift) } }
    let size = MemoryLayout<UnsafeRawPointer?>.stride
    if let table = owner.copy([UInt8](repeating: 0, count: buffers.count * size)) {
      let places = table.assumingMemoryBound(to: UnsafeRawPointer?.self)
      for (index, address) in addresses.enumerated() { places[index] = address.map { .init($0) } }
      array.buffers = places
    }
    array.children = table(children)
    array.dictionary = dictionary.map(boxed)
    array.private_data = Unmanaged.passRetained(owner).toOpaque()
    array.release = { array in
      guard let array else { return }
      precondition(array.pointee.release != nil, "released twice")
      for index in 0..<Int(array.pointee.n_children) {
        guard let child = array.pointee.children[index] else { continue }
        child.pointee.release?(child)
        child.deallocate()
      }
      array.pointee.children?.deallocate()
      if let dictionary = array.pointee.dictionary {
        dictionary.pointee.release?(dictionary)
        dictionary.deallocate()
      }
      array.pointee.release = nil
      if let owner = array.pointee.private_data {
        Unmanaged<ForeignOwner>.fromOpaque(owner).release()
      }
    }
    return array
  }

  /// A record batch of one column, imported.
  func importing(
    _ format: String,
    _ column: ArrowArray,
    rows: Int? = nil,
    offset: Int = 0,
    dictionary: ArrowSchema? = nil
  ) throws -> DataFrame {
    var schema = schema("+s", children: [self.schema(format, "x", dictionary: dictionary)])
    var batch = array(rows ?? Int(column.length), offset: offset, [nil], children: [column])
    defer {
      #expect(schema.release == nil && batch.release == nil, "both are moved from")
    }
    return try DataFrame(importingArrow: &schema, array: &batch)
  }

  private func boxed<Structure>(_ structure: Structure) -> UnsafeMutablePointer<Structure> {
    let pointer = UnsafeMutablePointer<Structure>.allocate(capacity: 1)
    pointer.initialize(to: structure)
    return pointer
  }

  private func table<Structure>(_ structures: [Structure]) -> UnsafeMutablePointer<
    UnsafeMutablePointer<Structure>?
  >? {
    guard !structures.isEmpty else { return nil }
    let table = UnsafeMutablePointer<UnsafeMutablePointer<Structure>?>.allocate(
      capacity: structures.count
    )
    for (index, structure) in structures.enumerated() {
      (table + index).initialize(to: boxed(structure))
    }
    return table
  }
}
