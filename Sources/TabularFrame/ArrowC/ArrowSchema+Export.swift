internal import CTabularABI
internal import TabularCSV
internal import TabularTensor

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

// Invariant of an exported schema: format and name come from `strdup`, children and dictionary from
// `allocate`, and all of them are freed by the release of the structure that points to them. It
// holds no address of the structure itself, so that a consumer may move it.
extension ArrowSchema {
  /// The schema of a column.
  init(name: String, type: ColumnType) {
    switch type {
    case .category:
      self.init(
        format: type.arrowFormat,
        name: name,
        dictionary: ArrowSchema(format: "vu", name: "")
      )
    default:
      self.init(format: type.arrowFormat, name: name)
    }
  }

  init(
    format: String,
    name: String,
    children: [ArrowSchema] = [],
    dictionary: ArrowSchema? = nil
  ) {
    self.init()
    self.format = UnsafePointer(strdup(format))
    self.name = UnsafePointer(strdup(name))
    flags = format == "+s" ? 0 : Int64(ARROW_FLAG_NULLABLE)
    n_children = Int64(children.count)
    self.children = pointers(to: children)
    self.dictionary = dictionary.map { allocated($0) }
    private_data = Unmanaged.passRetained(ExportEntry()).toOpaque()
    release = { schema in
      guard let schema, schema.pointee.release != nil else { return }
      let held = schema.pointee
      schema.pointee.release = nil
      schema.pointee.private_data = nil
      for index in 0..<Int(held.n_children) {
        guard let child = held.children[index] else { continue }
        child.pointee.release?(child)
        child.deallocate()
      }
      held.children?.deallocate()
      if let dictionary = held.dictionary {
        dictionary.pointee.release?(dictionary)
        dictionary.deallocate()
      }
      free(UnsafeMutablePointer(mutating: held.format))
      free(UnsafeMutablePointer(mutating: held.name))
      if let entry = held.private_data { Unmanaged<ExportEntry>.fromOpaque(entry).release() }
    }
  }
}

extension ColumnType {
  /// Arrow's format string; of a category, that of its codes.
  fileprivate var arrowFormat: String {
    switch self {
    case .bool: "b"
    case .int64: "l"
    case .float64: "g"
    case .date: "tdD"
    case .datetime: "tsu:UTC"
    case .string: "vu"
    case .category: "i"
    }
  }
}

/// A structure with an address of its own.
func allocated<Structure>(_ structure: Structure) -> UnsafeMutablePointer<Structure> {
  let pointer = UnsafeMutablePointer<Structure>.allocate(capacity: 1)
  pointer.initialize(to: structure)
  return pointer
}

/// Structures behind a table of addresses; nil for none.
func pointers<Structure>(to structures: [Structure]) -> UnsafeMutablePointer<
  UnsafeMutablePointer<Structure>?
>? {
  guard !structures.isEmpty else { return nil }
  let table = UnsafeMutablePointer<UnsafeMutablePointer<Structure>?>.allocate(
    capacity: structures.count
  )
  for (index, structure) in structures.enumerated() {
    (table + index).initialize(to: allocated(structure))
  }
  return table
}
