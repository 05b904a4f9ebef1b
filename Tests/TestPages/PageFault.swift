/// What is not well formed in a page, by a parser of what `Markup` writes; nil when all is.
package func fault(of html: String) -> String? {
  var open: [Substring] = []
  var rest = html[...]
  if rest.hasPrefix("<!DOCTYPE html>") { rest = rest.dropFirst(15) }
  while let start = rest.firstIndex(of: "<") {
    if let fault = entities(rest[..<start], in: open.last) { return fault }
    rest = rest[start...]
    let tag = /<(\/?)([a-z][a-z0-9]*)((?:\s[a-zA-Z-]+="[^"<]*")*)( \/)?>/
    guard let match = rest.prefixMatch(of: tag) else { return "no tag: \(rest.prefix(40))" }
    if let fault = entities(match.3, in: nil) { return fault }
    if !match.1.isEmpty {
      guard open.popLast() == match.2 else { return "</\(match.2)> closes \(open.last ?? "none")" }
    } else if match.4 == nil {
      open.append(match.2)
    }
    rest = rest[match.range.upperBound...]
  }
  return open.isEmpty ? nil : "open at the end: \(open)"
}

/// An ampersand that begins no entity, and a bracket in text; style sheets are left alone.
private func entities(_ text: some StringProtocol, in element: Substring?) -> String? {
  if element == "style" { return nil }
  if text.contains(">") { return "a bracket in text: \(text.prefix(40))" }
  let entity = /&(?:amp|lt|gt|quot|#39);/
  let left = String(text).replacing(entity, with: "")
  return left.contains("&") ? "an ampersand: \(text.prefix(40))" : nil
}
