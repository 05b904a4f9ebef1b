import Foundation
import Testing

/// What a conversion refuses: one line, exit code 1 (64 for wrong usage), nothing under the final
/// name and no file that is half written.
struct ConvertErrorsTests {
  private static func table(_ rows: Int) -> String {
    "x,word,y\n" + (0..<rows).map { "\($0).5,w\($0 % 7),\($0 % 2)\n" }.joined()
  }

  private static func check(
    _ run: Command,
    _ work: Workdir,
    _ message: String,
    code: Int32 = 1,
    left: [String] = ["in.csv"],
    location: SourceLocation = #_sourceLocation
  ) {
    #expect(run.exitCode == code && run.output.isEmpty, sourceLocation: location)
    let lines = run.errors.split(separator: "\n").map(String.init)
    #expect(lines.first == "Error: \(message)", sourceLocation: location)
    if code == 1 { #expect(lines.count == 1, sourceLocation: location) }
    #expect(work.contents == left, sourceLocation: location)
  }

  struct Usage: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let message: String
    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let usages =
    [
      Usage(
        arguments: ["-o", "out.parquet"],
        message: "'out.parquet': the output must end in .safetensors, .npz, .npy, .arrow, .csv, "
          + ".svm, in / for a folder of shards, or in .json for the plan of a --dry-run"
      ),
      Usage(
        arguments: ["-o", "out.json"],
        message: "'out.json': the output must end in .safetensors, .npz, .npy, .arrow, .csv, "
          + ".svm, in / for a folder of shards, or in .json for the plan of a --dry-run"
      ),
      Usage(
        arguments: ["-o", "out.npy", "--shard-rows", "10"],
        message: "--shard-rows is for a folder of shards: --output name/"
      ),
      Usage(
        arguments: ["-o", "out/", "--shard-rows", "0"],
        message: "--shard-rows takes a number above 0, found 0"
      ),
      Usage(
        arguments: ["-o", "out.npy", "--memory", "63M"],
        message: "--memory 66060288: at least 64M are needed"
      ),
    ]
    + ["x", "12Q", "-5", "nan", "inf", "5ß", "1e300G"].map { text in
      Usage(
        arguments: ["-o", "out.npy", "--memory=\(text)"],
        message: "The value '\(text)' is invalid for '--memory <512M>'"
      )
    }

  @Test(arguments: usages)
  func wrongUsageIsSaid(usage: Usage) throws {
    let work = try Workdir()
    let input = try work.file("in.csv", Self.table(20))
    Self.check(
      try Command(["convert", input] + usage.arguments),
      work,
      usage.message,
      code: 64
    )
  }

  @Test(arguments: ["64M", "65536k", "0.5G", "68000000"])
  func memoryIsTakenInAnyUnit(size: String) throws {
    let work = try Workdir()
    let input = try work.file("in.csv", Self.table(300))
    let all = try Command("convert", input, "-o", work.path("a.npy"), "--quiet")
    let run = try Command("convert", input, "-o", work.path("b.npy"), "--quiet", "--memory", size)
    #expect(all.exitCode == 0 && run.exitCode == 0 && run.errors.isEmpty)
    let (a, b) = (URL(filePath: work.path("a.npy")), URL(filePath: work.path("b.npy")))
    #expect(try Data(contentsOf: a) == Data(contentsOf: b))
  }

  @Test func standardInputIsReadOnce() throws {
    let work = try Workdir()
    let out = work.path("out.npy")
    let run = try Command(["convert", "-", "-o", out, "--memory", "64M"], input: Self.table(20))
    Self.check(
      run,
      work,
      "the input can be read only once, and little memory is to be used: save it to a file first",
      left: []
    )
    let piped = try Command(
      shell: "printf 'a,b\\n1,2\\n3,5\\n2,2\\n' | $TABULAR convert - -o '\(out)' --memory 64M"
    )
    Self.check(
      piped,
      work,
      "the input can be read only once, and little memory is to be used: save it to a file first",
      left: []
    )
    // Without a limit it is kept.
    #expect(
      try Command(["convert", "-", "-o", out, "--quiet"], input: Self.table(20)).exitCode == 0
    )
    #expect(work.contents == ["out.npy"])
  }

  @Test func outputsThatCannotBeMade() throws {
    let work = try Workdir()
    let input = try work.file("in.csv", Self.table(20))
    for format in ["safetensors", "npz", "npy", "arrow", "csv", "svm"] {
      let missing = work.path("none/out.\(format)")
      Self.check(
        try Command("convert", input, "-o", missing, "--quiet"),
        work,
        "cannot write '\(missing)': No such file or directory"
      )
      let folder = work.path("folder.\(format)")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      Self.check(
        try Command("convert", input, "-o", folder, "--quiet"),
        work,
        "cannot write '\(folder)': it is a folder",
        left: ["folder.\(format)", "in.csv"]
      )
      try FileManager.default.removeItem(atPath: folder)
    }
    Self.check(
      try Command("convert", input, "-o", input + "/", "--quiet"),
      work,
      "cannot write '\(input)': it is no folder"
    )
  }

