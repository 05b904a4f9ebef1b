/// HTML whose elements are closed and whose text is escaped, because it is only built from those.
package struct Markup: Sendable {
  package private(set) var text = ""

  package init() {}

  /// Text as a reader shall see it.
  package init(text plain: some StringProtocol) { text = Self.escaped(plain) }

  /// An element: attributes in their order, then what is in it.
  package init(
    _ name: String,
    _ attributes: KeyValuePairs<String, String> = [:],
    @MarkupBuilder _ content: () -> Markup = { Markup() }
  ) {
    let content = content().text
    text = "<\(name)" + attributes.map { " \($0)=\"\(Self.escaped($1))\"" }.joined()
    text +=
      content.isEmpty && Self.void.contains(name) ? " />" : ">\(content)</\(name)>"
  }

  /// Elements that never have content; other empty ones need their end, or a browser goes on.
  private static let void: Set = ["meta", "line", "path", "rect"]

  /// Text that is markup already, such as a style sheet.
  package static func raw(_ text: String) -> Markup {
    var markup = Markup()
    markup.text = text
    return markup
  }

  /// What has a meaning in HTML, and characters that no page may have, replaced.
  package static func escaped(_ plain: some StringProtocol) -> String {
    var result = ""
    result.reserveCapacity(plain.utf8.count)
    for scalar in plain.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n": result.unicodeScalars.append(scalar)
      case "\0"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}",
        // What turns the direction of the text that follows.
        "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

/// Elements one after the other.
@resultBuilder
package enum MarkupBuilder {
  package static func buildExpression(_ markup: Markup) -> Markup { markup }
  package static func buildExpression(_ text: String) -> Markup { Markup(text: text) }
  package static func buildBlock(_ parts: Markup...) -> Markup { buildArray(parts) }
  package static func buildArray(_ parts: [Markup]) -> Markup { .raw(parts.map(\.text).joined()) }
  package static func buildOptional(_ part: Markup?) -> Markup { part ?? Markup() }
  package static func buildEither(first part: Markup) -> Markup { part }
  package static func buildEither(second part: Markup) -> Markup { part }
}
