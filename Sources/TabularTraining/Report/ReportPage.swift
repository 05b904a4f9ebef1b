internal import Foundation

/// What all reports are made of: a page that stands alone, its cards and its figures.
package enum ReportPage {
  /// One HTML page: nothing is loaded, and no script runs.
  ///
  /// - Parameters:
  ///   - title: the heading.
  ///   - subtitle: a line below it.
  ///   - style: what is added to the style sheet of all reports.
  ///   - content: what follows the heading.
  /// - Returns: the page's text.
  package static func html(
    title: String,
    subtitle: String? = nil,
    style: String = "",
    @MarkupBuilder _ content: () -> Markup
  ) -> String {
    let page = Markup("html", ["lang": "en"]) {
      Markup("head") {
        Markup("meta", ["charset": "utf-8"])
        Markup("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
        // Whatever text is in it: a browser loads nothing and runs nothing.
        Markup(
          "meta",
          [
            "http-equiv": "Content-Security-Policy",
            "content": "default-src 'none'; style-src 'unsafe-inline'",
          ]
        )
        Markup("meta", ["name": "color-scheme", "content": "light dark"])
        Markup("title") { title }
        Markup("style") { Markup.raw(Self.style + style) }
      }
      Markup("body") {
        Markup("main") {
          Markup("header") {
            Markup("h1") { title }
            if let subtitle { Markup("p") { subtitle } }
          }
          content()
        }
      }
    }
    return "<!DOCTYPE html>\n" + page.text + "\n"
  }

  /// Something with a heading.
  package static func card(
    _ title: String,
    note: String = "",
    @MarkupBuilder _ content: () -> Markup
  ) -> Markup {
    Markup("section", ["class": "card"]) {
      Markup("h3") { title }
      if !note.isEmpty { Markup("p") { note } }
      content()
    }
  }

  /// A figure to be read first.
  package static func tile(_ name: String, _ value: String, detail: String = "") -> Markup {
    Markup("div", ["class": "tile"]) {
      Markup("span") { name }
      Markup("strong") { value }
      Markup("small") { detail }
    }
  }

  /// A part as a length of a style sheet.
  package static func percent(_ part: Double) -> String { String(format: "%.2f%%", part * 100) }
}
