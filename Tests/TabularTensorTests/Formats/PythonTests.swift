import Foundation
import TabularFiles
import Testing

@testable import TabularTensor

/// Readers and writers that others wrote: NumPy, Python's zipfile, and the safetensors package.
struct PythonTests {
  /// What a file holds under a name.
  private struct Content: Codable {
    var file: String
    var name: String
    /// NumPy's type string, such as `<f4`.
    var type: String
    var shape: [Int]
    var hex: String

    init(file: String, name: String, tensor: AnyTensor) {
      self.file = file
      self.name = name
      type = tensor.dtype.numpyDescription
      shape = tensor.shape.dimensions
      hex = Self.hex(tensor)
    }

    static func hex(_ tensor: AnyTensor) -> String {
      let digits = Array("0123456789abcdef".utf8)
      var hex: [UInt8] = []
      hex.reserveCapacity(tensor.byteCount * 2)
      for byte in tensor.bytes {
        hex.append(digits[Int(byte >> 4)])
        hex.append(digits[Int(byte & 15)])
      }
      return String(decoding: hex, as: UTF8.self)
    }
  }

  @Test(.enabled(if: pythonHasPackages, "python3 lacks numpy or safetensors"))
  func pythonReadsWhatIsWritten() throws {
    let seed = TestRandom.seed()
    var random = TestRandom(seed: seed)
    let folder = try TemporaryFolder()
    let tensors = tensorsOfEveryType(&random)
    var expected: [Content] = []
    for (file, tensors) in [("x", tensors), ("empty", [:])] {
      try Safetensors(tensors: tensors, metadata: ["k": "ä\n\"\u{1}"])
        .write(to: folder.path("\(file).safetensors"))
      try NPZ.write(tensors, to: folder.path("\(file)-stored.npz"))
      try NPZ.write(tensors, to: folder.path("\(file)-deflated.npz"), compressed: true)
    }
    for (number, (name, tensor)) in tensors.enumerated() {
      try NPY.write(tensor, to: folder.path("\(number).npy"))
      expected.append(Content(file: "\(number).npy", name: "", tensor: tensor))
      for file in ["x.safetensors", "x-stored.npz", "x-deflated.npz"] {
        expected.append(Content(file: file, name: name, tensor: tensor))
      }
    }
    try writeFile(Array(JSONEncoder().encode(expected)), to: folder.path("expected.json"))
    let script = """
      import json, numpy, os, safetensors, safetensors.numpy, sys, zipfile
      os.chdir(sys.argv[1])
      def read(file):
          if file.endswith(".npy"):
              return {"": numpy.load(file, mmap_mode="r" if os.path.getsize(file) > 128 else None)}
          if file.endswith(".npz"):
              assert zipfile.ZipFile(file).testzip() is None
              with numpy.load(file) as f: return dict(f)
          with safetensors.safe_open(file, "np") as f:
              assert f.metadata() == {"k": "ä\\n\\"\\x01"}
          return safetensors.numpy.load_file(file)
      expected = json.load(open("expected.json"))
      files = {file: read(file) for file in os.listdir(".") if not file.endswith(".json")}
      equal = 0
      for e in expected:
          x = files[e["file"]].pop(e["name"])
          # Of a scalar NumPy's mapping makes a vector of one.
          shape = list(x.shape) if e["shape"] or e["file"][-3:] != "npy" else []
          found = (x.dtype.str, shape, x.tobytes().hex())
          if found == (e["type"], e["shape"], e["hex"]): equal += 1
          else: print("not equal:", e, found)
      print(equal, "equal,", sum(len(f) for f in files.values()), "more")
      """
    let output = try python(script, folder.path(""))
    #expect(output == "\(expected.count) equal, 0 more\n", "seed \(seed)")
  }

