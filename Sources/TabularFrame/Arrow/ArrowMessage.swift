/// How a batch's bytes are packed.
enum ArrowCodec: UInt8, Sendable { case lz4, zstd }

/// The table `RecordBatch`: how many rows, and where in the body their buffers are.
struct ArrowBatchHeader: Sendable {
  var rowCount: Int
  /// Values and nulls of each column.
  var nodes: [(count: Int, nulls: Int)] = []
  /// Where each buffer begins in the body, and its bytes.
  var buffers: [(offset: Int, count: Int)] = []
  var codec: ArrowCodec?
  /// The heap buffers of each column of string views.
  var heapCounts: [Int] = []

  /// More rows than this a row id cannot count.
  static let rowLimit = 1 << 40
}

/// A message: what stands before a body.
///
/// Source of the slots: `apache/arrow`, `format/Message.fbs` and `File.fbs`.
enum ArrowMessage: Sendable {
  case schema(ArrowTableSchema)
  case dictionary(id: Int64, isDelta: Bool, ArrowBatchHeader)
  case batch(ArrowBatchHeader)

  /// The message, and the bytes of the body behind it.
  static func parsed(_ bytes: UnsafeRawBufferPointer) throws(ArrowFault) -> (
    message: ArrowMessage, bodySize: Int
  ) {
    let table = try FlatTable(root: bytes)
    // V4 and V5 lay out the types that a frame holds alike.
    let version = try table.number(0, default: Int16(0))
    guard 3...4 ~= version else {
      throw .refused("has metadata of version V\(Int(version) + 1), expected V4 or V5")
    }
    let bodySize = try Int(table.number(3, default: Int64(0)))
    guard bodySize >= 0 else { throw .damaged("a body of \(bodySize) bytes") }
    let member = try table.number(1, default: UInt8(0))
    guard let header = try table.table(2) else { throw .damaged("a message without a header") }
    switch member {
    case 1: return (.schema(try ArrowTableSchema(header, size: bytes.count)), bodySize)
    case 2:
      guard let data = try header.table(1) else { throw .damaged("a dictionary without words") }
      let batch = try ArrowBatchHeader(data, bodySize: bodySize)
      let id = try header.number(0, default: Int64(0))
      return (.dictionary(id: id, isDelta: try header.bool(2), batch), bodySize)
    case 3: return (.batch(try ArrowBatchHeader(header, bodySize: bodySize)), bodySize)
    default: throw .refused("holds a message of kind \(member), no table")
    }
  }

  /// The bytes of a message.
  func bytes(bodySize: Int) -> [UInt8] {
    let (member, header): (UInt8, [FlatValue]) =
      switch self {
      case .schema(let schema): (1, schema.flat)
      case .dictionary(let id, let isDelta, let batch):
        (2, [.long(id), .table(batch.flat), .bool(isDelta)])
      case .batch(let batch): (3, batch.flat)
      }
    return FlatBuilder.bytes(root: [
      .short(4), .byte(member), .table(header), .long(Int64(bodySize)),
    ])
  }
}

extension ArrowBatchHeader {
  fileprivate init(_ table: FlatTable, bodySize: Int) throws(ArrowFault) {
    rowCount = Int(try table.number(0, default: Int64(0)))
    guard 0..<Self.rowLimit ~= rowCount else { throw .damaged("a batch of \(rowCount) rows") }
    let nodes = try table.structs(1, stride: 16)
    self.nodes.reserveCapacity(nodes.count)
    for index in 0..<nodes.count {
      self.nodes.append((Int(try nodes.number(index)), Int(try nodes.number(index, 8))))
    }
    let buffers = try table.structs(2, stride: 16)
    self.buffers.reserveCapacity(buffers.count)
    // Buffers that do not overlap: a small body is not read many times.
    var left = bodySize
    for index in 0..<buffers.count {
      let (offset, count) = (Int(try buffers.number(index)), Int(try buffers.number(index, 8)))
      guard offset >= 0, count >= 0, offset <= bodySize, count <= bodySize - offset else {
        throw .damaged("buffer \(index), \(count) bytes at \(offset) of a body of \(bodySize)")
      }
      left -= count
      guard left >= 0 else { throw .damaged("the buffers of a batch overlap") }
      self.buffers.append((offset, count))
    }
    if let compression = try table.table(3) {
      let number = try compression.number(0, default: UInt8(0))
      guard let codec = ArrowCodec(rawValue: number) else {
        throw .refused("is packed with method \(number), expected LZ4, zstd or none")
      }
      self.codec = codec
    }
    let counts = try table.structs(4, stride: 8)
    for index in 0..<counts.count {
      let count = Int(try counts.number(index))
      guard 0...self.buffers.count ~= count else { throw .damaged("\(count) heap buffers") }
      heapCounts.append(count)
    }
  }

