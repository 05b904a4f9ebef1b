import TabularCSV
import TabularFrame
import TabularTensor
import Testing

@testable import TabularPreprocessing

/// What words become in a tensor is looked up once a dictionary, and is never that of another.
struct WordScalarsTests {
  private let vocabulary = Vocabulary(
    column: "x",
    categories: ["a", "b", "d"].map { CategoryKey.string($0) }
  )

  private func column(_ words: StringVector, rows: [Int32?]) -> Column {
    Column(
      storage: .category(FixedVector(count: rows.count) { rows[$0] ?? 99 }, dictionary: words),
      validity: Validity(count: rows.count) { rows[$0] != nil }
    )
  }

  private func scalars(_ words: StringVector, others: Int64 = -1) throws -> [Double] {
    let scalars = try #require(
      vocabulary.scalars(of: column(words, rows: []), others: others, as: Double.self)
    )
    return (-1..<words.count).map { scalars.pointer(as: Double.self)[$0] }
  }

  private func unseen(_ words: StringVector) throws -> [UInt8]? {
    let column = column(words, rows: [])
    let scalars = try #require(vocabulary.scalars(of: column, others: -1, as: Float.self))
    return scalars.unseenMarks.map { marks in (-1..<words.count).map { marks[$0] } }
  }

  @Test func beginsWithWhatANullBecomes() throws {
    let words = StringVector(["d", "a", "c", ""])
    #expect(try scalars(words) == [-1, 2, 0, -1, -1])
    #expect(try scalars(words, others: 7) == [7, 2, 0, 7, 7])
    #expect(try scalars(StringVector([String?]())) == [-1])
    #expect(try unseen(words) == [0, 0, 0, 1, 1])
    #expect(try unseen(StringVector(["d", "a", "b"])) == nil)
  }

  @Test func isMadeOnceADictionary() throws {
    func pointer<Scalar: FloatingTensorScalar>(_ words: StringVector, _ type: Scalar.Type) throws
      -> UnsafePointer<Scalar>
    {
      let column = column(words, rows: [0, nil])
      let scalars = try #require(vocabulary.scalars(of: column, others: -1, as: type))
      return scalars.pointer(as: type)
    }
    let words = StringVector(["d", "c"])
    let first = try pointer(words, Float.self)
    #expect(try pointer(words, Float.self) == first)
    // For a longer chunk, a copy of the vocabulary, and the front of the same dictionary.
    let copy = vocabulary
    let scalars = copy.scalars(of: column(words, rows: [1, 0, nil]), others: -1, as: Float.self)
    #expect(scalars?.pointer(as: Float.self) == first)
    let front = StringVector(views: words.views.slice(0..<1), heap: words.heap)
    #expect(try pointer(front, Float.self) == first)
    // Another dictionary, other numbers.
    let others = StringVector(["c", "b"])
    #expect(try pointer(others, Float.self)[1] == 1)
    #expect(try pointer(words, Double.self)[0] == 2)
    #expect(try pointer(words, Float16.self)[1] == -1)
    #expect(try pointer(words, Float.self)[0] == 2)
  }

  /// A dictionary that is read a chunk at a time is the front of one that grows in place.
  @Test func growsWithItsDictionary() throws {
    let whole = StringVector(["b", "c", "a", "d", "e"])
    for count in [0, 1, 3, 2, 5, 4] {
      let words = StringVector(views: whole.views.slice(0..<count), heap: whole.heap)
      #expect(try scalars(words) == Array([-1, 1, -1, 0, 2, -1][...count]), "\(count) words")
    }
  }

  @Test func refusesCodesThatLoseDigits() {
    let words = StringVector(["a"])
    let one = column(words, rows: [0])
    func isMade<Scalar: FloatingTensorScalar>(_ others: Int64, _ type: Scalar.Type) -> Bool {
      vocabulary.scalars(of: one, others: others, as: type) != nil
    }
    #expect(isMade(2048, Float16.self) && !isMade(2049, Float16.self))
    #expect(isMade(1 << 24, Float.self) && !isMade(1 << 24 + 1, Float.self))
    #expect(isMade(1 << 53, Double.self) && !isMade(1 << 53 + 1, Double.self))
    let many = Vocabulary(column: "x", categories: (0..<2049).map { CategoryKey.string("\($0)") })
    #expect(many.scalars(of: one, others: -1, as: Float16.self) == nil)
    #expect(many.scalars(of: one, others: -1, as: Float.self) != nil)
  }

  @Test func isOfWordsAlone() {
    #expect(vocabulary.scalars(of: Column(["a", "b"]), others: -1, as: Float.self) == nil)
    #expect(vocabulary.scalars(of: Column([1, 2]), others: -1, as: Float.self) == nil)
    // Few rows of a large dictionary are not worth its look-up.
    let large = StringVector((0..<5000).map { "w\($0)" as String? })
    #expect(vocabulary.scalars(of: column(large, rows: [1]), others: -1, as: Float.self) == nil)
  }
}
