internal import CTabularABI.Library

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Texts that calls leave behind for their thread.
enum CallState {
  static let error = ThreadText()
  static let notices = ThreadText()
}

/// A C string for each thread.
///
/// The slots belong to the C library, which frees a thread's text with `free` when the thread ends:
/// no code of this library runs then.
final class ThreadText: Sendable {
  private let key: pthread_key_t

  init() {
    var key = pthread_key_t()
    let code = pthread_key_create(&key, free)
    precondition(code == 0, "no slot for a thread's text: error \(code)")
    self.key = key
  }

  /// The thread's text; empty where there is none.
  var pointer: UnsafePointer<CChar> {
    guard let text = pthread_getspecific(key) else { return UnsafePointer(emptyText) }
    return UnsafePointer(text.assumingMemoryBound(to: CChar.self))
  }

  func set(_ text: String) {
    let old = pthread_getspecific(key)
    pthread_setspecific(key, text.isEmpty ? nil : strdup(text))
    free(old)
  }
}

/// An empty text that is never freed.
nonisolated(unsafe) private let emptyText: UnsafeMutablePointer<CChar> = {
  let text = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
  text.initialize(to: 0)
  return text
}()

nonisolated(unsafe) private let versionText = strdup("0.1.0")

/// The version of the package.
@c(tabular_version) @implementation
public func tabular_version() -> UnsafePointer<CChar> {
  UnsafePointer(versionText ?? emptyText)
}

/// What the thread's last failing call ran into.
@c(tabular_last_error) @implementation
public func tabular_last_error() -> UnsafePointer<CChar> { CallState.error.pointer }

/// What the thread's last reading or applying decided and left out.
@c(tabular_last_notices) @implementation
public func tabular_last_notices() -> UnsafePointer<CChar> { CallState.notices.pointer }