  fileprivate var flat: [FlatValue] {
    [
      .long(Int64(rowCount)), .pairs(nodes.map { ($0.count, $0.nulls) }),
      .pairs(buffers.map { ($0.offset, $0.count) }), .absent,
      heapCounts.isEmpty ? .absent : .longs(heapCounts.map { Int64($0) }),
    ]
  }
}

extension FlatValue {
  /// Structs of two numbers of 64 bits.
  fileprivate static func pairs(_ pairs: [(Int, Int)]) -> FlatValue {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16 * pairs.count)
    for (first, second) in pairs {
      for number in [first, second] {
        withUnsafeBytes(of: Int64(number).littleEndian) { bytes.append(contentsOf: $0) }
      }
    }
    return .structs(count: pairs.count, bytes: bytes)
  }
}

/// Where a message of a file stands.
struct ArrowBlock: Sendable {
  var offset: Int
  /// With what precedes it and pads it.
  var metadataSize: Int
  var bodySize: Int
}

/// The table `Footer`: the schema again, and where everything is.
struct ArrowFooter: Sendable {
  var schema: ArrowTableSchema
  var dictionaries: [ArrowBlock] = []
  var batches: [ArrowBlock] = []
}

extension ArrowFooter {
  /// The table `Footer` behind `fileSize` bytes.
  init(_ bytes: UnsafeRawBufferPointer, fileSize: Int) throws(ArrowFault) {
    let table = try FlatTable(root: bytes)
    guard let schema = try table.table(1) else { throw .damaged("its footer has no schema") }
    self.schema = try ArrowTableSchema(schema, size: bytes.count)
    // Blocks that do not overlap, as buffers do not.
    var left = fileSize
    func blocks(_ slot: Int) throws(ArrowFault) -> [ArrowBlock] {
      let structs = try table.structs(slot, stride: 24)
      var blocks: [ArrowBlock] = []
      blocks.reserveCapacity(structs.count)
      for index in 0..<structs.count {
        let block = ArrowBlock(
          offset: Int(try structs.number(index)),
          metadataSize: Int(try structs.number(index, 8, as: Int32.self)),
          bodySize: Int(try structs.number(index, 16))
        )
        guard block.offset >= 8, block.metadataSize >= 8, block.bodySize >= 0,
          block.offset <= fileSize, block.metadataSize <= fileSize - block.offset,
          block.bodySize <= fileSize - block.offset - block.metadataSize
        else {
          throw .damaged(
            "its footer places \(block.metadataSize) and \(block.bodySize) bytes at "
              + "\(block.offset) of \(fileSize)"
          )
        }
        left -= block.metadataSize + block.bodySize
        guard left >= 0 else { throw .damaged("the batches in its footer overlap") }
        blocks.append(block)
      }
      return blocks
    }
    dictionaries = try blocks(2)
    batches = try blocks(3)
  }

  var bytes: [UInt8] {
    func structs(_ blocks: [ArrowBlock]) -> FlatValue {
      var bytes: [UInt8] = []
      for block in blocks {
        for number in [block.offset, block.metadataSize, block.bodySize] {
          withUnsafeBytes(of: Int64(number).littleEndian) { bytes.append(contentsOf: $0) }
        }
      }
      return .structs(count: blocks.count, bytes: bytes)
    }
    return FlatBuilder.bytes(root: [
      .short(4), .table(schema.flat), structs(dictionaries), structs(batches),
    ])
  }
}
