// The page.
extension RunReport {
  /// One HTML page that stands alone: nothing is loaded, and no script runs.
  ///
  /// All text is escaped, whatever it holds. Values that are NaN or infinite are gaps in their
  /// lines, and marked.
  public var html: String {
    ReportPage.html(title: title, subtitle: subtitle) { content }
  }

  @MarkupBuilder private var content: Markup {
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
        ReportPage.card("Settings", note: "") {
          Markup("dl") {
            for setting in settings {
              Markup("dt") { setting.name }
              Markup("dd") { setting.value }
            }
          }
        }
      }
      if !recipe.isEmpty {
        ReportPage.card("Recipe", note: "what became of the columns") {
          Markup("ol", ["class": "scroll lines", "tabindex": "0"]) {
            for line in recipe { Markup("li") { line } }
          }
        }
      }
      if !featureNames.isEmpty {
        ReportPage.card("Features", note: "\(featureNames.count), in the model's order") {
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
}
