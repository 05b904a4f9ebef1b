internal import Foundation
internal import TabularTraining

/// A browser without a window.
package enum Chromium {
  package static let path: String? = ["chromium", "chromium-browser", "google-chrome"].lazy
    .flatMap { name in
      (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/\(name)" }
    }
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  package struct Look: Decodable, Sendable {
    package let width: Int
    package let contentWidth: Int
    package let background: String
    /// The pixels of the smallest text.
    package let smallestText: Double
    /// The least contrast between text and what is behind it (WCAG 2's ratio).
    package let contrast: Double
    package let charts: Int
    /// Lines that are drawn with some length.
    package let lines: Int
  }

  /// The browser showed no page that could be measured.
  struct NothingSeen: Error { let page: String }

  /// Measures a page, without its policy, by a script that is put into it.
  package static func look(at html: String, width: Int, isDark: Bool) throws -> Look {
    let open = html.replacing(/<meta http-equiv[^>]*>/, with: "")
      .replacing("</body>", with: "<script>\(measuring)</script></body>")
    // A window is never as narrow as a telephone, a frame is.
    let frame = """
      <!DOCTYPE html><meta name="color-scheme" content="light dark"><body style="margin: 0">
      <iframe style="border: 0; width: \(width)px; height: 800px" srcdoc="\(Markup.escaped(open))">
      </iframe></body>
      """
    let dom = try dom(of: frame, width: width, isDark: isDark)
    guard let json = dom.firstMatch(of: /<pre id="look">([^<]*)<\/pre>/)?.1 else {
      throw NothingSeen(page: dom)
    }
    return try JSONDecoder().decode(Look.self, from: Data(json.utf8))
  }

  package static func dom(of html: String, width: Int, isDark: Bool) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "page-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let page = folder.appending(path: "page.html")
    try html.write(to: page, atomically: false, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(filePath: path ?? "")
    process.arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--window-size=\(width),900",
      "--blink-settings=preferredColorScheme=\(isDark ? 0 : 1)",
      "--user-data-dir=\(folder.path)/profile", page.absoluteString,
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text
  }

  private static let measuring = """
    const light = (color) => {
      const parts = color.match(/[0-9.]+/g).map(Number)
      const linear = parts.slice(0, 3).map((x) => (color.startsWith("color(") ? x : x / 255))
        .map((x) => (x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4))
      return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }
    const behind = (element) => {
      for (; element; element = element.parentElement) {
        const color = getComputedStyle(element).backgroundColor
        if (color != "rgba(0, 0, 0, 0)") return color
      }
    }
    let smallest = 100, contrast = 100
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      if (!walker.currentNode.data.trim()) continue
      const element = walker.currentNode.parentElement
      if (element.closest("svg")) continue
      const style = getComputedStyle(element)
      const [a, b] = [light(style.color), light(behind(element))]
      smallest = Math.min(smallest, parseFloat(style.fontSize))
      contrast = Math.min(contrast, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05))
    }
    const look = {
      width: innerWidth, contentWidth: document.documentElement.scrollWidth,
      background: getComputedStyle(document.body).backgroundColor,
      smallestText: smallest, contrast: contrast,
      charts: document.querySelectorAll(".plot svg").length,
      lines: [...document.querySelectorAll("path.line")]
        .filter((path) => path.getBoundingClientRect().width > 1).length,
    }
    const pre = document.createElement("pre")
    pre.id = "look"
    pre.textContent = JSON.stringify(look)
    parent.document.body.append(pre)
    """
}
