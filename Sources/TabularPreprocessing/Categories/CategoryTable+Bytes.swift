// The categories in order of their codes: keys, and the bytes of long texts.
extension CategoryTable {
  func put(into bytes: inout StateBytes) {
    let codes = 0..<Int32(count)
    bytes.put(all: codes.map { key($0) })
    var heap: [UInt8] = []
    for code in codes where key(code).isLong { withText(code) { heap.append(contentsOf: $0) } }
    bytes.put(all: heap)
  }

  convenience init(from bytes: inout StateBytes) {
    let keys = bytes.takeAll(PackedKey.self)
    let heap = bytes.takeAll(UInt8.self)
    self.init(capacity: keys.count)
    heap.withUnsafeBufferPointer { heap in
      var offset = 0
      for key in keys {
        guard key.isLong, let start = heap.baseAddress else {
          _ = insert(key)
          continue
        }
        _ = insert(key, text: start + offset)
        offset += key.length
      }
    }
  }
}
