internal import TabularFrame

// The states of steps, which hold folds.

extension SharedState where Self: FoldingState {
  func put(into bytes: inout StateBytes) { for fold in folds { fold.put(into: &bytes) } }

  mutating func take(from bytes: inout StateBytes) {
    for i in folds.indices { folds[i].take(from: &bytes) }
  }
}

/// A state of nothing but folds.
protocol FoldingState {
  associatedtype Fold: SharedState
  var folds: [Fold] { get set }
}

extension NumberState: FoldingState, SharedState {}
extension OneHotEncoder.State: FoldingState, SharedState {}
extension OrdinalEncoder.State: FoldingState, SharedState {}
extension FrequencyEncoder.State: FoldingState, SharedState {}
extension CategoryEncoder.State: FoldingState, SharedState {}
extension CountVectorizer.State: FoldingState, SharedState {}

extension TfidfVectorizer.State: SharedState {
  func put(into bytes: inout StateBytes) { counts.put(into: &bytes) }
  mutating func take(from bytes: inout StateBytes) { counts.take(from: &bytes) }
}

extension FeatureHasher.State: SharedState {
  func put(into bytes: inout StateBytes) {}
  mutating func take(from bytes: inout StateBytes) {}
}

extension HashingVectorizer.State: SharedState {
  func put(into bytes: inout StateBytes) {}
  mutating func take(from bytes: inout StateBytes) {}
}

extension DateParts.State: SharedState {
  func put(into bytes: inout StateBytes) {
    for column in seen {
      bytes.put(column.firstDay)
      bytes.put(all: column.circles)
    }
  }

  mutating func take(from bytes: inout StateBytes) {
    for i in seen.indices {
      seen[i].firstDay = bytes.take()
      seen[i].circles = bytes.takeAll()
    }
  }
}

extension Imputer.State: SharedState {
  func put(into bytes: inout StateBytes) {
    for (fold, counts) in zip(folds, texts) {
      fold.put(into: &bytes)
      bytes.put(counts?.count)
      for (key, count) in counts ?? [:] {
        bytes.put(key.description)
        bytes.put(count)
      }
    }
  }

  mutating func take(from bytes: inout StateBytes) {
    for i in folds.indices {
      folds[i].take(from: &bytes)
      texts[i] = bytes.take(Int?.self).map { known in
        // The keys are texts, all of them.
        let pairs = (0..<known).map { _ in
          (CategoryKey.string(bytes.takeText()), bytes.take(Int.self))
        }
        return Dictionary(uniqueKeysWithValues: pairs)
      }
    }
  }
}
