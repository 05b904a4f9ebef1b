import Foundation
import TabularCSV

@testable import TabularFrame

/// The seed of the property tests: `TABULAR_SEED`, or one of its own each run; failures print it.
let propertySeed =
  ProcessInfo.processInfo.environment["TABULAR_SEED"].flatMap { UInt64($0) }
  ?? UInt64.random(in: 0..<1_000_000)

extension Column {
  /// A slice, from any bit on, of a column with nulls, values at the limits and a few that repeat.
  static func random(_ type: ColumnType, count: Int, _ random: inout SplitMix64) -> Column {
    let skipped = random.below(19)
    let total = skipped + count + random.below(3)
    let nullsIn = random.pick([0, 3, 10])
    let isSmall = random.chance(1, in: 2)
    func values<Element>(_ value: (inout SplitMix64) -> Element) -> [Element?] {
      (0..<total).map { _ in
        random.chance(nullsIn, in: 10 * Swift.max(nullsIn, 1)) ? nil : value(&random)
      }
    }
    let column: Column =
      switch type {
      case .bool: Column(values { $0.chance(1, in: 2) })
      case .int64:
        Column(
          values { random -> Int64 in
            isSmall || random.chance(4, in: 5)
              ? Int64(random.below(7)) - 3
              : random.pick([.min, .max, .max - 1, 1 << 53 + 1, -(1 << 53) - 1])
          }
        )
      case .float64:
        Column(
          values { random -> Double in
            isSmall || random.chance(4, in: 5)
              ? Double(random.below(13)) / 2 - 3
              : random.pick([.nan, -0.0, .infinity, -.infinity, 0x1p63, 0x1p53, -0.75, -0x1p63])
          }
        )
      case .date:
        Column(
          values { random in
            CalendarDate(
              daysSinceEpoch: random.chance(4, in: 5)
                ? Int32(random.below(5)) - 2 : random.pick([.min, .max])
            )
          }
        )
      case .datetime:
        Column(
          values { random in
            Timestamp(
              microsecondsSinceEpoch: random.chance(4, in: 5)
                ? Int64(random.below(9) - 4) * 43_200_000_000 : random.pick([.min, .max, -1])
            )
          }
        )
      case .string, .category:
        Column(
          values { random in
            random.pick([
              "", "a", "b", "a\u{0}", "Mr. \u{C4}rger", "exactly 12 b", "thirteen byte",
              "a text longer than twelve bytes", "a text longer than twelve", " a b  c ",
            ])
          }
        )
      }
    let whole = type == .category ? column.asCategory() : column
    return whole.slice(skipped..<(skipped + count))
  }
}
