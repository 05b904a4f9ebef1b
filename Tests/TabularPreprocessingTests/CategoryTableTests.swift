import TabularFrame
import Testing

@testable import TabularPreprocessing

struct CategoryTableTests {
  /// Against a dictionary, over categories of all kinds and lengths.
  @Test(arguments: 0..<4)
  func equalsADictionary(round: Int) {
    let seed = testSeed &+ UInt64(round)
    var random = SplitMix64(seed: seed)
    let table = CategoryTable()
    var oracle: [CategoryKey: Int32] = [:]
    for _ in 0..<3000 {
      let key: CategoryKey =
        switch random.below(5) {
        case 0: .int64(Int64(random.below(400)) - 200)
        case 1: .bool(random.chance(1, in: 2))
        case 2:
          .string(String(repeating: random.pick(["x", "é", "\0", "日"]), count: random.below(20)))
        default: .string("\(random.below(500))\(random.pick(["", "-a-tail-of-a-longer-text"]))")
        }
      let code = oracle[key] ?? Int32(oracle.count)
      oracle[key] = code
      #expect(table.insert(key) == code, "\(key), seed \(seed)")
    }
    #expect(table.count == oracle.count, "seed \(seed)")
    #expect(table.nullCode == CategoryTable.unseen)
    #expect(table.insert(.null) == Int32(oracle.count))
    let order = table.sortedCodes
    #expect(order.compactMap { table.category($0) } == oracle.keys.sorted(), "seed \(seed)")
    #expect(order.last == table.nullCode)
    let sorted = table.reordered(order)
    let copy = sorted.copy()
    for (position, code) in order.enumerated() {
      #expect(sorted.code(code, of: table) == Int32(position), "seed \(seed)")
      #expect(copy.category(Int32(position)) == table.category(code), "seed \(seed)")
    }
    // What is added to a copy is not in the original.
    _ = copy.insert(.string("a text that is nowhere else"))
    #expect(sorted.count == table.count)
  }

  /// Texts that hash alike in their 16 bytes differ by their bytes.
  @Test func longTextsAreComparedByTheirBytes() {
    let table = CategoryTable()
    let texts = (0..<2000).map { "the same prefix \($0) and the same suffix" }
    for (i, text) in texts.enumerated() { #expect(table.insert(.string(text)) == Int32(i)) }
    for (i, text) in texts.enumerated() { #expect(table.insert(.string(text)) == Int32(i)) }
    #expect(table.text(1234) == texts[1234])
  }

  /// Where the allocator's memory is in pieces, too: a limit stops each run or none.
  @Test func takeTheSameBytesWhateverTheAllocatorGives() {
    var random = SplitMix64(seed: testSeed)
    func block() -> UnsafeMutableRawPointer {
      .allocate(byteCount: 1 + random.below(9000), alignment: 16)
    }
    var blocks = (0..<4000).map { _ in block() }
    defer { for block in blocks { block.deallocate() } }
    var sizes: Set<Int> = []
    for _ in 0..<200 {
      for _ in 0..<200 {
        let place = random.below(blocks.count)
        blocks[place].deallocate()
        blocks[place] = block()
      }
      let table = CategoryTable()
      for i in 0..<300 { _ = table.insert(.string("a text of more than 12 bytes, \(i)")) }
      sizes.insert(table.byteCount)
    }
    #expect(sizes.count == 1, "\(sizes.sorted()), seed \(testSeed)")
  }

  @Test func keysOfPaddedBytesAreThoseOfExactOnes() {
    for count in 0...40 {
      let bytes = (0..<60).map { UInt8(65 + $0) }
      bytes.withUnsafeBufferPointer { bytes in
        guard let start = bytes.baseAddress else { return }
        let exact = UnsafeBufferPointer(rebasing: bytes[0..<count])
        #expect(PackedKey(padded: start, count: count) == PackedKey(exact), "\(count) bytes")
      }
    }
  }

  /// Blocks of texts, with vector instructions or without, against a look-up one by one.
  @Test(arguments: [4, 300, 9_000, 40_000])
  func blocksEqualSingleRows(distinct: Int) {
    var random = SplitMix64(seed: testSeed &+ UInt64(distinct))
    let comment: Comment = "TABULAR_SEED=\(testSeed), \(distinct) texts"
    let texts = (0..<60_000).map { _ -> String? in
      if random.chance(1, in: 9) { return nil }
      let number = random.below(distinct)
      return number == 0
        ? "" : "\(number &* 7_919)" + (random.chance(1, in: 50) ? " and a long tail \(number)" : "")
    }
    for (mode, skipped) in [
      (CategoryCoder.Mode.insert, 0), (.lookUp, 1), (.insert, 3), (.lookUp, 13),
    ] {
      let column = Column(texts)
      let table = CategoryTable()
      let known = texts.prefix(mode == .insert ? 0 : 20_000)
      for text in known { _ = text.map { table.insert(.string($0)) } }
      var oracle: [String: Int32] = [:]
      for text in known.compactMap(\.self) where oracle[text] == nil {
        oracle[text] = Int32(oracle.count)
      }
      var coder = CategoryCoder(column, table: table, mode: mode)
      // The null, which has the first code, where there is one.
      let nullCode = table.nullCode
      let shift: Int32 = mode == .insert ? 1 : 0
      let rows = skipped..<texts.count
      let codes = [Int32](unsafeUninitializedCapacity: rows.count) { codes, count in
        if let start = codes.baseAddress { coder.encode(rows, into: start) }
        count = rows.count
      }
      let expected = rows.map { row -> Int32 in
        guard let text = texts[row] else { return nullCode }
        if mode == .insert, oracle[text] == nil { oracle[text] = Int32(oracle.count) }
        return oracle[text].map { $0 + shift } ?? CategoryTable.unseen
      }
      #expect(codes == expected, comment)
    }
  }
}
