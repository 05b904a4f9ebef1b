// swift-tools-version: 6.3

import PackageDescription

// Data flows one way, through floors: a lower floor never imports a higher one. The build checks
// it with `--explicit-target-dependency-import-check error`.

let package = Package(
  name: "swift-tabular",
  products: [
    .library(name: "Tabular", targets: ["Tabular"]),
    .library(name: "TabularTraining", targets: ["TabularTraining", "TabularTuning"]),
    .executable(name: "tabular", targets: ["TabularCLI"]),
    .library(name: "TabularC", type: .dynamic, targets: ["TabularC"]),
  ],
  traits: [
    .trait(name: "MPI", description: "Work of several processes, which Open MPI connects.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    // System libraries: module maps alone.
    .systemLibrary(name: "CLibCSV", providers: [.apt(["libcsv-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CLZ4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "COpenMPI", providers: [.apt(["libopenmpi-dev", "openmpi-bin"])]),

    // The block scanner that needs vector instructions, and what else Swift cannot say.
    .target(name: "CTabularScan"),

    // The macros of mpi.h as functions; nothing without the trait.
    .target(name: "CTabularMPI", cSettings: [.define("TABULAR_MPI", .when(traits: ["MPI"]))]),

    // Declarations that other libraries share: Arrow's C interfaces, DLPack, and libTabularC's own.
    .target(name: "CTabularABI"),

    // Leaves.
    .target(name: "TabularFiles", dependencies: ["CZlib", "CZstd"]),
    .target(name: "TabularTensor", dependencies: ["CTabularABI", "TabularFiles"]),
    .target(
      name: "TabularCollectives",
      dependencies: [
        "CTabularMPI", .target(name: "COpenMPI", condition: .when(traits: ["MPI"])),
      ]
    ),
    .target(
      name: "TabularCSV",
      dependencies: [
        "CLibCSV", "CTabularScan", "TabularFiles", .product(name: "Logging", package: "swift-log"),
      ]
    ),

    // The data floors.
    .target(
      name: "TabularFrame",
      dependencies: [
        "CLZ4",
        "CTabularABI", "TabularCSV", "TabularFiles", "TabularTensor",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ]
    ),
    .target(
      name: "TabularPreprocessing",
      dependencies: [
        "CTabularScan", "TabularFrame", "TabularCSV", "TabularFiles", "TabularTensor",
        "TabularCollectives",
      ]
    ),
    .target(
      name: "TabularLoading",
      dependencies: [
        "CTabularScan", "TabularPreprocessing", "TabularFrame", "TabularFiles", "TabularTensor",
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "Logging", package: "swift-log"),
      ]
    ),
    .target(
      name: "Tabular",
      dependencies: [
        "TabularTensor", "TabularCSV", "TabularFrame", "TabularPreprocessing", "TabularLoading",
      ]
    ),

    // The data floors for other languages: libTabularC.so.
    .target(
      name: "TabularC",
      dependencies: [
        "CTabularABI", "TabularLoading", "TabularPreprocessing", "TabularFrame", "TabularCSV",
        "TabularFiles", "TabularTensor",
      ]
    ),

    // Training.
    .target(
      name: "TabularTraining",
      dependencies: [
        "TabularLoading", "TabularPreprocessing", "TabularFrame", "TabularFiles", "TabularTensor",
        "TabularCollectives", "COpenBLAS", "CTabularScan",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]
    ),

    // Hyper-parameter search.
    .target(
      name: "TabularTuning",
      dependencies: [
        "TabularTraining", "TabularFrame", "TabularFiles", "TabularTensor", "COpenBLAS",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      // In the code: a static binary has no bundle beside it.
      resources: [.embedInCode("Executors/RayDriver.py")]
    ),

    // The command.
    .executableTarget(
      name: "TabularCLI",
      dependencies: [
        "TabularTuning", "TabularTraining", "TabularLoading", "TabularPreprocessing",
        "TabularFrame", "TabularCSV",
        "TabularFiles", "TabularTensor", "TabularCollectives", "CTabularScan",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]
    ),

    // Tests mirror the sources. Several of them need ranks: threads, or processes of
    // mpirun; or a browser.
    .target(name: "TestPages", dependencies: ["TabularTraining"], path: "Tests/TestPages"),
    .target(name: "TestRanks", dependencies: ["TabularCollectives"], path: "Tests/TestRanks"),
    .testTarget(name: "TabularFilesTests", dependencies: ["TabularFiles", "CZlib", "CZstd"]),
    .testTarget(
      name: "TabularTensorTests",
      dependencies: ["TabularTensor", "TabularFiles", "CTabularABI"]
    ),
    .testTarget(
      name: "TabularCollectivesTests",
      dependencies: ["TabularCollectives", "TestRanks"]
    ),
    .testTarget(
      name: "TabularCSVTests",
      dependencies: ["TabularCSV", "CTabularScan", "TabularFiles"]
    ),
    .testTarget(
      name: "TabularFrameTests",
      dependencies: ["TabularFrame", "TabularCSV", "TabularFiles", "TabularTensor", "CTabularABI"]
    ),
    .testTarget(
      name: "TabularPreprocessingTests",
      dependencies: [
        "TabularPreprocessing", "TabularFrame", "TabularCSV", "TabularFiles", "TabularTensor",
        "TabularCollectives", "TestRanks",
      ]
    ),
    .testTarget(
      name: "TabularLoadingTests",
      dependencies: [
        "TabularLoading", "TabularPreprocessing", "TabularFrame", "TabularTensor",
        "CTabularScan",
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "MetricsTestKit", package: "swift-metrics"),
      ]
    ),
    .testTarget(
      name: "TabularCTests",
      dependencies: [
        "TabularC", "TabularCLI", "CTabularABI", "TabularPreprocessing", "TabularFrame",
        "TabularTensor",
      ],
      exclude: ["Python"]
    ),
    .testTarget(
      name: "TabularCLITests",
      dependencies: [
        "TabularCLI", "TabularFrame", "TabularPreprocessing", "TabularTensor", "TabularCollectives",
        "TestRanks",
      ]
    ),
    .testTarget(
      name: "ReadmeTests",
      dependencies: ["Tabular", "TabularTraining", "TabularTuning", "PoolProgram"]
    ),
    .testTarget(
      name: "TabularTrainingTests",
      dependencies: [
        "TabularTraining", "TabularLoading", "TabularPreprocessing", "TabularFrame",
        "TabularTensor", "TabularCollectives", "TestRanks", "TestPages", "PoolProgram",
        "CTabularScan",
      ]
    ),
    .testTarget(
      name: "TabularTuningTests",
      dependencies: [
        "TabularTuning", "TabularTraining", "TabularFrame", "TabularFiles", "TestPages",
      ]
    ),

    // What the processes of a pool run in the tests.
    .executableTarget(
      name: "PoolProgram",
      dependencies: ["Tabular", "TabularTraining"],
      path: "Tests/PoolProgram"
    ),
  ]
)

for target in package.targets where target.type != .system {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]
  // For those who work on the package, and for CI: a newer compiler's warnings stop nobody else.
  if Context.environment["TABULAR_STRICT"] != nil {
    target.swiftSettings?.append(.treatAllWarnings(as: .error))
  }
}
