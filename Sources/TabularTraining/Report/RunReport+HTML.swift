// The page.
extension RunReport {
  /// One HTML page that stands alone: nothing is loaded, and no script runs.
  ///
  /// All text is escaped, whatever it holds. Values that are NaN or infinite are gaps in their
  /// lines, and marked.
  public var html: String {
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
        Markup("style") { Markup.raw(Self.style) }
      }
      Markup("body") {
        Markup("main") { content }
      }
    }
    return "<!DOCTYPE html>\n" + page.text + "\n"
  }

  @MarkupBuilder private var content: Markup {
    Markup("header") {
      Markup("h1") { title }
      if let subtitle { Markup("p") { subtitle } }
    }
    if epochs.isEmpty {
      Markup("p", ["class": "card"]) { "No epoch was trained." }
    } else {
      Markup("section", ["class": "tiles"]) { tiles }
      lossChart
      Markup("section", ["class": "grid"]) { metricCharts }
    }
    Markup("section", ["class": "grid"]) {
      if let comparison { scores(comparison) }
      if let confusion { confusionTable(confusion) }
    }
    if !epochs.isEmpty {
      Markup("section", ["class": "grid"]) { workCharts }
    }
    Markup("section", ["class": "grid"]) {
      if !settings.isEmpty {
        card("Settings", note: "") {
          Markup("dl") {
            for setting in settings {
              Markup("dt") { setting.name }
              Markup("dd") { setting.value }
            }
          }
        }
      }
      if !recipe.isEmpty {
        card("Recipe", note: "what became of the columns") {
          Markup("ol", ["class": "scroll lines", "tabindex": "0"]) {
            for line in recipe { Markup("li") { line } }
          }
        }
      }
      if !featureNames.isEmpty {
        card("Features", note: "\(featureNames.count), in the model's order") {
          Markup("ul", ["class": "scroll chips", "tabindex": "0"]) {
            for name in featureNames { Markup("li") { name } }
          }
        }
      }
    }
    if !epochs.isEmpty { epochTable }
    if let weightsSHA256 {
      Markup("footer") {
        "weights_sha256 "
        Markup("code") { weightsSHA256 }
      }
    }
  }

  private func card(
    _ title: String,
    note: String,
    @MarkupBuilder _ content: () -> Markup
  ) -> Markup {
    Markup("section", ["class": "card"]) {
      Markup("h3") { title }
      if !note.isEmpty { Markup("p") { note } }
      content()
    }
  }
}
