import CTabularScan
import Foundation
import TabularTensor
import Testing

@testable import TabularTraining

struct BLASTests {
  /// A processor with vectors that OpenBLAS does not know is not taken for one without.
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] == nil,
      "OPENBLAS_CORETYPE names kernels"
    )
  )
  func usesTheProcessorsVectors() {
    let old = ["prescott", "core2", "opteron", "generic"]
    let hasVectors = [tabular_scan_avx512, tabular_scan_avx2].contains(tabular_scan_best_method())
    let name = BLAS.processor.lowercased()
    print("OpenBLAS's kernels: \(name)")
    #expect(!hasVectors || !old.contains(name))
    #expect(ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] == nil)
  }

  /// Adam by vectors gives the bits of Adam one parameter at a time, in counts that vectors do not
  /// divide.
  @Test(arguments: [1, 7, 8, 9, 31, 1_000])
  func adamByVectorsIsAdam(count: Int) {
    var random = SeededGenerator(seed: UInt64(count))
    func floats() -> [Float] { random.tensor([count]).scalars }
    let (p, g, a, b) = (floats(), floats(), floats(), floats().map { $0 * $0 })
    let f = tabular_adam_factors(
      shrink: 0.999,
      decay: 0.01,
      weight1: 0.1,
      beta2: 0.999,
      weight2: 0.001,
      epsilon: 1e-8,
      step_size: -0.01
    )
    var (parameters, first, second) = (p, a, b)
    tabular_adam(&parameters, g, count, &first, &second, f)
    for i in 0..<count {
      let parameter = p[i] * f.shrink
      let gradient = g[i] + f.decay * parameter
      let one = a[i] + f.weight1 * (gradient - a[i])
      let two = b[i] * f.beta2 + f.weight2 * gradient * gradient
      let moved = parameter + f.step_size * one / (two.squareRoot() + f.epsilon)
      #expect(first[i] == one && second[i] == two && parameters[i] == moved, "\(i)")
    }
  }
}
