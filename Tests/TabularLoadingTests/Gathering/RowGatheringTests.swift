import CTabularScan
import TabularFrame
import Testing

@testable import TabularLoading

struct RowGatheringTests {
  /// The plain version: a byte at a time.
  private func plain(_ rows: [Int], _ width: Int, _ source: [UInt8]) -> [UInt8] {
    rows.flatMap { source[$0 * width..<($0 + 1) * width] }
  }

  /// What the kernel writes, between bytes that must stay as they are.
  private func gathered(_ rows: [Int], _ width: Int, _ source: [UInt8], scattered: Bool) -> [UInt8]?
  {
    let guardBytes = 64
    var target = [UInt8](repeating: 0xA5, count: rows.count * width + 2 * guardBytes)
    target.withUnsafeMutableBytes { target in
      source.withUnsafeBytes { source in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        if scattered {
          let addresses = rows.map { from + $0 * width }
          addresses.withUnsafeBufferPointer { gatherRows(at: $0, of: width, to: to + guardBytes) }
        } else {
          rows.withUnsafeBufferPointer {
            gatherRows(
              $0,
              of: width,
              from: from,
              rowCount: source.count / width,
              to: to + guardBytes
            )
          }
        }
      }
    }
    let fences = target.prefix(guardBytes) + target.suffix(guardBytes)
    guard fences.allSatisfy({ $0 == 0xA5 }) else { return nil }
    return Array(target.dropFirst(guardBytes).dropLast(guardBytes))
  }

  /// From and to addresses of any alignment, and no byte beside them.
  @Test func copiesPastTheCachesWhatIsThere() {
    var generator = SplitMix64(seed: testSeed)
    for count in [0, 1, 63, 64, 100, 2_047, 2_048, 2_111, 2_112, 2_300, 5_000, 99_999] {
      for _ in 0..<8 {
        let (from, to) = (generator.below(130), generator.below(130))
        let source = (0..<from + count).map { _ in UInt8(generator.below(256)) }
        var target = [UInt8](repeating: 0xA5, count: to + count + 64)
        target.withUnsafeMutableBytes { target in
          source.withUnsafeBytes { source in
            guard let first = source.baseAddress, let slot = target.baseAddress else { return }
            tabular_copy_past_caches(first + from, count, slot + to)
          }
        }
        #expect(
          target[to..<to + count] == source[from...]
            && (target[..<to] + target[(to + count)...]).allSatisfy { $0 == 0xA5 },
          "TABULAR_SEED=\(testSeed), \(count) bytes from \(from) to \(to)"
        )
      }
    }
  }

  @Test func copiesAsAByteAtATimeWould() {
    var generator = SplitMix64(seed: testSeed)
    let widths =
      Array(1...40) + [48, 63, 64, 65, 96, 100, 127, 128, 129, 192, 256, 1_000, 8_192, 20_000]
    for width in widths {
      for count in [0, 1, 2, 3, 63, 64, 65, 200] {
        let rowCount = 1 + generator.below(300)
        let source = (0..<rowCount * width).map { _ in UInt8(generator.below(256)) }
        let rows = (0..<count).map { _ in generator.below(rowCount) }
        let expected = plain(rows, width, source)
        for scattered in [false, true] {
          #expect(
            gathered(rows, width, source, scattered: scattered) == expected,
            "TABULAR_SEED=\(testSeed), \(count) of \(rowCount) rows of \(width) bytes"
          )
        }
        let first = generator.below(rowCount)
        let run = Array(first..<min(rowCount, first + count))
        #expect(gathered(run, width, source, scattered: false) == plain(run, width, source))
      }
    }
  }

  @Test func knowsRunsAndRowsThatAreNotThere() {
    func isRun(_ rows: [Int]) -> Bool? {
      rows.withUnsafeBufferPointer { isRunInside($0, rowCount: 100) }
    }
    for rows in [[], [7], [7, 8, 9], Array(0..<100)] { #expect(isRun(rows) == true) }
    for rows in [[7, 9], [8, 7], [7, 7], [0, 1, 2, 4, 3]] { #expect(isRun(rows) == false) }
    for rows in [[100], [98, 99, 100], [-1, 0], [3, .min]] { #expect(isRun(rows) == nil) }
    #expect(firstOutside([], of: 0) == nil)
    #expect(firstOutside([0, 99, 50], of: 100) == nil)
    #expect(firstOutside([0, 100, -1], of: 100) == 100)
    #expect(firstOutside([3, -1], of: 100) == -1)
    #expect(firstOutside([3, .min, .max], of: 100) == .min)
    #expect(firstOutside([0], of: 0) == 0)
  }
}
