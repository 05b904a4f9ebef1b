internal import TabularCSV
internal import TabularFiles
public import TabularFrame

/// An error of the preprocessing floor: data that a step or a recipe cannot take.
public struct PreprocessingError: Error, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Kind: String, Sendable {
    /// A column that a step or a recipe needs is not there, or there twice.
    case column
    /// A column's type does not fit the step, or the recipe's schema.
    case type
    /// A value that no step can take, such as an infinity.
    case value
    /// The target is missing, null, or of a class that the fit did not know.
    case target
    /// Rows or a column from which a fit, or a model, must not learn.
    case leak
    /// There are no rows, or no value, to fit to.
    case empty
    /// A recipe's file is not one, or of another version.
    case recipe
    /// A fit needs more memory than it was given.
    case memory
    /// A file could not be read or written; see `underlying`.
    case file
  }

  /// What is wrong.
  public let kind: Kind
  /// What was expected, what was found and what to do, in one line.
  public let message: String
  /// The column concerned.
  public let column: String?
  /// Where the row concerned came from.
  public let row: RowID?
  /// The error of the floor below.
  public let underlying: (any Error)?

  package init(
    _ kind: Kind,
    _ message: String,
    column: String? = nil,
    row: RowID? = nil,
    underlying: (any Error)? = nil
  ) {
    self.kind = kind
    self.message = message
    self.column = column
    self.row = row
    self.underlying = underlying
  }

  init(_ error: FrameError) {
    self.init(
      error.kind == .type ? .type : .column,
      error.message,
      column: error.column,
      underlying: error
    )
  }

  init(_ error: FileError) {
    self.init(.file, error.description, underlying: error)
  }

  /// One line.
  public var description: String { message }
}

extension DataFrame {
  /// The column of a name, with this floor's error.
  func column(_ name: String) throws(PreprocessingError) -> Column {
    do throws(FrameError) {
      return try self[name]
    } catch {
      throw PreprocessingError(error)
    }
  }
}

extension Column {
  /// The type for a message: texts that are coded are texts to a reader.
  var typeInWords: String { type == .category ? "string" : "\(type)" }
}
