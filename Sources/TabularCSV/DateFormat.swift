/// How the dates of a column are written: text with `%Y %m %d %H %M %S %f %z` and `%%`, as strptime.
struct DateFormat: Sendable, Equatable {
  private enum Part: Equatable {
    case year, month, day, hour, minute, second, fraction, offset
    case literal(UInt8)
  }
  private let parts: [Part]
  /// The pattern, as it was given.
  let pattern: String

  /// Whether there is a time of day in it.
  var hasTime: Bool {
    parts.contains { [.hour, .minute, .second, .fraction, .offset].contains($0) }
  }

  /// Nil where the pattern has another `%`, or lacks the year, the month or the day.
  init?(_ pattern: String) {
    var parts: [Part] = []
    var bytes = Array(pattern.utf8)[...]
    while let byte = bytes.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        parts.append(.literal(byte))
        continue
      }
      switch bytes.popFirst().map({ Character(Unicode.Scalar($0)) }) {
      case "Y": parts.append(.year)
      case "m": parts.append(.month)
      case "d": parts.append(.day)
      case "H": parts.append(.hour)
      case "M": parts.append(.minute)
      case "S": parts.append(.second)
      case "f": parts.append(.fraction)
      case "z": parts.append(.offset)
      case "%": parts.append(.literal(UInt8(ascii: "%")))
      default: return nil
      }
    }
    guard [.year, .month, .day].allSatisfy({ parts.contains($0) }) else { return nil }
    (self.parts, self.pattern) = (parts, pattern)
  }

  /// Microseconds since 1970 in UTC; nil where the bytes are not written in this way.
  func microseconds(_ bytes: CellBytes) -> Int64? {
    var index = 0
    func number(_ most: Int, least: Int) -> Int? {
      var value = 0
      let first = index
      while index < bytes.count, index - first < most, bytes[index] &- UInt8(ascii: "0") <= 9 {
        value = value * 10 + Int(bytes[index] &- UInt8(ascii: "0"))
        index += 1
      }
      return index - first >= least ? value : nil
    }
    var (year, month, day, hour, minute, second, micros, offset) = (0, 0, 0, 0, 0, 0, 0, 0)
    for part in parts {
      switch part {
      case .year: year = number(4, least: 4) ?? -1
      case .month: month = number(2, least: 1) ?? -1
      case .day: day = number(2, least: 1) ?? -1
      case .hour: hour = number(2, least: 1) ?? -1
      case .minute: minute = number(2, least: 2) ?? -1
      case .second: second = number(2, least: 2) ?? -1
      case .fraction:
        let first = index
        guard var value = number(6, least: 1) else { return nil }
        for _ in (index - first)..<6 { value *= 10 }
        micros = value
      case .offset:
        guard index < bytes.count else { return nil }
        let sign = bytes[index]
        index += 1
        if sign == UInt8(ascii: "Z") { continue }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
          let hours = number(2, least: 2)
        else { return nil }
        if index < bytes.count, bytes[index] == UInt8(ascii: ":") { index += 1 }
        guard let minutes = number(2, least: 2), hours < 24, minutes < 60 else { return nil }
        offset = (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -60 : 60)
      case .literal(let byte):
        guard index < bytes.count, bytes[index] == byte else { return nil }
        index += 1
      }
    }
    guard index == bytes.count, year >= 0, (1...12).contains(month), day >= 1,
      day <= lengthOfMonth(month, year), (0..<24).contains(hour), (0..<60).contains(minute),
      (0..<60).contains(second)
    else { return nil }
    let date = TabularCSV.days(year: year, month: month, day: day)
    let seconds = date * 86_400 + hour * 3600 + minute * 60
    return Int64((seconds + second - offset) * 1_000_000 + micros)
  }

  /// Days since 1970; for a format without a time.
  func days(_ bytes: CellBytes) -> Int32? {
    microseconds(bytes).map { Int32($0 / 86_400_000_000 - ($0 % 86_400_000_000 < 0 ? 1 : 0)) }
  }
}
