internal import TabularTensor

// The text format of libsvm and SVMlight.
extension FeatureMatrix {
  /// Rows as `target index:value ...`, a line each: indices from 1, ascending, zeros left out.
  ///
  /// The target is a class number or a value, 0 where there is none. Values are in their shortest
  /// form that reads back as the same number; a missing one is `nan`.
  ///
  /// Format: libsvm's README, and `sklearn.datasets.load_svmlight_file`.
  ///
  /// - Returns: the text in pieces, in order.
  package func svmlight(rows: Range<Int>) -> [[UInt8]] {
    let length = max(1, 65_536 / max(1, features.shape[1]))
    let pieces = (rows.count + length - 1) / length
    return [[UInt8]](concurrently: pieces, cells: rows.count * features.shape[1]) { piece in
      let first = rows.lowerBound + piece * length
      var text: [UInt8] = []
      for row in first..<min(first + length, rows.upperBound) { append(row, to: &text) }
      return text
    }
  }

  private func append(_ row: Int, to text: inout [UInt8]) {
    switch labels {
    case .classes(let tensor): text += "\(tensor[row])".utf8
    case .values(let tensor): text += Self.shortest(tensor[row]).utf8
    case nil: text.append(UInt8(ascii: "0"))
    }
    let width = features.shape[1]
    features.withUnsafeScalars { scalars in
      for column in 0..<width {
        let value = scalars[row * width + column]
        if value == 0 { continue }
        text += " \(column + 1):".utf8
        text += Self.shortest(value).utf8
      }
    }
    text.append(UInt8(ascii: "\n"))
  }

  /// The shortest decimal that is nearest to this value and no other, whole ones without a point.
  private static func shortest(_ value: Scalar) -> String {
    if let integer = Int32(exactly: value) { return "\(integer)" }
    return "\(value)"
  }
}
