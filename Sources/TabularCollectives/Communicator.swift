/// The processes that work on one job, and what they tell each other.
///
/// Every process calls the same functions in the same order; each call waits for the others. Bytes
/// are moved and never added up: who receives them does that, in an order of its own. Where MPI
/// refuses a call a `CollectivesError` of kind `communication` is thrown; the job can then only be
/// ended, by `abort`.
package protocol Communicator: AnyObject, Sendable {
  /// The number of this process, from 0.
  var rank: Int { get }
  /// How many processes there are.
  var size: Int { get }

  /// The bytes of `root`, in every process; what others give is not looked at.
  func broadcast(_ bytes: [UInt8], from root: Int) throws(CollectivesError) -> [UInt8]

  /// The bytes of all processes in order of rank, in `root`; nothing in the others.
  func gather(_ bytes: [UInt8], to root: Int) throws(CollectivesError) -> [[UInt8]]

  /// The bytes of all processes in order of rank, in every process.
  func allGather(_ bytes: [UInt8]) throws(CollectivesError) -> [[UInt8]]

  /// Fills `bytes` with what each process has put into its part of it, in every process.
  ///
  /// The parts lie one behind the other in order of rank, `counts[rank]` bytes each; all processes
  /// give the same counts.
  func allGather(
    in bytes: UnsafeMutableRawBufferPointer,
    counts: [Int]
  ) throws(CollectivesError)

  /// Sends message `r` to process `r`, itself among them; returns what each sent here, in order of
  /// rank.
  func exchange(_ messages: [[UInt8]]) throws(CollectivesError) -> [[UInt8]]

  /// Waits until all processes are here.
  func barrier() throws(CollectivesError)

  /// Ends the part in the job, once all processes are here: the last call.
  func finish() throws(CollectivesError)

  /// Says one line on standard error, and ends all processes.
  func abort(_ message: String) -> Never
}
