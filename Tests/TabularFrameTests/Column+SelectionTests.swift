import Foundation
import TabularTensor
import Testing

@testable import TabularFrame

struct ColumnSelectionTests {
  /// Runs, masks and positions with gaps against a value at a time, on slices too.
  @Test(arguments: [0, 1, 64, 65, 300])
  func equalsAValueAtATime(rows: Int) throws {
    let seed = UInt64(rows + 7)
    var frames = RandomFrames(seed: seed)
    let whole = try frames.frame(rows: rows + 5)
    let places = (0..<rows).map { _ in
      frames.random.chance(1, in: 5) ? -1 : Int32(frames.random.below(rows))
    }
    let keep = (0..<rows).map { _ in frames.random.chance(1, in: 2) }
    let kept = keep.indices.filter { keep[$0] }
    for frame in [whole.slice(0..<rows), whole.slice(3..<rows + 3)] {
      try onEachThreadCount {
        for (name, column) in frame.namedColumns {
          let taken = column.taking(
            RowIndices(FixedVector(count: rows) { places[$0] }, hasGaps: true)
          )
          #expect(
            (0..<rows).allSatisfy {
              taken[$0].isIdentical(to: places[$0] < 0 ? .null : column[Int(places[$0])])
            },
            "\(name), seed \(seed)"
          )
          #expect(taken.nullCount == (0..<rows).filter { taken.isNull($0) }.count)
        }
        let filtered = try frame.filter(Column(keep))
        #expect(filtered == frame.taking(kept))
        #expect(filtered.rowIDs == kept.map { frame.ids[$0] })
        #expect((0..<kept.count).allSatisfy { filtered.ids[$0] == frame.ids[kept[$0]] })
        // Ids of what was taken of what was taken.
        let again = try filtered.slice(kept.count / 3..<kept.count).sort(by: ["string"])
        let rowsLeft = try again["row", as: Int.self].compactMap { $0 }
        #expect(again.rowIDs.map(\.record) == rowsLeft)
        let twice = try again.filter(Column(rowsLeft.map { $0 % 2 == 0 }))
        #expect(twice.rowIDs.map(\.record) == rowsLeft.filter { $0 % 2 == 0 })
        let joined = try DataFrame.concat([twice, frame, filtered.head(3)])
        #expect(joined.rowIDs == twice.rowIDs + frame.rowIDs + filtered.head(3).rowIDs)
        #expect(
          joined.ids.slice(0..<joined.rowCount / 2).array
            == Array(joined.rowIDs.prefix(joined.rowCount / 2))
        )
      }
    }
  }

  @Test func concatenatesUnevenParts() throws {
    var frames = RandomFrames(seed: 3)
    let parts = try [7, 0, 64, 1, 130].map { try frames.frame(rows: $0) }
    for slices in [parts, parts.map { $0.slice(min(1, $0.rowCount)..<$0.rowCount) }] {
      try onEachThreadCount {
        let whole = try DataFrame.concat(slices)
        for name in whole.columns {
          let expected = try slices.flatMap { part in
            let column = try part[name]
            return (0..<column.count).map { column[$0] }
          }
          let column = try whole[name]
          #expect(column.count == expected.count)
          #expect(
            expected.indices.allSatisfy { column[$0].isIdentical(to: expected[$0]) },
            "\(name)"
          )
        }
        guard case .category(_, let words) = try whole["category"].storage else { return }
        #expect(words.firstOfEqual == nil)
      }
    }
  }

  /// A frame of 112 MB: neither memory that was asked for nor pages in use grow by 1 MB.
  ///
  /// In a process of its own, because other tests allocate meanwhile.
  @Test func sharesWhatItDoesNotChange() async {
    await #expect(processExitsWith: .success) {
      let rows = 1 << 20
      let columns = (0..<14).map { number in
        (
          name: "x\(number)",
          column: Column(
            storage: .float64(FixedVector(buffer: Buffer(zeroed: rows * 8), count: rows)),
            validity: Validity(count: rows) { $0 > 0 }
          )
        )
      }
      let frame = try DataFrame(columns)
      func grows(_ body: () throws -> DataFrame) throws -> Int {
        let before = try memoryInUse()
        let result = try body()
        let after = try memoryInUse()
        precondition(result.rowCount > 0)
        return max(after.reserved - before.reserved, after.resident - before.resident)
      }
      let dropped = try grows { try frame.drop(columns: ["x3"]) }
      let sliced = try grows { frame.slice(5..<rows - 5) }
      let renamed = try grows { try frame.rename(["x3": "y"]) }
      let replaced = try grows {
        var copy = frame
        copy["x1"] = try frame["x2"]
        return copy
      }
      for growth in [dropped, sliced, renamed, replaced] where growth >= 1 << 20 { exit(1) }
      // What does copy is seen by the same measure.
      let taken = try grows { try frame.filter(try frame["x0"].isNull) }
      let sorted = try grows { frame.taking(RowIndices(FixedVector(count: rows) { Int32($0) })) }
      exit(taken >= 0 && sorted > 100 << 20 ? 0 : 2)
    }
  }
}

/// The private memory that this process has asked for, and what of it has pages.
private func memoryInUse() throws -> (reserved: Int, resident: Int) {
  let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    .split { $0.isWhitespace }.map { (Int($0) ?? 0) * 4096 }
  return (fields[5], fields[1])
}
