internal import CTabularScan

// Several positions at a time. A position takes a chain of some 30 multiplications, each of which
// waits for the one before, so that positions side by side cost little more than one. The plain
// subscript is the oracle of all of them. Measured for 2 million rows, in blocks of 1,024 (Zen 4): 53
// ns a position one by one, 23 four at a time, 9 with AVX2, 5.2 with AVX-512.
extension Permutation {
  /// How this processor can compute rounds, the best one last.
  static let methods = [
    tabular_permutation_portable, tabular_permutation_avx2, tabular_permutation_avx512,
  ]
  .prefix(1 + Int(tabular_permutation_best_method().rawValue))

  /// Writes the rows of the positions from `start` on; a position outside 0 ..< count traps.
  package func fill(_ rows: UnsafeMutableBufferPointer<Int>, from start: Int) {
    fill(rows, from: start, method: Self.methods.last ?? tabular_permutation_portable)
  }

  func fill(
    _ rows: UnsafeMutableBufferPointer<Int>,
    from start: Int,
    method: tabular_permutation_method
  ) {
    precondition(
      start >= 0 && start <= count && rows.count <= count - start,
      "positions \(start) ..< \(start + rows.count) of \(count) rows"
    )
    guard let base = rows.baseAddress else { return }
    let done = keys.span.withUnsafeBufferPointer { keys in
      base.withMemoryRebound(to: UInt64.self, capacity: rows.count) { numbers in
        withDraws { draws, stride in
          var permutation = tabular_permutation(
            a: a,
            b: b,
            keys: keys.baseAddress,
            rounds: UInt32(rounds),
            draws: draws,
            stride: stride
          )
          return tabular_permute(&permutation, UInt64(start), rows.count, numbers, method)
        }
      }
    }
    walk(base, done)
    fillBesideEachOther(rows, from: start, done: done)
  }

  private func withDraws<Result>(
    _ body: (_ draws: UnsafePointer<UInt16>?, _ stride: Int) -> Result
  ) -> Result {
    guard let draws else { return body(nil, 0) }
    return draws.entries.withUnsafeBufferPointer { body($0.baseAddress, draws.stride) }
  }

  /// Walks on from those of the first `count` numbers that lie outside; the vectors leave a multiple
  /// of 16.
  private func walk(_ numbers: UnsafeMutablePointer<Int>, _ done: Int) {
    for group in stride(from: 0, to: done, by: 16) {
      // Without branches, so that it is done several numbers at a time: a number lies less than
      // 2^33 behind the last row.
      var outside = 0
      for slot in group..<group + 16 { outside |= count &- 1 &- numbers[slot] }
      guard outside < 0 else { continue }
      for slot in group..<group + 16 {
        numbers[slot] = walked(UInt64(bitPattern: Int64(numbers[slot])))
      }
    }
  }

  /// Four positions at a time, and one at a time at the end.
  private func fillBesideEachOther(
    _ rows: UnsafeMutableBufferPointer<Int>,
    from start: Int,
    done: Int
  ) {
    guard let base = rows.baseAddress else { return }
    var done = done
    while done + 4 <= rows.count {
      let (n0, n1, n2, n3) = (start + done, start + done + 1, start + done + 2, start + done + 3)
      var (l0, r0) = halves(n0)
      var (l1, r1) = halves(n1)
      var (l2, r2) = halves(n2)
      var (l3, r3) = halves(n3)
      for round in stride(from: 0, to: rounds, by: 2) {
        let (even, odd) = (keys[round], keys[round + 1])
        l0 = Self.sum(l0, Self.draw(r0, key: even, below: a), modulo: a)
        l1 = Self.sum(l1, Self.draw(r1, key: even, below: a), modulo: a)
        l2 = Self.sum(l2, Self.draw(r2, key: even, below: a), modulo: a)
        l3 = Self.sum(l3, Self.draw(r3, key: even, below: a), modulo: a)
        r0 = Self.sum(r0, Self.draw(l0, key: odd, below: b), modulo: b)
        r1 = Self.sum(r1, Self.draw(l1, key: odd, below: b), modulo: b)
        r2 = Self.sum(r2, Self.draw(l2, key: odd, below: b), modulo: b)
        r3 = Self.sum(r3, Self.draw(l3, key: odd, below: b), modulo: b)
      }
      base[done] = walked(l0 &* b &+ r0)
      base[done + 1] = walked(l1 &* b &+ r1)
      base[done + 2] = walked(l2 &* b &+ r2)
      base[done + 3] = walked(l3 &* b &+ r3)
      done += 4
    }
    while done < rows.count {
      base[done] = self[start + done]
      done += 1
    }
  }

  private func halves(_ position: Int) -> (UInt64, UInt64) {
    UInt64(position).quotientAndRemainder(dividingBy: b)
  }

  /// Walks on along the cycle from a number that may lie outside 0 ..< count.
  @inline(__always)
  private func walked(_ x: UInt64) -> Int {
    var x = x
    while x >= UInt64(count) { x = permuted(x) }
    return Int(truncatingIfNeeded: x)
  }
}
