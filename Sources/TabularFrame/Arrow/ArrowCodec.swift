internal import TabularFiles
internal import TabularTensor

extension Buffer {
  /// The bytes of a packed buffer: their number as 8 bytes, then what zstd made of them.
  ///
  /// Source: `apache/arrow`, `format/Message.fbs`, `BodyCompressionMethod`.
  func unpacked(_ codec: ArrowCodec) throws(ArrowFault) -> Buffer {
    guard codec == .zstd else {
      throw .refused("is packed with LZ4, which is not read; write it with zstd or unpacked")
    }
    guard byteCount > 0 else { return self }
    guard byteCount >= 8 else { throw .damaged("a packed buffer of \(byteCount) bytes") }
    let size = Int(Int64(littleEndian: bytes.loadUnaligned(as: Int64.self)))
    let packed = slice(8, byteCount - 8)
    guard size != -1 else { return packed }
    // A block of zstd unpacks 3 bytes at least to 128 KB at most.
    guard size >= 0, size >> 16 <= packed.byteCount else {
      throw .damaged("\(packed.byteCount) packed bytes claim to be \(size)")
    }
    let room = try Buffer.checkedRoom(size)
    do throws(FileError) {
      let stream = ZstdStream(MemoryStream(packed), path: "")
      let whole = UnsafeMutableRawBufferPointer(start: room.pointer, count: size)
      let count = try stream.readFully(into: whole)
      let spare = Buffer(uninitialized: 1)
      let isMore = try stream.read(
        into: UnsafeMutableRawBufferPointer(start: spare.pointer, count: 1)
      )
      guard count == size, isMore == 0 else {
        throw FileError(path: "", operation: .read, reason: "another size")
      }
    } catch {
      throw .damaged("a buffer does not unpack to \(size) bytes")
    }
    return room
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
