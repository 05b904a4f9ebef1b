import CTabularABI
import Foundation
import TabularCSV
import TabularTensor
import Testing

@testable import TabularFrame

extension ArrowCTests {
  @Suite struct Export {
    /// Hands a frame out, and gives `body` the structures; releases what `body` has left.
    private func exported<Result>(
      _ frame: DataFrame,
      _ body: (inout ArrowSchema, inout ArrowArray) throws -> Result
    ) rethrows -> Result {
      var (schema, array) = (ArrowSchema(), ArrowArray())
      frame.exportArrow(schema: &schema, array: &array)
      defer {
        schema.release?(&schema)
        array.release?(&array)
        #expect(schema.release == nil && array.release == nil)
      }
      return try body(&schema, &array)
    }

    @Test func everyTypeIsReadAsTheSpecificationSays() throws {
      try releasingAll {
        let frame = try everyType()
        exported(frame) { schema, array in
          let formats = (0..<7).map { String(cString: schema.children[$0]!.pointee.format) }
          #expect(formats == ["b", "l", "g", "tdD", "tsu:UTC", "vu", "i"])
          #expect(String(cString: schema.children[6]!.pointee.dictionary.pointee.format) == "vu")
          #expect(array.length == 3 && array.n_buffers == 1 && array.null_count == 0)
          #expect((0..<7).allSatisfy { array.children[$0]!.pointee.null_count == 1 })
          let found = PlainArrowReader.columns(schema, array)
          #expect(found.elementsEqual(frame.plainValues, by: ==))
        }
      }
    }

    /// A slice begins at any bit of a bitmap; only misfits between two bitmaps are copied.
    @Test(arguments: 0..<20) func slicesShareTheirBuffers(start: Int) throws {
      try releasingAll {
        let whole = try DataFrame([
          ("n", Column((0..<64).map { $0 % 5 == 0 ? nil : Int64($0) })),
          ("full", Column((0..<64).map { Double($0) })),
          ("flag", Column((0..<64).map { $0 % 7 == 0 ? nil : $0 % 2 == 0 })),
          ("word", Column((0..<64).map { $0 % 3 == 0 ? nil : "a word of many letters, \($0)" })),
        ])
        let frame = whole.iloc[start..<start + 31]
        try exported(frame) { schema, array in
          let found = PlainArrowReader.columns(schema, array)
          #expect(found.elementsEqual(frame.plainValues, by: ==))
          for (index, name) in whole.columns.enumerated() {
            let child = array.children[index]!.pointee
            let column: Column = try frame[name]
            #expect(child.null_count == Int64(column.nullCount))
            #expect(child.offset == (name == "full" ? 0 : Int64(start % 8)))
            guard let values = child.buffers[1] else { continue }
            let expected: UnsafeRawPointer? =
              switch column.storage {
              case .int64(let vector): .init(vector.pointer - start % 8)
              case .float64(let vector): .init(vector.pointer)
              case .bool(let bits): .init(bits.buffer.pointer + start / 8)
              case .string(let texts): .init(texts.views.pointer - start % 8)
              default: nil
              }
            #expect(values == expected, "column \(name) is copied")
            if let validity = column.validity {
              let bits = UnsafeRawPointer(validity.bits.buffer.pointer + start / 8)
              #expect(child.buffers[0] == bits, "the nulls of column \(name) are copied")
            }
          }
        }
      }
    }

    /// A filter makes values anew, and a slice of them keeps an odd bitmap beside.
    @Test func misfittingBitmapsAreRealigned() throws {
      try releasingAll {
        let values = Column((0..<40).map { Int64($0) })
        let bits = BitVector(count: 48) { $0 % 3 != 0 }.slice(5..<45)
        guard case .int64(let vector) = values.storage else { return }
        let odd = Column(storage: .int64(vector), validity: Validity(bits: bits))
        let flags = BitVector(count: 43) { $0 % 2 == 0 }.slice(3..<43)
        let both = Column(storage: .bool(flags), validity: Validity(bits: bits))
        let frame = try DataFrame([("odd", odd), ("both", both)])
        exported(frame) { schema, array in
          let found = PlainArrowReader.columns(schema, array)
          #expect(found.elementsEqual(frame.plainValues, by: ==))
        }
      }
    }

    @Test func framesWithoutRowsOrColumnsAreBatches() throws {
      try releasingAll {
        exported(DataFrame()) { schema, array in
          #expect(schema.n_children == 0 && array.n_children == 0 && array.length == 0)
        }
        let none = try everyType().iloc[0..<0]
        exported(none) { schema, array in
          #expect(PlainArrowReader.columns(schema, array).map(\.0) == none.columns)
        }
      }
    }

    /// Structures are moved by copying their bytes, and a consumer keeps what it wants of a batch.
    @Test func structuresMoveAndChildrenOutliveTheirParent() throws {
      try releasingAll {
        let frame = try DataFrame([("a", Column([1, 2, 3])), ("b", Column(["x", nil, "z"]))])
        var (schema, array) = (ArrowSchema(), ArrowArray())
        frame.exportArrow(schema: &schema, array: &array)
        var moved = array
        array.release = nil
        var child = moved.children[1]!.pointee
        moved.children[1]!.pointee.release = nil
        var field = schema.children[1]!.pointee
        schema.children[1]!.pointee.release = nil
        moved.release(&moved)
        schema.release(&schema)
        #expect(moved.release == nil && schema.release == nil)
        let reader = PlainArrowReader(format: String(cString: field.format), array: child)
        #expect((0..<3).map(reader.value) == ["x", nil, "z"])
        child.release(&child)
        field.release(&field)
      }
    }

    /// A consumer's mistake, which must not free twice: the callback kept, and called again.
    @Test func aSecondReleaseDoesNothing() throws {
      try releasingAll {
        var (schema, array) = (ArrowSchema(), ArrowArray())
        try everyType().exportArrow(schema: &schema, array: &array)
        let (first, second) = (schema.release, array.release)
        for _ in 0..<2 {
          first?(&schema)
          second?(&array)
        }
      }
    }

    @Test func buffersOutliveTheFrameAndAreReleasedOnAnotherThread() throws {
      try releasingAll {
        nonisolated(unsafe) var (schema, array) = (ArrowSchema(), ArrowArray())
        try everyType().exportArrow(schema: &schema, array: &array)
        let done = DispatchSemaphore(value: 0)
        let expected = try everyType().plainValues
        Thread {
          #expect(PlainArrowReader.columns(schema, array).elementsEqual(expected, by: ==))
          array.release(&array)
          schema.release(&schema)
          done.signal()
        }
        .start()
        done.wait()
      }
    }
  }
}
