import Foundation
import TabularTraining
import Testing

/// A library with NVML's names, compiled from C while the tests run, in a folder that goes away.
///
/// Signatures and layouts are written down anew from NVIDIA's `nvml.h` (13.5.37, package
/// nvidia-nvml-dev), so that the reader is held to the header and not to itself.
final class FakeNVML {
  static let compiler = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  let path: String
  private let folder: URL

  /// Compiles the source with these macros defined.
  init(_ macros: String...) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "nvml-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let source = folder.appending(path: "fake.c")
    try Self.source.write(to: source, atomically: false, encoding: .utf8)
    path = folder.appending(path: "libfake.so").path
    let process = Process()
    process.executableURL = URL(filePath: try #require(Self.compiler))
    process.arguments =
      ["-shared", "-fPIC", "-w", "-o", path, source.path] + macros.map { "-D\($0)" }
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// What is read of the library, whose file stays until then.
  var devices: Figure<NVIDIADevices> {
    withExtendedLifetime(self) { NVIDIADevices.read(library: path) }
  }

  /// Whether `nvmlShutdown` was called, which writes a file beside the library.
  var isShutDown: Bool { FileManager.default.fileExists(atPath: path + ".closed") }

  /// Two devices, the second with a temperature that fails and a process whose memory is not known.
  ///
  /// `MANY`: more processes than fit at first. `OLD`: only the names of old drivers. `SECOND`: the
  /// newest name of processes is there, but not done. `WIDE`: rows as early drivers 535 write them.
  /// `SENSOR`: temperature by the newer name alone. `FEW`: names of devices, nothing else.
  private static let source = #"""
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <stdio.h>
    #include <string.h>
    typedef unsigned int u32;
    typedef unsigned long long u64;
    typedef struct device { int number; } device;
    static device devices[2] = {{0}, {1}};
    static int begun;

    #ifdef OLD
    #define V2(name) name
    #else
    #define V2(name) name##_v2
    #endif

    #ifndef NOINIT
    int V2(nvmlInit)(void) {
    #ifdef REFUSES
      return 9;
    #else
      begun = 1;
      return 0;
    #endif
    }
    #endif

    int nvmlShutdown(void) {
      Dl_info info;
      char name[4096];
      if (!begun || !dladdr((void *)devices, &info)) return 1;
      snprintf(name, sizeof name, "%s.closed", info.dli_fname);
      FILE *file = fopen(name, "w");
      if (file) fclose(file);
      return 0;
    }

    #ifndef FEW
    const char *nvmlErrorString(int code) {
      return code == 3 ? "Not Supported" : code == 9 ? "Driver Not\nLoaded" : "GPU is lost";
    }
    int nvmlSystemGetDriverVersion(char *text, u32 room) {
      // Fills all the room there is, without an end.
    #ifdef MANY
      memset(text, '5', room);
    #else
      snprintf(text, room, "580.95.05");
    #endif
      return begun && room >= 80 ? 0 : 1;
    }
    #endif

    int V2(nvmlDeviceGetCount)(u32 *count) {
    #ifdef CROWDED
      *count = 4000000000u;
    #else
      *count = 2;
    #endif
      return begun ? 0 : 1;
    }

    int V2(nvmlDeviceGetHandleByIndex)(u32 index, device **result) {
    #ifdef LOST
      if (index == 1) return 15;
    #endif
      if (index > 1) return 2;
      *result = devices + index;
      return 0;
    }

    int nvmlDeviceGetName(device *d, char *text, u32 room) {
      snprintf(text, room, "Fake \"%d\"", 100 + d->number);
      return 0;
    }

    #ifndef FEW
    int nvmlDeviceGetUtilizationRates(device *d, struct { u32 gpu, memory; } *rates) {
      rates->gpu = 73 + d->number;
      rates->memory = 12;
      return 0;
    }
    int nvmlDeviceGetMemoryInfo(device *d, struct { u64 total, free, used; } *memory) {
      memory->total = 85899345920ull;
      memory->free = 75899345920ull;
      memory->used = 10000000000ull + d->number;
      return 0;
    }
    #ifdef SENSOR
    int nvmlDeviceGetTemperatureV(device *d, struct { u32 version, sensor; int degrees; } *t) {
      if (t->version != (12u | 1u << 24) || t->sensor != 0) return 25;
      t->degrees = -4 - d->number;
      return 0;
    }
    int nvmlDeviceGetTemperature(device *d, int sensor, u32 *degrees) { return 26; }
    #else
    int nvmlDeviceGetTemperature(device *d, int sensor, u32 *degrees) {
      *degrees = 999;
      if (d->number == 1 || sensor != 0) return 3;
      *degrees = 41;
      return 0;
    }
    #endif
    int nvmlDeviceGetPowerUsage(device *d, u32 *milliwatts) {
      *milliwatts = 123450 + d->number;
      return 0;
    }

    typedef struct {
      u32 pid;
      u64 memory;
    #ifndef OLD
      u32 instance, part;
    #endif
    #ifdef WIDE
      u64 protected;
    #endif
    } row;

    #ifdef OLD
    int nvmlDeviceGetComputeRunningProcesses
    #elif defined SECOND
    int nvmlDeviceGetComputeRunningProcesses_v3(void) { return 13; }
    int nvmlDeviceGetComputeRunningProcesses_v2
    #else
    int nvmlDeviceGetComputeRunningProcesses_v3
    #endif
    (device *d, u32 *count, row *rows) {
      u32 there = d->number == 1 ? 1 : 3;
    #ifdef MANY
      there = 1000;
    #endif
      if (*count < there) {
        *count = there;
        return 7;
      }
      *count = there;
      memset(rows, 0, there * sizeof *rows);
      for (u32 i = 0; i < there; i++) {
        rows[i].pid = 4000 + i;
        rows[i].memory = d->number == 1 ? ~0ull : 1000000000ull * (i + 1);
    #ifndef OLD
        rows[i].instance = rows[i].part = ~0u;
    #endif
      }
      return 0;
    }
    #endif
    """#
}