  @Test(.enabled(if: pythonHasPackages, "python3 lacks numpy or safetensors"))
  func readsWhatPythonWrites() throws {
    let folder = try TemporaryFolder()
    let script = """
      import io, json, numpy, os, safetensors.numpy, sys, zipfile
      os.chdir(sys.argv[1])
      random = numpy.random.default_rng(7)
      types = ["|b1", "|u1", "|i1"] + [f"<{k}" for k in "i2 u2 f2 i4 u4 f4 i8 u8 f8".split()]
      shapes = [(), (1,), (5,), (3, 4), (0,), (7, 0, 2), (2, 3, 5), (33, 35)]
      def make(kind, shape):
          count = int(numpy.prod(shape))
          if kind == "|b1": return random.integers(0, 2, count).astype(bool).reshape(shape)
          return numpy.frombuffer(random.bytes(count * int(kind[2])), kind).reshape(shape)
      arrays = {f"{k[1:]} ä {i}": make(k, s) for k in types for i, s in enumerate(shapes)}
      expected = []
      def note(file, name, x):
          x = numpy.ascontiguousarray(x).reshape(x.shape)
          expected.append(dict(file=file, name=name, type=x.dtype.str, shape=x.shape, hex=x.tobytes().hex()))
      for n, x in enumerate(arrays.values()):
          for version in [(1, 0), (2, 0), (3, 0)]:
              with open(f"{n}-{version[0]}.npy", "wb") as f: numpy.lib.format.write_array(f, x, version)
              note(f"{n}-{version[0]}.npy", "", x)
          numpy.save(f"{n}-fortran.npy", x.copy("F")); note(f"{n}-fortran.npy", "", x)
          numpy.save(f"{n}-big.npy", x.astype(x.dtype.newbyteorder(">"))); note(f"{n}-big.npy", "", x)
      numpy.savez("stored.npz", **arrays)
      numpy.savez_compressed("deflated.npz", **arrays)
      class Pipe(io.RawIOBase):
          def __init__(self, file): self.file = file
          def writable(self): return True
          def write(self, bytes): return self.file.write(bytes)
      with open("streamed.npz", "wb") as f: numpy.savez_compressed(Pipe(f), **arrays)
      numpy.savez("commented.npz", **arrays)
      with zipfile.ZipFile("commented.npz", "a") as z: z.comment = b"PK\\x05\\x06 and more"
      for file in ["stored", "deflated", "streamed", "commented"]:
          for name, x in arrays.items(): note(f"{file}.npz", name, x)
      safetensors.numpy.save_file({k: v.copy() for k, v in arrays.items()}, "x.safetensors", {"k": "ä"})
      for name, x in arrays.items(): note("x.safetensors", name, x)
      json.dump(expected, open("expected.json", "w"))
      print("written")
      """
    #expect(try python(script, folder.path("")) == "written\n")
    let expected = try JSONDecoder().decode(
      [Content].self,
      from: Data(content(folder.path("expected.json")))
    )
    #expect(expected.count == 12 * 8 * 10)
    for mapped in [true, false] {
      var files: [String: [String: AnyTensor]] = [:]
      for file in Set(expected.map(\.file)) {
        let path = folder.path(file)
        switch file.split(separator: ".").last {
        case "npy": files[file] = ["": try NPY.read(path, mapped: mapped)]
        case "npz": files[file] = try NPZ.read(path, mapped: mapped)
        default:
          let read = try Safetensors(contentsOf: path, mapped: mapped)
          #expect(read.metadata == ["k": "ä"])
          files[file] = read.tensors
        }
      }
      for content in expected {
        let found = files[content.file]?.removeValue(forKey: content.name)
        let place = "\(content.file), \(content.name)" as Comment
        let tensor = try #require(found, place)
        #expect(tensor.dtype.numpyDescription == content.type, place)
        #expect(tensor.shape.dimensions == content.shape, place)
        #expect(Content.hex(tensor) == content.hex, place)
      }
      #expect(files.values.allSatisfy { $0.isEmpty })
    }
  }

  /// What Python can write and we do not read is refused in one line.
  @Test(
    .enabled(if: pythonHasPackages, "python3 lacks numpy or safetensors"),
    arguments: [
      ("numpy.savez('x.npz', x=numpy.array(['a']))", "the element type '<U1' is not supported"),
      ("numpy.savez('x.npz', x=numpy.array([{}]))", "the element type '|O' is not supported"),
      ("numpy.savez('x.npz', x=numpy.zeros(2, 'c8'))", "the element type '<c8' is not supported"),
      ("numpy.savez('x.npz', x=numpy.zeros(2, [('a', 'i4')]))", "a structured element type"),
      (
        "z = zipfile.ZipFile('x.npz', 'w', zipfile.ZIP_LZMA); z.writestr('x.npy', b'x' * 99); z.close()",
        "is packed by method 14"
      ),
      (
        "z = zipfile.ZipFile('x.npz', 'w'); z.writestr('x.txt', b'x'); z.close()",
        "'x.txt' in it is no npy file"
      ),
      ("open('x.npz', 'wb').write(b'')", "it is no zip archive"),
    ]
  )
  func refusesWhatItDoesNotRead(script: String, message: String) throws {
    let folder = try TemporaryFolder()
    let start = "import numpy, os, sys, zipfile; os.chdir(sys.argv[1]); "
    _ = try python(start + script, folder.path(""))
    let error = #expect(throws: TensorError.self) { try NPZ.read(folder.path("x.npz")) }
    #expect(error?.kind == .format)
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }
}

/// What a Python program prints, or nil when it fails.
private func python(_ script: String, _ arguments: String...) throws -> String? {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = ["python3", "-W", "ignore", "-c", script] + arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  try process.run()
  let output = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return process.terminationStatus == 0 ? String(decoding: output, as: UTF8.self) : nil
}

private let pythonHasPackages =
  (try? python(
    "import importlib.util as u, sys; sys.exit(0 if u.find_spec('numpy') and u.find_spec('safetensors') else 1)"
  )).flatMap(\.self) != nil
