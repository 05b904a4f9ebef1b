/// A set of rows or records: a bit each, in pages that hold at least one.
///
/// Where most rows are bad it has a bit a row; where few are, about 72 bytes for each of them.
struct NumberSet {
  private static let wordsPerPage = 8
  private static let pageBits = 64 * wordsPerPage

  /// How many numbers there are.
  private(set) var count = 0
  /// The numbers of the pages, and their words.
  ///
  /// A page may stand here more than once, unless the set is a union: then pages ascend.
  private var pages: [Int] = []
  private var words: [UInt64] = []

  var isEmpty: Bool { count == 0 }

  /// Adds a number that is not there.
  mutating func insert(_ number: Int) {
    let page = number / Self.pageBits
    if pages.last != page { addPage(page) }
    let bit = number % Self.pageBits
    words[words.count - Self.wordsPerPage + bit / 64] |= 1 << UInt64(bit % 64)
    count += 1
  }

  private mutating func addPage(_ page: Int) {
    pages.append(page)
    for _ in 0..<Self.wordsPerPage { words.append(0) }
  }

  /// Removes the numbers from `first` on.
  mutating func removeAll(from first: Int) {
    for (index, page) in pages.enumerated() {
      for word in 0..<Self.wordsPerPage {
        let kept = first - page * Self.pageBits - word * 64
        guard kept < 64 else { continue }
        let at = index * Self.wordsPerPage + word
        let mask: UInt64 = kept <= 0 ? 0 : (1 << UInt64(kept)) - 1
        count -= (words[at] & ~mask).nonzeroBitCount
        words[at] &= mask
      }
    }
  }

  /// The numbers of sets that have none in common.
  init(union sets: [NumberSet]) {
    let order = sets.enumerated()
      .flatMap { set, numbers in
        numbers.pages.enumerated().map { (page: $1, set: set, index: $0) }
      }
      .sorted { $0.page < $1.page }
    for (page, set, index) in order {
      if pages.last != page { addPage(page) }
      for word in 0..<Self.wordsPerPage {
        words[words.count - Self.wordsPerPage + word] |=
          sets[set].words[index * Self.wordsPerPage + word]
      }
    }
    count = sets.reduce(0) { $0 + $1.count }
  }

  init() {}

  /// The numbers within a range, ascending; of a union.
  func numbers(in range: Range<Int>) -> [Int] {
    var found: [Int] = []
    var index = pages.lowerBound(range.lowerBound / Self.pageBits)
    while index < pages.count, pages[index] * Self.pageBits < range.upperBound {
      for word in 0..<Self.wordsPerPage {
        var bits = words[index * Self.wordsPerPage + word]
        while bits != 0 {
          let number = pages[index] * Self.pageBits + word * 64 + bits.trailingZeroBitCount
          if range.contains(number) { found.append(number) }
          bits &= bits - 1
        }
      }
      index += 1
    }
    return found
  }
}

/// A union's numbers, ascending.
extension NumberSet: Sequence {
  struct Iterator: IteratorProtocol {
    fileprivate let set: NumberSet
    private var word = -1
    private var bits: UInt64 = 0

    fileprivate init(_ set: NumberSet) { self.set = set }

    mutating func next() -> Int? {
      while bits == 0 {
        word += 1
        guard word < set.words.count else { return nil }
        bits = set.words[word]
      }
      defer { bits &= bits - 1 }
      let page = set.pages[word / NumberSet.wordsPerPage]
      return page * NumberSet.pageBits + word % NumberSet.wordsPerPage * 64
        + bits.trailingZeroBitCount
    }
  }

  func makeIterator() -> Iterator { Iterator(self) }
}

extension Array where Element == Int {
  /// The first position whose element is not below `value`, in an ascending array.
  fileprivate func lowerBound(_ value: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
