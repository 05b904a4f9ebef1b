import Foundation
import Testing

struct DevicesTests {
  private static let figures = [
    "usable_processors", "free_memory_bytes", "processors", "memory", "process", "container",
    "nvidia",
  ]

  private func json(_ library: String, _ arguments: String = "") throws -> [String: Any] {
    let run = try Command(
      shell: "TABULAR_NVML='\(library)' $TABULAR devices --interval 0.01 --json \(arguments)"
    )
    #expect(run.exitCode == 0 && run.errors.isEmpty)
    #expect(run.lines.count == 1)
    return try #require(try run.json.first)
  }

  @Test func jsonIsOneLine() throws {
    let result = try json("/nowhere.so")
    #expect(Set(result.keys) == Set(Self.figures))
    #expect(try #require(result["usable_processors"] as? Int) >= 1)
    let processors = try #require(result["processors"] as? [String: Any])
    #expect(processors["interval_s"] as? Double == 0.01)
    #expect((processors["load_1_5_15_min"] as? [Double])?.count == 3)
    let memory = try #require(result["memory"] as? [String: Any])
    let (total, available) = (memory["total_bytes"] as? Int, memory["available_bytes"] as? Int)
    #expect(try #require(total) >= #require(available))
    let process = try #require(result["process"] as? [String: Any])
    #expect(try #require(process["resident_bytes"] as? Int) > 1 << 20)
    let nvidia = try #require(result["nvidia"] as? [String: Any])
    #expect(nvidia["devices"] is NSNull)
    let reasons = try #require(nvidia["absent"] as? [String: String])
    #expect(reasons["devices"]?.hasPrefix("/nowhere.so: cannot open shared object file") == true)
  }

  @Test func textHasAPartEach() throws {
    let run = try Command(shell: "TABULAR_NVML=/nowhere.so $TABULAR devices --interval 0")
    #expect(run.exitCode == 0 && run.errors.isEmpty)
    let headings = run.lines.filter { !$0.hasPrefix(" ") }.map { $0.prefix { $0 != " " } }
    #expect(
      headings == ["devices", "processors", "memory", "process", "container", "NVIDIA"]
    )
    #expect(run.lines.last?.hasPrefix("NVIDIA      none: /nowhere.so: cannot open") == true)
  }

  private static let compiler = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// One device with a name to escape, two processes and no temperature.
  @Test(.enabled(if: compiler != nil, "no C compiler to build a library with"))
  func showsADevice() throws {
    let folder = try Workdir()
    let source = try folder.file(
      "fake.c",
      #"""
      #include <string.h>
      typedef struct { unsigned pid; unsigned long long memory; unsigned a, b; } row;
      int nvmlInit_v2(void) { return 0; }
      int nvmlShutdown(void) { return 0; }
      int nvmlDeviceGetCount_v2(unsigned *count) { *count = 1; return 0; }
      int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **d) { *d = 0; return 0; }
      int nvmlDeviceGetName(void *d, char *text, unsigned room) {
        strcpy(text, "Fake \"A\"\t1");
        return 0;
      }
      int nvmlDeviceGetMemoryInfo(void *d, unsigned long long *three) {
        three[0] = 4ull << 30, three[1] = 3ull << 30, three[2] = 1ull << 30;
        return 0;
      }
      int nvmlDeviceGetPowerUsage(void *d, unsigned *power) { *power = 61500; return 0; }
      int nvmlDeviceGetComputeRunningProcesses_v3(void *d, unsigned *count, row *rows) {
        *count = 2;
        rows[0] = (row){71, 512 << 20, -1, -1};
        rows[1] = (row){72, -1, -1, -1};
        return 0;
      }
      """#
    )
    let library = folder.path("libfake.so")
    let compiled = try Command(
      shell: "\(try #require(Self.compiler)) -shared -fPIC -w -o '\(library)' '\(source)'"
    )
    try #require(compiled.exitCode == 0, "\(compiled.errors)")

    let nvidia = try #require(try json(library)["nvidia"] as? [String: Any])
    let device = try #require((nvidia["devices"] as? [[String: Any]])?.first)
    #expect(device["name"] as? String == "Fake \"A\"\t1")
    #expect(device["memory_used_bytes"] as? Int == 1 << 30)
    #expect(device["power_w"] as? Double == 61.5)
    #expect(device["temperature_c"] is NSNull && device["use_fraction"] is NSNull)
    let reasons = try #require(device["absent"] as? [String: String])
    #expect(reasons["temperature_c"] == "\(library) has no nvmlDeviceGetTemperature")
    let processes = try #require(device["processes"] as? [[String: Any]])
    #expect(processes.map { $0["pid"] as? Int } == [71, 72])
    #expect(processes[0]["memory_bytes"] as? Int == 512 << 20)
    #expect(processes[1]["memory_bytes"] is NSNull)

    let run = try Command(shell: "TABULAR_NVML='\(library)' $TABULAR devices --interval 0")
    let lines = run.lines.drop { !$0.hasPrefix("NVIDIA") }.map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    #expect(lines.first?.hasPrefix("NVIDIA      1 device, driver (") == true)
    #expect(lines.contains("memory 1.0 GiB of 4.0 GiB in use"))
    #expect(lines.contains("power 61.5 W"))
    #expect(lines.contains("temperature (\(library) has no nvmlDeviceGetTemperature)"))
    #expect(lines.last == "process 71: 512 MiB, process 72: (not available)")
  }

  @Test(arguments: ["-1", "61", "nan", "soon"])
  func refusesIntervals(_ interval: String) throws {
    let run = try Command("devices", "--interval=\(interval)")
    #expect(run.exitCode == 64 && run.output.isEmpty)
    #expect(run.errors.contains("interval"))
  }
}
