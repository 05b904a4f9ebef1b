internal import OrderedCollections
internal import TabularCSV

extension DataFrame: CustomStringConvertible {
  /// An aligned table of at most 10 rows and 100 characters, and the shape.
  public var description: String { formatted() }

  /// An aligned table.
  ///
  /// - Parameters:
  ///   - maxRows: rows shown; of more, the first and last ones.
  ///   - width: characters a line may take; of columns that do not fit, the first and last ones
  ///     are shown.
  /// - Returns: lines of text, without a line end after the last.
  public func formatted(maxRows: Int = 10, width: Int = 100) -> String {
    let rows = rowCount == 1 ? "1 row" : "\(rowCount) rows"
    let columns = table.count == 1 ? "1 column" : "\(table.count) columns"
    let table =
      table.isEmpty ? [] : lines(maxRows: max(maxRows, 0), width: width, labels: true, types: true)
    return (table + ["[\(rows) x \(columns)]"]).joined(separator: "\n")
  }

  /// All rows as an aligned table, without row labels, types and shape.
  package func listing(width: Int) -> String {
    lines(maxRows: .max, width: width, labels: false, types: false).joined(separator: "\n")
  }

  private func lines(maxRows: Int, width: Int, labels: Bool, types: Bool) -> [String] {
    let shown = shownRows(maxRows)
    let index = TextColumn(labels: shown)
    var blocks = table.map { name, column in
      TextColumn(name: name, column: column, rows: shown, showsType: types)
    }
    blocks = fitting(blocks, width: labels ? width - index.width : width)
    if labels { blocks.insert(index, at: 0) }
    return (0..<(shown.count + 2)).filter { types || $0 != 1 }.map { line in
      var text = blocks.map { $0.line(line) }.joined(separator: "  ")
      while text.last == " " { text.removeLast() }
      return text
    }
  }

  /// Positions of the shown rows; nil stands for what is left out.
  private func shownRows(_ limit: Int) -> [Int?] {
    guard rowCount > limit else { return Array(0..<rowCount) }
    let top = (limit + 1) / 2
    return Array(0..<top) + [nil] + Array((rowCount - limit + top)..<rowCount)
  }

  private func fitting(_ blocks: [TextColumn], width: Int) -> [TextColumn] {
    func total(_ blocks: [TextColumn]) -> Int { blocks.reduce(0) { $0 + $1.width + 2 } }
    guard total(blocks) > width, blocks.count > 2 else { return blocks }
    let rows = blocks[0].cells.count
    let gap = TextColumn(gapOf: rows)
    var left = [blocks[0]]
    var right = [blocks[blocks.count - 1]]
    var (next, last) = (1, blocks.count - 2)
    while next <= last {
      let fromLeft = left.count <= right.count
      let candidate = fromLeft ? blocks[next] : blocks[last]
      guard total(left) + total(right) + total([gap, candidate]) <= width else { break }
      if fromLeft {
        left.append(candidate)
        next += 1
      } else {
        right.insert(candidate, at: 0)
        last -= 1
      }
    }
    return left + [gap] + right
  }
}

/// A column as text: two lines of heading, then a line a row.
private struct TextColumn {
  var cells: [String]
  var heading: [String]
  var width: Int
  var isRightAligned: Bool

  init(name: String, column: Column, rows: [Int?], showsType: Bool) {
    cells = rows.map { $0.map { Self.cut(column[$0].description) } ?? "..." }
    heading = [Self.cut(name), showsType ? column.type.description : ""]
    isRightAligned = column.type == .int64 || column.type == .float64
    width = (cells + heading).map(displayWidth).max() ?? 0
  }

  init(labels: [Int?]) {
    cells = labels.map { $0.map(String.init) ?? "" }
    heading = ["", ""]
    isRightAligned = true
    width = cells.map(\.count).max() ?? 0
  }

  init(gapOf rows: Int) {
    cells = Array(repeating: "...", count: rows)
    heading = ["...", ""]
    isRightAligned = false
    width = 3
  }

  func line(_ number: Int) -> String {
    let text = number < 2 ? heading[number] : cells[number - 2]
    let padding = String(repeating: " ", count: max(0, width - displayWidth(text)))
    return isRightAligned ? padding + text : text + padding
  }

  /// At most 32 characters, without control characters.
  private static func cut(_ text: String) -> String {
    let clean = printable(text)
    return clean.count > 32 ? clean.prefix(29) + "..." : clean
  }
}

/// The text with a space for each control character: a cell cannot steer the terminal.
package func printable(_ text: String) -> String {
  String(
    text.map { character in
      character.unicodeScalars.contains { $0.properties.generalCategory == .control }
        || character.isNewline ? " " : character
    }
  )
}

/// The columns that a text takes in a terminal: two for East Asian wide characters and emoji.
package func displayWidth(_ text: String) -> Int {
  text.reduce(0) { width, character in
    guard let first = character.unicodeScalars.first, first.value >= 0x1100 else {
      return width + 1
    }
    if first.properties.isEmojiPresentation { return width + 2 }
    let wide: [ClosedRange<UInt32>] = [
      0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD,
    ]
    return width + (wide.contains { $0.contains(first.value) } ? 2 : 1)
  }
}
