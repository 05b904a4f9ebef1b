package import TabularFiles
internal import TabularFrame

/// Synthetic tables in the shapes of well-known data, to measure with.
///
/// Only integer arithmetic and exactly rounded operations are used, so that the same seed gives the
/// same bytes on every platform.
package enum SyntheticTable: String, CaseIterable, Sendable {
  /// Taxi rides: short categories, timestamps, small integers, decimals of two to six digits.
  case taxi
  /// 32 columns of normal numbers in their shortest round-trip form, about 17 digits.
  case floats
  /// Advertisements: a label, 13 integers with 20 % nulls, 26 hexadecimal words with 10 % nulls.
  case criteo

  /// Writes a table; `-` is standard output.
  package func write(rows: Int, seed: UInt64, to path: String) throws(FileError) {
    let file = try AtomicFile(path: path)
    var line = LineWriter()
    line.text(header)
    var random = SplitMix64(seed: SplitMix64.mix(seed) ^ UInt64(rawValue.utf8.count))
    for _ in 0..<rows {
      switch self {
      case .taxi: line.taxi(&random)
      case .floats: line.floats(&random)
      case .criteo: line.criteo(&random)
      }
      if line.bytes.count >= 1 << 20 {
        try file.write(line.bytes)
        line.bytes.removeAll(keepingCapacity: true)
      }
    }
    try file.write(line.bytes)
    try file.commit()
  }

  private var header: String {
    switch self {
    case .taxi:
      "vendor_id,pickup_datetime,dropoff_datetime,passenger_count,trip_distance,pickup_longitude,"
        + "pickup_latitude,rate_code_id,store_and_fwd_flag,payment_type,fare_amount,extra,mta_tax,"
        + "tip_amount,total_amount\n"
    case .floats: (0..<32).map { "f\($0)" }.joined(separator: ",") + "\n"
    case .criteo:
      (["label"] + (1...13).map { "I\($0)" } + (1...26).map { "C\($0)" }).joined(separator: ",")
        + "\n"
    }
  }
}

/// Appends cells to bytes.
private struct LineWriter {
  var bytes: [UInt8] = []

  /// The distinct words of each category column.
  private static let vocabularies = [
    1000, 500, 100_000, 50_000, 300, 20, 12_000, 600, 3, 40_000, 5000, 80_000, 3000, 27, 10_000,
    60_000, 10, 4000, 2000, 4, 70_000, 18, 15, 50_000, 90, 30_000,
  ]

  mutating func text(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func comma() { bytes.append(UInt8(ascii: ",")) }

  mutating func end() { bytes.append(UInt8(ascii: "\n")) }

  mutating func number(_ value: Int, width: Int = 1) {
    let digits = String(value.magnitude)
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    for _ in 0..<max(0, width - digits.utf8.count) { bytes.append(UInt8(ascii: "0")) }
    text(digits)
  }

  /// A number of `places` decimals, without zeros at its end but for the first.
  mutating func decimal(_ value: Int, places: Int) {
    var scale = 1
    for _ in 0..<places { scale *= 10 }
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    let magnitude = Int(value.magnitude)
    number(magnitude / scale)
    bytes.append(UInt8(ascii: "."))
    var fraction = magnitude % scale
    var left = places
    while left > 1, fraction % 10 == 0 {
      fraction /= 10
      left -= 1
    }
    number(fraction, width: left)
  }

  /// Close to a normal number: twelve uniform ones (Irwin and Hall).
  private static func normal(_ random: inout SplitMix64) -> Double {
    var sum = -6.0
    for _ in 0..<12 { sum += random.unit() }
    return sum
  }

  mutating func taxi(_ random: inout SplitMix64) {
    let pickup = 1_356_998_400 + random.below(31_536_000)
    let dropoff = pickup + 60 + random.below(7_140)
    // In hundredths: right-skewed, 3 miles on average.
    let distance = 1 + random.below(40) * random.below(40) * 300 / 400
    let fare = 250 + distance * 21 / 10
    let extra = random.below(3) * 50
    let tip = fare * random.below(30) / 100
    text(random.pick(["CMT", "VTS"]))
    for seconds in [pickup, dropoff] {
      comma()
      timestamp(seconds)
    }
    comma()
    number(1 + random.below(6))
    comma()
    decimal(distance, places: 2)
    for center in [-73_980_000.0, 40_750_000] {
      comma()
      decimal(Int((center + 30_000 * Self.normal(&random)).rounded()), places: 6)
    }
    comma()
    number(1 + random.below(6))
    text(random.chance(2, in: 100) ? ",Y," : ",N,")
    text(random.pick(["CRD", "CSH", "DIS", "NOC", "UNK"]))
    for amount in [fare, extra, 50, tip, fare + extra + 50 + tip] {
      comma()
      decimal(amount, places: 2)
    }
    end()
  }

  private mutating func timestamp(_ seconds: Int) {
    // 2013 has no leap day.
    var day = (seconds - 1_356_998_400) / 86_400
    var month = 0
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    while month < 11, day >= lengths[month] {
      day -= lengths[month]
      month += 1
    }
    // A ride may end in the next year.
    let isNext = month == 11 && day >= 31
    text(isNext ? "2014-" : "2013-")
    number(isNext ? 1 : month + 1, width: 2)
    bytes.append(UInt8(ascii: "-"))
    number(isNext ? day - 30 : day + 1, width: 2)
    bytes.append(UInt8(ascii: " "))
    let time = seconds % 86_400
    number(time / 3600, width: 2)
    bytes.append(UInt8(ascii: ":"))
    number(time / 60 % 60, width: 2)
    bytes.append(UInt8(ascii: ":"))
    number(time % 60, width: 2)
  }

  mutating func floats(_ random: inout SplitMix64) {
    for column in 0..<32 {
      if column > 0 { comma() }
      text(Self.normal(&random).description)
    }
    end()
  }

  mutating func criteo(_ random: inout SplitMix64) {
    number(random.chance(25, in: 100) ? 1 : 0)
    for _ in 0..<13 {
      comma()
      if random.chance(20, in: 100) { continue }
      // Half a normal number squared, times 20: a gamma of shape one half.
      let value = Self.normal(&random)
      number(Int(value * value * 10))
    }
    for vocabulary in Self.vocabularies {
      comma()
      if random.chance(10, in: 100) { continue }
      let part = random.unit()
      let word = Int(part * part * part * Double(vocabulary))
      let hash = UInt32(truncatingIfNeeded: word &* 2_654_435_761)
      let digits = String(hash, radix: 16)
      for _ in digits.utf8.count..<8 { bytes.append(UInt8(ascii: "0")) }
      text(digits)
    }
    end()
  }
}
