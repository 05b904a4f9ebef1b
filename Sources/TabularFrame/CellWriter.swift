internal import TabularCSV
internal import TabularTensor

/// Formats the cells of one column.
///
/// Invariant: the column is held while the writer is used, and every row is within it; nothing is
/// written through the pointers.
struct CellWriter: @unchecked Sendable {
  private enum Values {
    case bool(BitVector)
    case int64(UnsafePointer<Int64>)
    case float64(UnsafePointer<Double>)
    case date(UnsafePointer<Int32>)
    case datetime(UnsafePointer<Int64>)
    case string(Texts)
    case category(UnsafePointer<Int32>, Texts)
  }

  private struct Texts {
    let views: UnsafePointer<StringView>
    let heap: [UnsafePointer<UInt8>]

    init(_ texts: StringVector) {
      views = texts.views.pointer
      heap = texts.heap.map { UnsafePointer($0.pointer.assumingMemoryBound(to: UInt8.self)) }
    }

    @inline(__always)
    func append(_ row: Int, to formatter: inout CSVFormatter) {
      let view = views + row
      let count = Int(view.pointee.length)
      if count <= StringView.inlineCapacity {
        let start = UnsafeRawPointer(view).assumingMemoryBound(to: UInt8.self) + 4
        formatter.append(text: start, count)
      } else {
        formatter.append(text: heap[Int(view.pointee.buffer)] + Int(view.pointee.offset), count)
      }
    }
  }

  private let values: Values
  private let validity: BitVector?

  init(_ column: Column) {
    validity = column.validity?.bits
    values =
      switch column.storage {
      case .bool(let bits): .bool(bits)
      case .int64(let vector): .int64(vector.pointer)
      case .float64(let vector): .float64(vector.pointer)
      case .date(let vector): .date(vector.pointer)
      case .datetime(let vector): .datetime(vector.pointer)
      case .string(let texts): .string(Texts(texts))
      case .category(let codes, let dictionary): .category(codes.pointer, Texts(dictionary))
      }
  }

  @inline(__always)
  func write(_ row: Int, into formatter: inout CSVFormatter) {
    if let validity, !validity[row] { return formatter.appendNull() }
    switch values {
    case .bool(let bits): formatter.append(bool: bits[row])
    case .int64(let values): formatter.append(int64: values[row])
    case .float64(let values):
      let value = values[row]
      if value.isNaN { formatter.appendNull() } else { formatter.append(float64: value) }
    case .date(let values): formatter.append(date: values[row])
    case .datetime(let values): formatter.append(datetime: values[row])
    case .string(let texts): texts.append(row, to: &formatter)
    case .category(let codes, let words): words.append(Int(codes[row]), to: &formatter)
    }
  }
}
