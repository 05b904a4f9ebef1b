#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif
internal import TabularCSV

// Numbers into bins, as pandas' `cut` and `qcut`: a category whose dictionary is the bins in order.
extension Column {
  /// Puts numbers into bins between edges.
  ///
  /// - Parameters:
  ///   - edges: ascending; `[0, 12, 18]` makes the bins (0, 12] and (12, 18].
  ///   - labels: the bins' names, one fewer than edges; `(0, 12]` and so on, unless given.
  ///   - right: whether a bin has its upper edge (`(0, 12]`) or its lower one (`[0, 12)`).
  ///   - includingLowest: whether the first bin also has its lower edge.
  /// - Returns: a category; null for nulls, NaN, and numbers outside the edges.
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers, and of kind `value` for
  ///   edges or labels that make no bins.
  public func cut(
    _ edges: [Double],
    labels: [String]? = nil,
    right: Bool = true,
    includingLowest: Bool = false
  ) throws(FrameError) -> Column {
    let areWhole = edges.allSatisfy { $0.rounded() == $0 && $0.magnitude < 0x1p53 }
    return try binned(edges, labels, right, includingLowest, showsWhole: areWhole)
  }

  /// Puts numbers into bins of equal width from the smallest to the largest; the outer edge is moved
  /// by a thousandth of the range, so that it is within its bin.
  ///
  /// - Parameters:
  ///   - count: how many bins.
  ///   - labels: the bins' names; `(0.34, 20.315]` and so on, unless given.
  ///   - right: whether a bin has its upper edge or its lower one.
  /// - Returns: a category; null for nulls and NaN.
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers, and of kind `value`
  ///   where there is no finite number, or no bin.
  public func cut(bins count: Int, labels: [String]? = nil, right: Bool = true)
    throws(FrameError) -> Column
  {
    guard count >= 1 else { throw FrameError(.value, "a cut into \(count) bins") }
    let values = try NumberValues(self, "cut")
    let ends = values.quantiles([0, 1])
    guard var low = ends.first, var high = ends.last, low.isFinite, high.isFinite else {
      throw FrameError(
        .value,
        values.count == 0
          ? "a cut into bins of equal width of a column without numbers"
          : "a cut into bins of equal width of a column with an infinity; give the edges"
      )
    }
    let isOne = low == high
    if isOne {
      let margin = low == 0 ? 0.001 : 0.001 * low.magnitude
      (low, high) = (low - margin, high + margin)
    }
    let step = (high - low) / Double(count)
    var edges = (0..<count).map { low + Double($0) * step } + [high]
    if !isOne {
      let margin = (high - low) * 0.001
      if right { edges[0] -= margin } else { edges[count] += margin }
    }
    return try binned(edges, labels, right, false, showsWhole: false)
  }

  /// Puts numbers into bins that hold as many each, as far as equal numbers allow.
  ///
  /// - Parameters:
  ///   - count: how many bins.
  ///   - labels: the bins' names; `(7.91, 14.454]` and so on, unless given.
  ///   - droppingDuplicates: whether equal edges become one; otherwise they are an error.
  /// - Returns: a category; null for nulls and NaN.
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers, and of kind `value`
  ///   where there is no number, or edges are equal.
  public func qcut(_ count: Int, labels: [String]? = nil, droppingDuplicates: Bool = false)
    throws(FrameError) -> Column
  {
    guard count >= 1 else { throw FrameError(.value, "a qcut into \(count) bins") }
    let values = try NumberValues(self, "qcut")
    guard values.count > 0 else {
      throw FrameError(.value, "a qcut of a column without numbers")
    }
    var edges = values.quantiles((0...count).map { Double($0) / Double(count) })
    if droppingDuplicates {
      edges = edges.indices.filter { $0 == 0 || edges[$0] != edges[$0 - 1] }.map { edges[$0] }
    }
    return try binned(edges, labels, true, true, showsWhole: false)
  }

  private func binned(
    _ edges: [Double],
    _ labels: [String]?,
    _ right: Bool,
    _ includingLowest: Bool,
    showsWhole: Bool
  ) throws(FrameError) -> Column {
    guard edges.count >= 2 else {
      throw FrameError(.value, "\(edges.count) edges make no bin, expected at least two")
    }
    for i in 1..<edges.count where !(edges[i - 1] < edges[i]) {
      throw FrameError(
        .value,
        "edge \(edges[i]) after \(edges[i - 1]): edges must ascend"
          + (edges[i - 1] == edges[i] ? "; equal ones make no bin" : "")
      )
    }
    let bins = edges.count - 1
    if let labels, labels.count != bins || Set(labels).count != bins {
      throw FrameError(
        .value,
        "\(Set(labels).count) different labels for \(bins) bins; give one a bin"
      )
    }
    let floats = try numbers("cut")
    guard case .float64(let vector) = floats.storage else { return self }
    let words = labels ?? intervalLabels(edges, right, includingLowest, showsWhole)
    var codes = [Int32](repeating: 0, count: count)
    let found = BitVector(packing: count) { row in
      let value = vector.pointer[row]
      guard floats.validity?.bits[row] ?? true, value == value else { return false }
      // The edges below the value, or at it where a bin has its lower edge.
      var (low, high) = (0, edges.count)
      while low < high {
        let middle = (low + high) / 2
        if right ? edges[middle] < value : edges[middle] <= value {
          low = middle + 1
        } else {
          high = middle
        }
      }
      var bin = low - 1
      if bin < 0, right, includingLowest, value == edges[0] { bin = 0 }
      if bin == bins, !right, includingLowest, value == edges[bins] { bin = bins - 1 }
      guard bin >= 0, bin < bins else { return false }
      codes[row] = Int32(bin)
      return true
    }
    return Column(
      storage: .category(
        FixedVector(count: count) { codes[$0] },
        dictionary: StringVector(words.map { $0 as String? })
      ),
      validity: Validity(found)
    )
  }

  private func numbers(_ verb: String) throws(FrameError) -> Column {
    guard [.int64, .float64, .bool].contains(type) else {
      throw FrameError(.type, "\(verb) of a column of type \(type), expected numbers")
    }
    return try cast(to: .float64)
  }
}

/// The bins' names: edges rounded to three significant digits behind the point, or as many more as
/// tell them apart.
///
/// Source: pandas, `pandas/core/reshape/tile.py`, `_format_labels` (3.1).
private func intervalLabels(
  _ edges: [Double],
  _ right: Bool,
  _ includingLowest: Bool,
  _ showsWhole: Bool
) -> [String] {
  let precision =
    (3..<20).first { digits in
      Set(edges.map { rounded($0, digits) }).count == edges.count
    } ?? 3
  var shown = edges.map { rounded($0, precision) }
  if right, includingLowest { shown[0] -= pow(10, -Double(precision)) }
  let texts = shown.map { showsWhole && $0.rounded() == $0 ? "\(Int64($0))" : $0.description }
  return (1..<edges.count).map { i in
    right ? "(\(texts[i - 1]), \(texts[i])]" : "[\(texts[i - 1]), \(texts[i]))"
  }
}

/// A number to so many digits behind the point, or behind the zeros after the point.
private func rounded(_ value: Double, _ precision: Int) -> Double {
  guard value.isFinite, value != 0 else { return value }
  let whole = value.rounded(.towardZero)
  let digits =
    whole == 0 ? -Int(floor(log10((value - whole).magnitude))) - 1 + precision : precision
  let scale = pow(10, Double(digits))
  return (value * scale).rounded(.toNearestOrEven) / scale
}
