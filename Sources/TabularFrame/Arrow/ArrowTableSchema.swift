/// A named column of an Arrow schema.
struct ArrowField: Sendable, Equatable {
  /// Codes that stand for the values of a dictionary.
  struct Dictionary: Sendable, Equatable {
    var id: Int64
    var indexBits = 32
    var isSigned = true
  }

  var name: String
  /// Of the values; of a dictionary's words where there is one.
  var type: ArrowType
  var dictionary: Dictionary?

  init(_ name: String, _ type: ArrowType, dictionary: Dictionary? = nil) {
    (self.name, self.type, self.dictionary) = (name, type, dictionary)
  }
}

/// The columns of Arrow data, and texts that somebody gave along.
struct ArrowTableSchema: Sendable, Equatable {
  var fields: [ArrowField]
  var metadata: [String: String] = [:]
}

// Source of the slots: `apache/arrow`, `format/Schema.fbs`.
extension ArrowTableSchema {
  /// The table `Schema` of a message of `size` bytes, which its texts cannot exceed in sum.
  init(_ table: FlatTable, size: Int) throws(ArrowFault) {
    guard try table.number(0, default: Int16(0)) == 0 else {
      throw .refused("is big-endian, which no current writer makes")
    }
    var names: Set<String> = []
    var left = size
    func spend(_ texts: String?...) throws(ArrowFault) {
      for text in texts { left -= text?.utf8.count ?? 0 }
      guard left >= 0 else { throw .damaged("its metadata repeats texts") }
    }
    fields = []
    let tables = try table.tables(1)
    for index in 0..<tables.count {
      let field = try ArrowField(tables.table(index))
      try spend(field.name)
      guard names.insert(field.name).inserted else {
        throw .refused("two columns are named '\(field.name)'", column: field.name)
      }
      fields.append(field)
    }
    let pairs = try table.tables(2)
    for index in 0..<pairs.count {
      let pair = try pairs.table(index)
      let (key, value) = (try pair.text(0) ?? "", try pair.text(1) ?? "")
      try spend(key, value)
      metadata[key] = value
    }
  }

  var flat: [FlatValue] {
    let pairs = metadata.sorted { $0.key < $1.key }
    return [
      .short(0), .tables(fields.map(\.flat)),
      pairs.isEmpty ? .absent : .tables(pairs.map { [.text($0.key), .text($0.value)] }),
    ]
  }
}

extension ArrowField {
  fileprivate init(_ table: FlatTable) throws(ArrowFault) {
    name = try table.text(0) ?? ""
    do throws(ArrowFault) {
      type = try ArrowType(member: table.number(2, default: 0), table: table.table(3))
      guard let encoding = try table.table(4) else { return }
      var dictionary = Dictionary(id: try encoding.number(0, default: 0))
      if let index = try encoding.table(1) {
        dictionary.indexBits = Int(try index.number(0, default: Int32(0)))
        dictionary.isSigned = try index.bool(1)
      }
      guard [8, 16, 32, 64].contains(dictionary.indexBits) else {
        throw .damaged("codes of \(dictionary.indexBits) bits")
      }
      self.dictionary = dictionary
    } catch {
      throw error.naming(name)
    }
  }

  fileprivate var flat: [FlatValue] {
    let (member, table) = type.flat
    let encoding: FlatValue =
      if let dictionary {
        .table([
          .long(dictionary.id),
          .table([.int(Int32(dictionary.indexBits)), .bool(dictionary.isSigned)]), .bool(false),
        ])
      } else {
        .absent
      }
    // Children, of which there are none, are expected by some readers.
    return [.text(name), .bool(true), .byte(member), .table(table), encoding, .tables([])]
  }
}
