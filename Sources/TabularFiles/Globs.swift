#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The paths that patterns with `*`, `?` and `[...]` match, in order of their bytes.
///
/// A path that exists is itself, whatever it contains; `-` is standard input.
///
/// - Throws: `FileError` for a pattern that matches nothing.
package func expandGlobs(_ patterns: [String]) throws(FileError) -> [String] {
  var paths: [String] = []
  for pattern in patterns {
    guard pattern != "-", pattern.contains(where: { "*?[".contains($0) }),
      access(pattern, F_OK) != 0
    else {
      paths.append(pattern)
      continue
    }
    var result = glob_t()
    defer { globfree(&result) }
    guard glob(pattern, 0, nil, &result) == 0 else {
      throw FileError(path: pattern, operation: .open, reason: "no file matches the pattern")
    }
    var matches: [String] = []
    for index in 0..<Int(result.gl_pathc) {
      if let path = result.gl_pathv[index] { matches.append(String(cString: path)) }
    }
    paths += matches.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
  return paths
}