  /// A folder in which nothing can be made; the super-user can, and skips it.
  @Test(.enabled(if: getuid() != 0, "the super-user may write anywhere"))
  func foldersThatCannotBeWrittenTo() throws {
    let work = try Workdir()
    let input = try work.file("in.csv", Self.table(20))
    let folder = work.path("closed")
    try FileManager.default.createDirectory(
      atPath: folder,
      withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o500]
    )
    for out in ["\(folder)/out.npy", "\(folder)/shards/"] {
      let run = try Command("convert", input, "-o", out, "--quiet")
      let name = out.hasSuffix("/") ? String(out.dropLast()) : out
      Self.check(
        run,
        work,
        "cannot write '\(name)': Permission denied",
        left: ["closed", "in.csv"]
      )
    }
  }

  /// A limit on the size of files stands for a disk that is full: a write in the middle fails.
  @Test(arguments: ["safetensors", "npz", "npy", "arrow", "csv", "svm"])
  func writesThatFailInTheMiddle(format: String) throws {
    let work = try Workdir()
    let input = try work.file("in.csv", Self.table(20_000))
    let limited = "trap '' XFSZ; ulimit -f 24; exec $TABULAR convert '\(input)' --target y --quiet"
    let run = try Command(shell: "\(limited) -o '\(work.path("out.\(format)"))'")
    #expect(run.exitCode == 1 && run.output.isEmpty)
    #expect(run.errors == "Error: cannot write '\(work.path("out.\(format)"))': File too large\n")
    #expect(work.contents == ["in.csv"])
    // A device that is full, under a name with this ending.
    let link = work.path("full.\(format)")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/full")
    Self.check(
      try Command("convert", input, "-o", link, "--quiet"),
      work,
      format == "npz"
        ? "cannot write '\(link)': an npz file that is made piece by piece must be a regular file"
        : "cannot write '\(link)': No space left on device",
      left: ["full.\(format)", "in.csv"]
    )
    guard format == "safetensors" else { return }
    // What is whole of a folder stays, and no index.
    let shards = try Command(shell: "\(limited) -o '\(work.path("shards/"))'")
    #expect(shards.exitCode == 1)
    #expect(
      shards.errors
        == "Error: cannot write '\(work.path("shards/part-00000.safetensors"))': File too large\n"
    )
    let left = try FileManager.default.contentsOfDirectory(atPath: work.path("shards"))
    #expect(left == ["conversion.json"])
  }

  @Test func inputsThatEndTooSoon() throws {
    let work = try Workdir()
    let input = try work.file("in.csv", Self.table(2_000) + "7.5,\"w1\n1.5,w2,1\n")
    let size = Self.table(2_000).utf8.count
    Self.check(
      try Command("convert", input, "-o", work.path("out.npy"), "--quiet"),
      work,
      "\(input), line 2002, byte \(size + 4): expected a closing quote, found the end of the input"
    )
    Self.check(
      try Command("convert", input, "-o", work.path("out.npy"), "--quiet", "--memory", "64M"),
      work,
      "\(input), line 2002, byte \(size + 4): expected a closing quote, found the end of the input"
    )
    // A packed file that is cut.
    let whole = try work.file("in.csv", Self.table(5_000))
    let cut = try Command(
      shell: "gzip -c '\(whole)' | head -c 9000 > '\(work.path("cut.csv.gz"))'"
    )
    #expect(cut.exitCode == 0)
    for more in [[], ["--memory", "64M"]] {
      Self.check(
        try Command(
          ["convert", work.path("cut.csv.gz"), "-o", work.path("out.npy"), "--quiet"] + more
        ),
        work,
        "cannot read '\(work.path("cut.csv.gz"))': the gzip data ends in the middle; is the "
          + "file complete?",
        left: ["cut.csv.gz", "in.csv"]
      )
    }
  }

  /// What does not fit is named, and what is advised works.
  @Test func memoryThatDoesNotSuffice() throws {
    let work = try Workdir()
    let input = work.path("in.csv")
    let made = try Command(
      shell: "awk 'BEGIN { print \"n,word,y\"; for (i = 0; i < 300000; i++) "
        + "printf \"%d.25,a rather long word %d,%d\\n\", i * 7919 % 1000003, i % 299999, i % 2 }' "
        + "> '\(input)'"
    )
    #expect(made.exitCode == 0)
    let command = ["convert", input, "-o", work.path("out.svm"), "--memory", "64M", "--quiet"]
    let run = try Command(command + ["--features", "word", "--encode", "word=ordinal"])
    #expect(run.exitCode == 1 && work.contents == ["in.csv"])
    #expect(
      run.errors.hasPrefix(
        "Error: column 'word': its different categories do not fit into the memory that was given ("
      )
    )
    #expect(
      run.errors.hasSuffix(
        " MB so far, 16 MB may be): drop the column or encode it by a hash "
          + "(--encode word=hash=64), or give more\n"
      ),
      "\(run.errors)"
    )
    let hashed = try Command(command + ["--features", "word", "--encode", "word=hash=2"])
    #expect(hashed.exitCode == 0 && hashed.errors.isEmpty, "\(hashed.errors)")
    #expect(work.contents == ["in.csv", "out.svm"])
  }
}
