internal import CTabularABI.Library
internal import TabularCSV
internal import TabularFiles
internal import TabularFrame
internal import TabularLoading
internal import TabularPreprocessing
internal import TabularTensor

/// What a call of the library answers where it fails: a code, and a line for `tabular_last_error`.
struct Failure: Error {
  let code: Int
  let message: String

  /// An argument that cannot be right.
  static func argument(_ message: String) -> Failure {
    Failure(code: TABULAR_INVALID_ARGUMENT, message: message)
  }

  init(code: Int, message: String) {
    self.code = code
    self.message = message.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  init(_ error: any Error) {
    if let failure = error as? Failure {
      self = failure
    } else {
      self.init(code: Self.code(of: error), message: "\(error)")
    }
  }

  private static func code(of error: any Error) -> Int {
    switch error {
    case is FileError: return TABULAR_FILE_ERROR
    case let error as CSVError:
      switch error.kind {
      case .file: return TABULAR_FILE_ERROR
      case .options: return TABULAR_INVALID_ARGUMENT
      default: return TABULAR_DATA_ERROR
      }
    case let error as FrameError: return error.underlying.map(code) ?? TABULAR_DATA_ERROR
    case let error as PreprocessingError: return error.underlying.map(code) ?? TABULAR_DATA_ERROR
    case let error as TensorError: return error.underlying.map(code) ?? TABULAR_DATA_ERROR
    case let error as LoadingError where error.kind == .argument: return TABULAR_INVALID_ARGUMENT
    case let error as LoadingError: return error.underlying.map(code) ?? TABULAR_DATA_ERROR
    default: return TABULAR_DATA_ERROR
    }
  }
}

/// Runs a call: its code, and where it fails the thread's last error.
func answering(_ call: String, _ body: () throws -> Void) -> Int32 {
  do {
    try body()
    return Int32(TABULAR_OK)
  } catch {
    let failure = Failure(error)
    CallState.error.set("\(call): \(failure.message)")
    return Int32(failure.code)
  }
}

/// The place for a result, or what to say where there is none.
func given<Pointee>(_ pointer: UnsafeMutablePointer<Pointee>?, _ name: String) throws(Failure)
  -> UnsafeMutablePointer<Pointee>
{
  guard let pointer else { throw .argument("\(name) is NULL") }
  return pointer
}

/// A text of the caller's.
func text(_ pointer: UnsafePointer<CChar>?, _ name: String) throws(Failure) -> String {
  guard let pointer else { throw .argument("\(name) is NULL") }
  guard let text = String(validatingCString: pointer) else {
    throw .argument("\(name) is not UTF-8: '\(String(cString: pointer))'")
  }
  return text
}
