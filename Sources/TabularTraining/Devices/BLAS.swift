internal import COpenBLAS
internal import CTabularScan
internal import Foundation

/// The linear algebra library's settings.
package enum BLAS {
  /// Keeps every product on the thread that asks for it, with the processor's vectors; done once,
  /// before the first product.
  ///
  /// With threads of its own OpenBLAS would compete with the devices, and split sums by their count.
  package static let useOneThread: Void = {
    useVectors()
    openblas_set_num_threads(1)
  }()

  /// Its name of the processor family, such as `SkylakeX`, on which the bits of products depend.
  static var processor: String {
    useOneThread
    return openblas_get_corename().map { String(cString: $0) } ?? "unknown"
  }

  /// Has OpenBLAS choose its kernels again, when it did not know the processor.
  ///
  /// A version knows the processors of its time. On a younger one it takes those of a Pentium 4
  /// ("Prescott") or of an early Opteron, with a quarter of the speed: Debian 12's 0.3.21 does on
  /// Emerald Rapids. What the processor has decides then: `OPENBLAS_CORETYPE` names kernels for
  /// OpenBLAS's own choice (`driver/others/dynamic.c`), which the library makes when it is loaded and
  /// here once more. An environment that names kernels is left alone.
  ///
  /// Invariant: no product runs meanwhile. It is done once, before this module's first product; a
  /// program that multiplies with OpenBLAS itself creates its devices before.
  private static func useVectors() {
    let variable = "OPENBLAS_CORETYPE"
    let chosen = openblas_get_corename().map { String(cString: $0).lowercased() } ?? ""
    guard getenv(variable) == nil, ["prescott", "core2", "opteron", "generic"].contains(chosen),
      let forget = symbol("gotoblas_dynamic_quit"), let choose = symbol("gotoblas_dynamic_init")
    else { return }
    switch tabular_scan_best_method() {
    case tabular_scan_avx512: setenv(variable, "SkylakeX", 1)
    case tabular_scan_avx2: setenv(variable, "Haswell", 1)
    default: return
    }
    forget()
    choose()
    unsetenv(variable)
  }

  /// A function that OpenBLAS exports and declares in no header; nil in a build for one processor.
  private static func symbol(_ name: String) -> (@convention(c) () -> Void)? {
    // RTLD_DEFAULT, a macro that Swift does not import.
    dlsym(nil, name).map { unsafeBitCast($0, to: (@convention(c) () -> Void).self) }
  }
}
