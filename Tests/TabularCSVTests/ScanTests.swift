import CTabularScan
import Testing

@testable import TabularCSV

/// The block scanner: every method that this processor has against a loop over bytes.
struct ScanTests {
  static let methods: [tabular_scan_method] =
    (0...tabular_scan_best_method().rawValue).map { tabular_scan_method(rawValue: $0) }

  /// What a scan found.
  struct Found: Equatable {
    var positions: [Int] = []
    var records = 0
    var lines = 0
    var isInside = false
    var isIrregular = false
    var isDoubled = false
    var isHigh = false
  }

  static func scan(_ bytes: [UInt8], _ method: tabular_scan_method, chunk: Int) -> Found {
    var state = tabular_scan_state()
    state.previous_separator = 1
    var found = Found()
    var start = 0
    while start < bytes.count {
      let count = min(chunk, bytes.count - start)
      let positions = [UInt32](unsafeUninitializedCapacity: count + 64) { target, filled in
        bytes.withUnsafeBufferPointer { bytes in
          guard let base = bytes.baseAddress, let target = target.baseAddress else { return }
          let (comma, quote) = (UInt8(ascii: ","), UInt8(ascii: "\""))
          filled = tabular_scan(base + start, count, comma, quote, method, &state, target)
        }
      }
      found.positions += positions.map { Int($0) + start }
      start += count
    }
    found.records = Int(state.records)
    found.lines = Int(state.lines)
    found.isInside = state.inside != 0
    found.isIrregular = state.irregular != 0
    found.isDoubled = state.doubled != 0
    found.isHigh = state.high != 0
    return found
  }

  /// The same, a byte at a time.
  static func plain(_ bytes: [UInt8]) -> Found {
    var found = Found()
    var previous = UInt8(ascii: "\n")
    var closed = false
    for (index, byte) in bytes.enumerated() {
      let isEnd = byte == 13 || (byte == 10 && (previous != 13 || index == 0))
      if isEnd { found.lines += 1 }
      if byte >= 0x80 { found.isHigh = true }
      if byte == UInt8(ascii: "\"") {
        if found.isInside {
          found.isInside = false
          closed = true
        } else {
          let isBoundary = index == 0 || [10, 13, UInt8(ascii: ",")].contains(previous)
          if closed { found.isDoubled = true } else if !isBoundary { found.isIrregular = true }
          found.isInside = true
          closed = false
        }
      } else {
        let isSeparator = byte == UInt8(ascii: ",") || byte == 10 || byte == 13
        if closed, !isSeparator { found.isIrregular = true }
        closed = false
        if !found.isInside, isEnd || byte == UInt8(ascii: ",") {
          found.positions.append(index)
          if isEnd { found.records += 1 }
        }
      }
      previous = byte
    }
    return found
  }

  @Test func everyMethodFindsWhatALoopFinds() {
    let seed = UInt64.random(in: 0...999_999)
    var random = TestRandom(seed: seed)
    let alphabets = ["a,\n", "a\",\n", "aaaaaaaaaaaa,\"\"\r\n", "aä,\r\n", ",,,,\n", "aaaa"].map {
      Array($0.utf8)
    }
    for _ in 0..<2_000 {
      let alphabet = alphabets.randomElement(using: &random) ?? []
      let bytes = (0..<Int.random(in: 0...300, using: &random))
        .map { _ in alphabet.randomElement(using: &random) ?? 0 }
      let expected = Self.plain(bytes)
      for method in Self.methods {
        for chunk in [.max, 64, Int.random(in: 1...100, using: &random)] {
          var found = Self.scan(bytes, method, chunk: chunk)
          // Irregular text is left to libcsv: how it would go on means nothing.
          if expected.isIrregular { found = found.isIrregular ? expected : found }
          #expect(found == expected, "seed \(seed), method \(method.rawValue), chunk \(chunk)")
          if found != expected { return }
        }
      }
    }
  }
}
