internal import Foundation

// Functions of each element, and their derivatives. Invariant: as in CPUDevice+Kernels.swift.
extension CPUDevice {
  /// Computes the function of each element.
  public func activate(
    _ activation: Activation,
    _ matrix: DeviceMatrix,
    into result: DeviceMatrix
  ) {
    precondition(matrix.count == result.count, "\(matrix.count) into \(result.count)")
    let (x, y, count) = (matrix.base, result.base, matrix.count)
    switch activation {
    case .gelu: for i in 0..<count { y[i] = 0.5 * x[i] * (1 + erf(x[i] * Gelu.rootHalf)) }
    case .tanhGELU: for i in 0..<count { y[i] = 0.5 * x[i] * (1 + tanh(Gelu.inner(x[i]))) }
    case .silu: for i in 0..<count { y[i] = x[i] * logistic(x[i]) }
    case .sigmoid: for i in 0..<count { y[i] = logistic(x[i]) }
    case .tanh: for i in 0..<count { y[i] = tanh(x[i]) }
    }
  }

  /// Multiplies with the derivative.
  public func activationGradient(
    _ activation: Activation,
    _ gradient: DeviceMatrix,
    input: DeviceMatrix,
    output: DeviceMatrix,
    into result: DeviceMatrix
  ) {
    precondition(
      gradient.count == input.count && gradient.count == output.count
        && gradient.count == result.count,
      "\(gradient.count), \(input.count), \(output.count) into \(result.count)"
    )
    let (g, x, y, r) = (gradient.base, input.base, output.base, result.base)
    let count = gradient.count
    switch activation {
    case .gelu:
      for i in 0..<count {
        let distribution = 0.5 * (1 + erf(x[i] * Gelu.rootHalf))
        r[i] = g[i] * (distribution + x[i] * Gelu.density * exp(-0.5 * x[i] * x[i]))
      }
    case .tanhGELU:
      for i in 0..<count {
        let t = tanh(Gelu.inner(x[i]))
        let slope = 0.5 * x[i] * (1 - t * t) * Gelu.innerSlope(x[i])
        r[i] = g[i] * (0.5 * (1 + t) + slope)
      }
    case .silu:
      for i in 0..<count {
        let s = logistic(x[i])
        r[i] = g[i] * s * (1 + x[i] * (1 - s))
      }
    case .sigmoid: for i in 0..<count { r[i] = g[i] * (y[i] * (1 - y[i])) }
    case .tanh: for i in 0..<count { r[i] = g[i] * (1 - y[i] * y[i]) }
    }
  }
}

/// 1 / (1 + exp(-x)), which neither overflows nor loses a NaN.
@inline(__always)
private func logistic(_ x: Float) -> Float {
  let e = exp(-abs(x))
  return (x < 0 ? e : 1) / (1 + e)
}

private enum Gelu {
  /// √(1/2).
  static let rootHalf: Float = 0.707_106_77
  /// 1 / √(2π).
  static let density: Float = 0.398_942_3
  /// √(2/π).
  static let rootTwoByPi: Float = 0.797_884_6

  @inline(__always)
  static func inner(_ x: Float) -> Float { rootTwoByPi * (x + 0.044715 * x * x * x) }

  @inline(__always)
  static func innerSlope(_ x: Float) -> Float { rootTwoByPi * (1 + 3 * 0.044715 * x * x) }
}
