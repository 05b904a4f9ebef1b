package import TabularTensor

/// Which features are rows of embedding tables: files hold them as a tensor of whole numbers.
package struct CategoryColumns: Sendable, Equatable, Codable {
  /// The names, in the order of the features.
  package var names: [String] = []
  /// The rows of each one's table.
  package var cardinalities: [Int] = []
  /// Their places among all features, ascending.
  package var positions: [Int] = []

  package var isEmpty: Bool { names.isEmpty }
  package var count: Int { names.count }

  package init() {}
}

extension Recipe {
  /// The features that a `CategoryEncoder` numbers and no later step changes, and the rows of their
  /// tables.
  package var categories: CategoryColumns {
    var found = CategoryColumns()
    for column in numberedColumns where column.changedBy == nil {
      found.names.append(column.name)
      found.cardinalities.append(column.cardinality)
      found.positions.append(column.position)
    }
    return found
  }

  /// The features that a `CategoryEncoder` numbers, in their order, and the name of a later step that
  /// changes the numbers.
  package var numberedColumns: [(name: String, position: Int, cardinality: Int, changedBy: String?)]
  {
    var found: [(name: String, position: Int, cardinality: Int, changedBy: String?)] = []
    for (place, step) in steps.enumerated() {
      guard let encoder = step as? FittedCategoryEncoder else { continue }
      for name in encoder.columns {
        guard let position = featureNames.firstIndex(of: name), let size = encoder.size(of: name)
        else { continue }
        let later = steps[(place + 1)...].first { $0.columns.contains(name) }
        found.append(
          (
            name: name, position: position, cardinality: size,
            changedBy: later.map { type(of: $0).name }
          )
        )
      }
    }
    return found.sorted { $0.position < $1.position }
  }
}

// A matrix and its two parts.
extension CategoryColumns {
  /// The names of all features, of which `others` are those that stand in floats.
  package func merged(_ others: [String]) -> [String] {
    var all = others
    for (name, position) in zip(names, positions) { all.insert(name, at: position) }
    return all
  }

  /// The places of the other features among `width`.
  package func others(of width: Int) -> [Int] {
    let mine = Set(positions)
    return (0..<width).filter { !mine.contains($0) }
  }

  /// The other features [rows, others] and the numbers [rows, categories] of some rows.
  ///
  /// Numbers are below the cardinalities, which fit: floats hold them exactly.
  func split<Scalar: FloatingTensorScalar>(
    _ features: Tensor<Scalar>,
    rows: Range<Int>
  ) -> (features: Tensor<Scalar>, categories: Tensor<Int32>) {
    let width = features.shape[1]
    let others = others(of: width)
    return features.withUnsafeScalars { scalars in
      let plain = Tensor<Scalar>(shape: [rows.count, others.count]) { target in
        for (i, row) in rows.enumerated() {
          for (j, column) in others.enumerated() {
            target[i * others.count + j] = scalars[row * width + column]
          }
        }
      }
      let numbers = Tensor<Int32>(shape: [rows.count, count]) { target in
        for (i, row) in rows.enumerated() {
          for (j, column) in positions.enumerated() {
            target[i * count + j] = Int32(scalars[row * width + column])
          }
        }
      }
      return (plain, numbers)
    }
  }

  /// All features of rows of which both parts are given.
  package func merge<Scalar: FloatingTensorScalar>(
    _ features: Tensor<Scalar>,
    _ categories: Tensor<Int32>
  ) -> Tensor<Scalar> {
    let (rows, plain) = (features.shape[0], features.shape[1])
    let width = plain + count
    return Tensor(shape: [rows, width]) { target in
      features.withUnsafeScalars { scalars in
        categories.withUnsafeScalars { numbers in
          for row in 0..<rows {
            // Once an epoch for each row: a walk that allocates nothing.
            var next = 0
            for column in 0..<width {
              if next < count, positions[next] == column {
                target[row * width + column] = Scalar(numbers[row * count + next])
                next += 1
              } else {
                target[row * width + column] = scalars[row * plain + column - next]
              }
            }
          }
        }
      }
    }
  }

  /// What is wrong with the categories of a file with `plain` other features and `rows` rows; nil for
  /// nothing.
  package func fault(in categories: Tensor<Int32>, plain: Int, rows: Int) -> String? {
    guard categories.shape == [rows, count] else {
      return "categories of shape \(categories.shape), expected [\(rows), \(count)]"
    }
    let ascend = zip(positions, positions.dropFirst()).allSatisfy { $0 < $1 }
    guard cardinalities.count == count, positions.count == count, ascend,
      positions.allSatisfy({ $0 >= 0 && $0 < plain + count }),
      cardinalities.allSatisfy({ $0 > 0 && $0 <= 1 << 24 })
    else { return "names, cardinalities and positions of categories that do not go together" }
    let wrong = categories.withUnsafeScalars { numbers in
      numbers.indices.first { numbers[$0] < 0 || numbers[$0] >= cardinalities[$0 % count] }
    }
    return wrong.map {
      "row \($0 / count), category '\(names[$0 % count])': \(categories.scalars[$0]), expected 0 to "
        + "\(cardinalities[$0 % count] - 1)"
    }
  }
}

// As metadata of a file: three JSON lists.
extension CategoryColumns {
  static let namesKey = "category_names"
  static let cardinalitiesKey = "cardinalities"
  static let positionsKey = "category_positions"

  func add(to metadata: inout [String: String]) {
    guard !isEmpty else { return }
    metadata[Self.namesKey] = jsonList(names)
    metadata[Self.cardinalitiesKey] = "\(cardinalities)"
    metadata[Self.positionsKey] = "\(positions)"
  }
}
