/// The type of a tensor's elements, named as in safetensors.
///
/// Source: `huggingface/safetensors`, `safetensors/src/tensor.rs`, enum `Dtype`.
public enum DType: String, Sendable, Hashable, CaseIterable {
  case bool = "BOOL"
  case uint8 = "U8"
  case int8 = "I8"
  case int16 = "I16"
  case uint16 = "U16"
  case float16 = "F16"
  case int32 = "I32"
  case uint32 = "U32"
  case float32 = "F32"
  case int64 = "I64"
  case uint64 = "U64"
  case float64 = "F64"

  /// Bytes an element takes; also its alignment.
  public var byteCount: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .int16, .uint16, .float16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }

  /// NumPy's little-endian type string, such as `<f4`.
  ///
  /// Source: the array interface protocol, `typestr`, in NumPy's documentation.
  public var numpyDescription: String {
    switch self {
    case .bool: "|b1"
    case .uint8: "|u1"
    case .int8: "|i1"
    case .int16: "<i2"
    case .uint16: "<u2"
    case .float16: "<f2"
    case .int32: "<i4"
    case .uint32: "<u4"
    case .float32: "<f4"
    case .int64: "<i8"
    case .uint64: "<u8"
    case .float64: "<f8"
    }
  }
}

/// A Swift type that a tensor can hold.
///
/// The bytes of a value, little-endian, are the bytes that files hold.
public protocol TensorScalar: BitwiseCopyable, Sendable, Hashable {
  /// The element type that stands for this Swift type in files.
  static var dtype: DType { get }
}

/// A scalar with arithmetic, so that tensors of it can be summed and compared.
public protocol NumericTensorScalar: TensorScalar, Numeric, Comparable {}

/// A floating-point scalar that features can have: `Float16`, `Float` or `Double`.
public protocol FloatingTensorScalar: NumericTensorScalar, BinaryFloatingPoint {}

extension Bool: TensorScalar {
  /// BOOL: a byte an element, 0 or 1.
  public static var dtype: DType { .bool }
}
extension UInt8: NumericTensorScalar {
  /// U8.
  public static var dtype: DType { .uint8 }
}
extension Int8: NumericTensorScalar {
  /// I8.
  public static var dtype: DType { .int8 }
}
extension Int16: NumericTensorScalar {
  /// I16.
  public static var dtype: DType { .int16 }
}
extension UInt16: NumericTensorScalar {
  /// U16.
  public static var dtype: DType { .uint16 }
}
extension Int32: NumericTensorScalar {
  /// I32.
  public static var dtype: DType { .int32 }
}
extension UInt32: NumericTensorScalar {
  /// U32.
  public static var dtype: DType { .uint32 }
}
extension Int64: NumericTensorScalar {
  /// I64.
  public static var dtype: DType { .int64 }
}
extension UInt64: NumericTensorScalar {
  /// U64.
  public static var dtype: DType { .uint64 }
}
extension Float16: FloatingTensorScalar {
  /// F16, IEEE 754 binary16.
  public static var dtype: DType { .float16 }
}
extension Float: FloatingTensorScalar {
  /// F32, IEEE 754 binary32.
  public static var dtype: DType { .float32 }
}
extension Double: FloatingTensorScalar {
  /// F64, IEEE 754 binary64.
  public static var dtype: DType { .float64 }
}
