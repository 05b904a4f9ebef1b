public import TabularPreprocessing
public import TabularTensor

/// What can be learned from: labels, or a tensor of classes or of values, or the lack of them.
public protocol LabelsConvertible: Sendable {
  /// The labels; nil when there are none.
  var labels: Labels<Float>? { get }
}

extension Labels: LabelsConvertible where Scalar == Float {
  /// These labels.
  public var labels: Labels<Float>? { self }
}

extension Optional: LabelsConvertible where Wrapped: LabelsConvertible {
  /// The labels, if there are any.
  public var labels: Labels<Float>? {
    // By a closure: a generic key path would be made anew in each call, a tenth of a step of 32 rows.
    flatMap { $0.labels }
  }
}

extension Tensor: LabelsConvertible where Scalar: LabelScalar {
  /// The tensor as labels.
  public var labels: Labels<Float>? { Scalar.labels(self) }
}

/// An element type whose tensors are labels.
public protocol LabelScalar: TensorScalar {
  /// The labels of a tensor [rows].
  static func labels(_ tensor: Tensor<Self>) -> Labels<Float>
}

extension Int64: LabelScalar {
  /// Class numbers.
  public static func labels(_ tensor: Tensor<Int64>) -> Labels<Float> { .classes(tensor) }
}

extension Float: LabelScalar {
  /// Values.
  public static func labels(_ tensor: Tensor<Float>) -> Labels<Float> { .values(tensor) }
}
