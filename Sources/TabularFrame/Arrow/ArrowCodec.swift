internal import TabularFiles
internal import TabularTensor

extension Buffer {
  /// The bytes of a packed buffer: their number as 8 bytes, then what LZ4 or zstd made of them.
  ///
  /// Source: `apache/arrow`, `format/Message.fbs`, `BodyCompressionMethod`.
  func unpacked(_ codec: ArrowCodec) throws(ArrowFault) -> Buffer {
    guard byteCount > 0 else { return self }
    guard byteCount >= 8 else { throw .damaged("a packed buffer of \(byteCount) bytes") }
    let size = Int(Int64(littleEndian: bytes.loadUnaligned(as: Int64.self)))
    let packed = slice(8, byteCount - 8)
    guard size != -1 else { return packed }
    // At the most a byte of LZ4 unpacks to 255, and 4 bytes of zstd, a block, to 128 KB.
    guard size >= 0, size >> (codec == .lz4 ? 8 : 16) <= packed.byteCount else {
      throw .damaged("\(packed.byteCount) packed bytes claim to be \(size)")
    }
    let room = try Buffer.checkedRoom(size)
    guard codec == .lz4 ? LZ4Frame.unpack(packed, into: room) : packed.unpackZstd(into: room) else {
      throw .damaged("a buffer does not unpack to \(size) bytes")
    }
    return room
  }

  /// Whether zstd unpacks it to all of a room.
  private func unpackZstd(into room: Buffer) -> Bool {
    let stream = ZstdStream(MemoryStream(self), path: "")
    let whole = UnsafeMutableRawBufferPointer(start: room.pointer, count: room.byteCount)
    let spare = Buffer(uninitialized: 1)
    let behind = UnsafeMutableRawBufferPointer(start: spare.pointer, count: 1)
    do throws(FileError) {
      let count = try stream.readFully(into: whole)
      let more = try stream.read(into: behind)
      return count == room.byteCount && more == 0
    } catch {
      return false
    }
  }
}

/// Bytes in memory, one after the other.
private final class MemoryStream: ByteStream {
  private let memory: Buffer
  private var position = 0

  init(_ memory: Buffer) { self.memory = memory }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    let count = min(buffer.count, memory.byteCount - position)
    guard count > 0, let target = buffer.baseAddress else { return 0 }
    target.copyMemory(from: memory.pointer + position, byteCount: count)
    position += count
    return count
  }
}
