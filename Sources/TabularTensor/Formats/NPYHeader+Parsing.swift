extension NPYHeader {
  /// Longer ones are refused; NumPy itself refuses more than 10,000 characters unless told.
  static let largest = 1 << 20

  /// Reads the header of an npy file of `fileSize` bytes, and checks what it claims.
  ///
  /// `next` gives the next bytes of the file, as many as it is asked for.
  ///
  /// - Throws: `TensorError` of kind `format`, or what `next` throws.
  init(
    fileSize: Int,
    path: String,
    next: (Int) throws(TensorError) -> [UInt8]
  ) throws(TensorError) {
    func refused(_ message: String) -> TensorError {
      TensorError(.format, "not a valid npy file: \(message)", path: path)
    }
    guard fileSize >= 10 else { throw refused("it has \(fileSize) bytes") }
    var prefix = try next(10)
    guard prefix.starts(with: Self.magic) else { throw refused("no \\x93NUMPY") }
    guard (1...3).contains(prefix[6]), prefix[7] == 0 else {
      throw refused("version \(prefix[6]).\(prefix[7])")
    }
    if prefix[6] >= 2 {
      guard fileSize >= 12 else { throw refused("it ends in its header") }
      prefix += try next(2)
    }
    let length = prefix[8...].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= fileSize - prefix.count else {
      throw refused("a header of \(length) bytes in a file of \(fileSize)")
    }
    guard length <= Self.largest else {
      throw refused("a header of \(length) bytes, of which \(Self.largest) are read")
    }
    let text = try next(length)
    var parser = NPYHeaderParser(text: text)
    let fields: NPYHeaderParser.Fields
    do throws(NPYHeaderParser.Refusal) {
      fields = try parser.parse()
    } catch {
      let shown = String(decoding: text.prefix(60), as: UTF8.self).debugDescription
      throw refused("\(error.reason) in the header \(shown)")
    }
    guard let (dtype, bigEndian) = Self.elementType(fields.descr) else {
      throw refused("the element type \(fields.descr.forMessage) is not supported")
    }
    let dataCount = fileSize - prefix.count - length
    guard let expected = fields.shape.byteCount(of: dtype) else {
      throw refused("the size of shape \(fields.shape.forMessage) is too large")
    }
    guard dataCount == expected else {
      throw refused(
        "\(expected) bytes of data expected for \(fields.shape.forMessage), \(dataCount) found"
      )
    }
    self.dtype = dtype
    shape = Shape(fields.shape)
    isFortranOrder = fields.fortranOrder
    isBigEndian = bigEndian
    dataStart = prefix.count + length
  }

  /// What a NumPy type string means: a kind and a size, behind the order of their bytes.
  private static func elementType(_ descr: String) -> (DType, isBigEndian: Bool)? {
    guard let order = descr.first, "<>|=".contains(order),
      let dtype = DType.allCases.first(where: {
        $0.numpyDescription.dropFirst() == descr.dropFirst()
      })
    else { return nil }
    // No order is for single bytes, which have none; `=` would be the machine's that wrote it.
    guard dtype.byteCount == 1 || order == "<" || order == ">" else { return nil }
    return (dtype, order == ">" && dtype.byteCount > 1)
  }
}

/// Reads the dictionary literal of an npy header: three keys, in any order.
private struct NPYHeaderParser {
  struct Refusal: Error {
    let reason: String
  }

  struct Fields {
    let descr: String
    let fortranOrder: Bool
    let shape: [Int]
  }

  private let text: [UInt8]
  private var position = 0

  init(text: [UInt8]) { self.text = text }

  mutating func parse() throws(Refusal) -> Fields {
    var descr: String?
    var fortranOrder: Bool?
    var shape: [Int]?
    guard take("{") else { throw Refusal(reason: "no dictionary") }
    while !take("}") {
      guard let key = quoted(), take(":") else { throw Refusal(reason: "no key") }
      switch key {
      case "descr" where descr == nil:
        guard let value = quoted() else { throw Refusal(reason: "a structured element type") }
        descr = value
      case "fortran_order" where fortranOrder == nil:
        let value = take("True") ? true : take("False") ? false : nil
        guard let value else { throw Refusal(reason: "no True or False for 'fortran_order'") }
        fortranOrder = value
      case "shape" where shape == nil: shape = try tuple()
      case "descr", "fortran_order", "shape": throw Refusal(reason: "'\(key)' twice")
      default: throw Refusal(reason: "the unknown key \(key.forMessage)")
      }
      guard take(",") else {
        guard take("}") else { throw Refusal(reason: "no ',' or '}'") }
        break
      }
    }
    skipSpace()
    guard position == text.count else { throw Refusal(reason: "something behind the dictionary") }
    guard let descr, let fortranOrder, let shape else {
      throw Refusal(
        reason: "no '\(descr == nil ? "descr" : shape == nil ? "shape" : "fortran_order")'"
      )
    }
    return Fields(descr: descr, fortranOrder: fortranOrder, shape: shape)
  }

  private mutating func skipSpace() {
    while position < text.count, text[position] == 0x20 || text[position] == 0x0A { position += 1 }
  }

  private mutating func take(_ word: String) -> Bool {
    skipSpace()
    guard text[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  private mutating func quoted() -> String? {
    skipSpace()
    guard position < text.count, text[position] == 0x27 || text[position] == 0x22 else {
      return nil
    }
    let quote = text[position]
    guard let end = text[(position + 1)...].firstIndex(of: quote) else { return nil }
    defer { position = end + 1 }
    return String(decoding: text[(position + 1)..<end], as: UTF8.self)
  }

  private mutating func tuple() throws(Refusal) -> [Int] {
    guard take("(") else { throw Refusal(reason: "no tuple for 'shape'") }
    var extents: [Int] = []
    while !take(")") {
      skipSpace()
      let digits = text[position...].prefix { $0 >= 0x30 && $0 <= 0x39 }
      guard let extent = Int(String(decoding: digits, as: UTF8.self)) else {
        throw Refusal(reason: "an extent that is no count")
      }
      extents.append(extent)
      position += digits.count
      // As Python 2 wrote its long integers.
      _ = take("L")
      guard take(",") else {
        guard take(")") else { throw Refusal(reason: "no ',' or ')' in 'shape'") }
        break
      }
    }
    return extents
  }
}
