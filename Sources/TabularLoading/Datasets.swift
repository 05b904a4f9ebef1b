public import TabularFrame

/// Small tables that come with the package, for examples and tests.
public enum Datasets {
  /// Fisher's iris measurements: 150 rows, four lengths in centimetres, and `species`.
  ///
  /// Source: R. A. Fisher, "The use of multiple measurements in taxonomic problems", 1936, as
  /// scikit-learn's `load_iris` gives them.
  public static func iris() -> DataFrame {
    var frame = DataFrame()
    for (position, name) in IrisTable.featureNames.enumerated() {
      frame[name] = Column(IrisTable.measurements.map { $0[position] })
    }
    frame["species"] = Column(IrisTable.classNumbers.map { IrisTable.classNames[Int($0)] })
    return frame
  }

  /// 891 synthetic passengers in the proportions of the public Titanic list: seed 1912.
  public static func titanicSynthetic() -> DataFrame { titanicSynthetic(rows: 891, seed: 1912) }

  /// Synthetic passengers in the proportions of the public Titanic list.
  ///
  /// Names are invented, and every ticket begins with `SYN `.
  ///
  /// - Parameters:
  ///   - rows: how many; a negative number traps.
  ///   - seed: the same seed gives the same passengers on every platform.
  /// - Returns: a frame with the columns of the public list.
  public static func titanicSynthetic(rows: Int, seed: UInt64) -> DataFrame {
    let passengers = SyntheticTitanic.rows(count: rows, seed: seed)
    let columns: [Column] = [
      Column(passengers.map(\.id)), Column(passengers.map(\.survived)),
      Column(passengers.map(\.passengerClass)), Column(passengers.map(\.name)),
      Column(passengers.map(\.sex)), Column(passengers.map(\.age)),
      Column(passengers.map(\.siblingsAndSpouses)), Column(passengers.map(\.parentsAndChildren)),
      Column(passengers.map(\.ticket)), Column(passengers.map(\.fare)),
      Column(passengers.map(\.cabin)), Column(passengers.map(\.port)),
    ]
    var frame = DataFrame()
    for (name, column) in zip(SyntheticTitanic.columnNames, columns) { frame[name] = column }
    return frame
  }

  /// Whether a frame holds synthetic passengers: the columns of the list, and their tickets' sign.
  package static func isSyntheticTitanic(_ frame: DataFrame) -> Bool {
    guard frame.columns == SyntheticTitanic.columnNames, frame.rowCount > 0,
      let tickets = try? frame["Ticket", as: String.self]
    else { return false }
    return tickets.allSatisfy { $0?.hasPrefix("SYN ") ?? false }
  }
}
