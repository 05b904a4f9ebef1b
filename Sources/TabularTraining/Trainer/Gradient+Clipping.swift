internal import TabularTensor

/// How large a gradient may be; a trainer makes a larger one smaller before its step.
public enum GradientClipping: Sendable, Hashable, Codable {
  /// The Euclidean length of the whole gradient, above 0.
  case norm(Double)
  /// The absolute value of each derivative, above 0.
  case value(Double)

  var isValid: Bool {
    switch self {
    case .norm(let limit), .value(let limit): limit > 0
    }
  }
}

extension Gradient {
  /// The Euclidean length, over all parameters, computed in float64 from the first to the last.
  public var norm: Double {
    values.withUnsafeScalars { values in
      var sum = 0.0
      for value in values { sum += Double(value) * Double(value) }
      return sum.squareRoot()
    }
  }

  /// The derivative that is largest in absolute value, a NaN above all, and its parameter.
  var largest: (value: Float, name: String)? {
    var found: (value: Float, name: String)?
    for slice in layout.slices {
      for value in values.slice(slice).scalars {
        if value.isNaN { return (value, slice.name) }
        if abs(value) > abs(found?.value ?? -0) || found == nil { found = (value, slice.name) }
      }
    }
    return found
  }

  /// Makes a gradient that is longer than `limit` as long as that.
  ///
  /// All derivatives are multiplied by limit / (norm + 1e-6) when that is below 1. Source: PyTorch's
  /// `clip_grad_norm_`. A limit not above 0 traps.
  ///
  /// - Parameter limit: the greatest length.
  /// - Returns: the length before.
  @discardableResult
  public mutating func clip(norm limit: Double) -> Double {
    precondition(limit > 0, "a gradient clipped to a norm of \(limit)")
    let norm = norm
    let factor = limit / (norm + 1e-6)
    // A NaN is passed on.
    if !(factor >= 1) { scale(by: Float(factor)) }
    return norm
  }

  /// Brings each derivative between -limit and limit; a NaN stays one.
  ///
  /// Source: PyTorch's `clip_grad_value_`. A limit not above 0 traps.
  public mutating func clip(value limit: Double) {
    precondition(limit > 0, "a gradient clipped to values of \(limit)")
    let (low, high) = (Float(-limit), Float(limit))
    values.withUnsafeMutableScalars { values in
      for i in 0..<values.count {
        let value = values[i]
        values[i] = value < low ? low : value > high ? high : value
      }
    }
  }

  /// Clips as asked.
  public mutating func clip(_ clipping: GradientClipping) {
    switch clipping {
    case .norm(let limit): clip(norm: limit)
    case .value(let limit): clip(value: limit)
    }
  }

  /// Multiplies each derivative by a factor.
  public mutating func scale(by factor: Float) {
    values.withUnsafeMutableScalars { values in
      for i in 0..<values.count { values[i] *= factor }
    }
  }

  /// Adds another gradient of the same model, derivative by derivative; one of another model traps.
  ///
  /// Steps are accumulated so: add the gradients of some batches, scale by 1 / batches, take the step.
  public mutating func add(_ other: Gradient) {
    precondition(layout == other.layout, "a gradient of another model")
    values.withUnsafeMutableScalars { values in
      other.values.withUnsafeScalars { other in
        for i in 0..<values.count { values[i] += other[i] }
      }
    }
    observations += other.observations
  }
}
