import Foundation
import TabularCSV
import TabularFrame
import TabularTensor

// What `describe` prints of a column, for people and as JSON.
extension ColumnSummary {
  /// A heading, then indented lines.
  func lines(width: Int) -> [String] {
    var heading = ["\(printable(name))  \(type)  \(counted(count, "value"))"]
    if nullCount > 0 {
      heading.append("\(counted(nullCount, "null")) (\(share(nullCount, of: count + nullCount)))")
    }
    if count == 0 {
      return ["\(printable(name))  \(type)  no values" + (nullCount > 0 ? ", all null" : "")]
    }
    heading.append("\(distinctCount) distinct")
    let isListed = [.string, .category, .bool].contains(type)
    let isEachOnce = mostFrequent.first?.count == 1
    if isEachOnce, count > 1 {
      heading.append("each once")
    } else if !isListed, let (value, count) = mostFrequent.first {
      heading.append("most frequent \(shown(value)) (\(counted(count, "time")))")
    }
    var lines = [heading.joined(separator: ", ")]
    if let mean, let deviation {
      lines.append("mean \(shown(.float64(mean)))  deviation \(shown(.float64(deviation)))")
      if type != .bool { lines[1] += "  " + extent }
    } else if !min.isNull {
      lines.append(extent)
    }
    if let shortest, let longest { lines.append(lengths(shortest, longest)) }
    if let histogram, distinctCount > 1 {
      lines.append("\(shown(min)) \(histogram.bars) \(shown(max))")
    }
    if isListed, !isEachOnce { lines += frequencyBars(width: width - 2) }
    return [lines[0]] + lines.dropFirst().map { "  " + $0 }
  }

  private var extent: String {
    let middle =
      type == .date || type == .datetime
      ? "median \(shown(quartiles[1]))" : "quartiles \(quartiles.map(shown).joined(separator: " "))"
    return "min \(shown(min))  \(middle)  max \(shown(max))"
  }

  private func lengths(_ shortest: String, _ longest: String) -> String {
    guard shortest.count < longest.count else {
      return "each of \(counted(shortest.count, "character")), such as '\(cut(shortest, to: 40))'"
    }
    return "shortest '\(cut(shortest, to: 30))' (\(counted(shortest.count, "character")))  "
      + "longest '\(cut(longest, to: 30))' (\(counted(longest.count, "character")))"
  }

  /// The most frequent values, a bar each.
  private func frequencyBars(width: Int) -> [String] {
    let names = mostFrequent.map { cut(shown($0.value), to: 24) }
    let nameWidth = names.map(displayWidth).max() ?? 0
    let most = mostFrequent.first?.count ?? 1
    let numbers = mostFrequent.map { "\($0.count) (\(share($0.count, of: count)))" }
    let barWidth = Swift.min(30, width - nameWidth - (numbers.map(\.count).max() ?? 0) - 4)
    var lines = zip(zip(names, numbers), mostFrequent).map { texts, entry in
      let padding = String(repeating: " ", count: nameWidth - displayWidth(texts.0))
      let bar = Swift.max(0, barWidth) * entry.count
      return "\(texts.0)\(padding)  \(String(repeating: "█", count: Swift.max(1, bar / most)))  "
        + texts.1
    }
    let rest = distinctCount - mostFrequent.count
    if rest > 0 { lines.append("... and \(rest) more") }
    return lines
  }

  private func cut(_ text: String, to length: Int) -> String {
    let clean = printable(text)
    return clean.count > length ? clean.prefix(length - 3) + "..." : clean
  }

  private func share(_ part: Int, of whole: Int) -> String {
    let percent = 100 * Double(part) / Double(Swift.max(whole, 1))
    if percent > 0, percent < 1 { return "<1%" }
    if percent < 100, percent > 99 { return ">99%" }
    return "\(Int(percent.rounded()))%"
  }

  /// A value for people: of a fraction, five digits.
  private func shown(_ value: Value) -> String {
    guard case .float64(let number) = value else { return printable(value.description) }
    guard number.isFinite else { return number.isNaN ? "none" : "\(number)" }
    let size = abs(number)
    if size != 0, size < 1e-4 || size >= 1e15 { return String(format: "%.4e", number) }
    let whole = size < 1 ? 1 : Int(log10(size)) + 1
    var text = String(format: "%.\(Swift.max(0, 5 - whole))f", number)
    if size < 1, size > 0 { text = String(format: "%.5g", number) }
    guard text.contains("."), !text.contains("e") else { return text }
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text == "-0" ? "0" : text
  }
}

extension Histogram {
  /// A block a bin, the fullest a whole one; an empty bin is a space, any other shows something.
  var bars: String {
    let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    let most = counts.max() ?? 0
    return String(
      counts.map { count in
        guard count > 0 else { return " " }
        return blocks[Swift.max(0, (count * 8 + most - 1) / most - 1)]
      }
    )
  }
}

extension ColumnSummary {
  var json: JSONObject {
    var result = JSONObject()
    result.set("name", name)
    result.set("type", type.rawValue)
    result.set("count", count)
    result.set("nulls", nullCount)
    result.set("distinct", distinctCount)
    if let mean { result.set("mean", mean) }
    if let deviation { result.set("deviation", deviation) }
    if type != .string, type != .category {
      result.set("min", min)
      if !quartiles.isEmpty { result.set("quartiles", quartiles) }
      result.set("max", max)
    }
    if let shortest { result.set("shortest", shortest) }
    if let longest { result.set("longest", longest) }
    result.set(
      "most_frequent",
      mostFrequent.map { value, count in
        var entry = JSONObject()
        entry.set("value", value)
        entry.set("count", count)
        return entry
      }
    )
    if let histogram {
      var bins = JSONObject()
      bins.set("edges", histogram.edges.map { Value.float64($0) })
      bins.set("counts", histogram.counts.map { Value.int64(Int64($0)) })
      result.set("histogram", bins)
    }
    return result
  }
}

extension JSONObject {
  mutating func set(_ key: String, _ value: Value) { set(key, raw: Self.text(of: value)) }

  mutating func set(_ key: String, _ values: [Value]) {
    set(key, raw: "[\(values.map(Self.text).joined(separator: ","))]")
  }

  mutating func set(_ key: String, _ value: JSONObject) { set(key, raw: value.text) }

  private static func text(of value: Value) -> String {
    switch value {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .int64(let value): "\(value)"
    case .float64(let value): value.isFinite ? "\(value)" : "null"
    case .string, .date, .datetime: jsonString(value.description)
    }
  }
}
