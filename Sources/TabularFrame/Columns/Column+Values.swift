extension Column {
  /// Floats of those states that were made of enough values, null elsewhere.
  init(
    counted states: FixedVector<CountedMean>,
    atLeast least: Int,
    _ value: (CountedMean) -> Double
  ) {
    self.init(
      storage: .float64(
        FixedVector(count: states.count) { states[$0].count < least ? 0 : value(states[$0]) }
      ),
      validity: Validity(count: states.count) { states[$0].count >= least }
    )
  }

  /// A column of values of one type; whole numbers among floats become floats.
  ///
  /// - Throws: `FrameError` of kind `type` when the values are of several types.
  init(values: [Value], column name: String) throws(FrameError) {
    func read<Element: ColumnElement>(_ element: (Value) -> Element?) throws(FrameError) -> Column {
      var read: [Element?] = []
      for value in values {
        let known = element(value)
        guard known != nil || value.isNull else {
          let first = values.first { !$0.isNull } ?? .null
          throw FrameError(
            .type,
            "the closure for column '\(name)' made \(first) and \(value), expected one type",
            column: name
          )
        }
        read.append(known)
      }
      return Column(read)
    }
    let hasFloats = values.contains { if case .float64 = $0 { true } else { false } }
    switch values.first(where: { !$0.isNull }) {
    case nil, .null, .string:
      self = try read { if case .string(let text) = $0 { text } else { nil } }
    case .bool: self = try read { if case .bool(let value) = $0 { value } else { nil } }
    case .date: self = try read { if case .date(let value) = $0 { value } else { nil } }
    case .datetime: self = try read { if case .datetime(let value) = $0 { value } else { nil } }
    case .int64 where !hasFloats:
      self = try read { if case .int64(let value) = $0 { value } else { nil } }
    case .int64, .float64:
      self = try read { value -> Double? in
        switch value {
        case .int64(let whole): Double(whole)
        case .float64(let float): float
        default: nil
        }
      }
    }
  }
}
