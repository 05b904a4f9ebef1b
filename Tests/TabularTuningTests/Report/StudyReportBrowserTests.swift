import TestPages
import Testing

@testable import TabularTuning

/// The page as a browser lays it out; skipped where there is no Chromium.
@Suite(.enabled(if: Chromium.path != nil, "needs chromium: apt-get install -y chromium"))
struct StudyReportBrowserTests {
  struct View: Sendable {
    let name: String
    let width: Int
    let isDark: Bool
  }

  static let views: [View] = StudySamples.all.keys.sorted().flatMap { name in
    [(1_300, false), (1_300, true), (390, false), (390, true)]
      .map { View(name: name, width: $0.0, isDark: $0.1) }
  }

  @Test(arguments: views)
  func fitsItsWindow(_ view: View) throws {
    let html = try #require(StudySamples.all[view.name]).html
    let found = try Chromium.look(at: html, width: view.width, isDark: view.isDark)
    // Nothing to be scrolled sideways but what scrolls in itself.
    #expect(found.contentWidth <= found.width, "\(view)")
    #expect(found.width == view.width)
    #expect(found.background == (view.isDark ? "rgb(16, 18, 22)" : "rgb(245, 244, 240)"))
    #expect(found.smallestText >= 11)
    #expect(found.contrast >= 4.5, "\(view)")
    // Values, parameters, and what was reported; the line of the best.
    let (charts, lines) =
      [
        "usual": (3, 1), "difficult": (3, 1), "single": (3, 1), "empty": (0, 0), "hopeless": (1, 0),
      ][
        view.name
      ] ?? (-1, -1)
    #expect(found.charts == charts)
    #expect(found.lines == lines)
  }

  /// The page as it is: its own policy refuses what somebody puts into it.
  @Test func runsNoScript() throws {
    let html = StudySamples.usual.html
    let spoiled = html.replacing("</body>", with: "<script>document.title = 'ran'</script></body>")
    #expect(
      try !Chromium.dom(of: spoiled, width: 800, isDark: false).contains("<title>ran</title>")
    )
    let open = spoiled.replacing(/<meta http-equiv[^>]*>/, with: "")
    #expect(try Chromium.dom(of: open, width: 800, isDark: false).contains("<title>ran</title>"))
  }
}
