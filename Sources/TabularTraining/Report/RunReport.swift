/// What a training run came to, as one page for a browser.
///
/// The page of `html` stands alone: styles and drawings are in it, nothing is loaded, and no script
/// runs. It follows the reader's choice of light or dark, and fits a telephone.
///
/// ```swift
/// var report = RunReport(title: "titanic.csv")
/// report.epochs = history.epochs.map { RunReport.Epoch($0) }
/// try report.html.write(toFile: "run.html", atomically: true, encoding: .utf8)
/// ```
public struct RunReport: Sendable {
  /// What was trained, as the page's heading.
  public var title: String
  /// One line below the heading, such as the command or the date; nil for none.
  public var subtitle: String?
  /// The epochs in order.
  public var epochs: [Epoch] = []
  /// The model beside simpler ones; nil for none.
  public var comparison: Comparison?
  /// Which classes were taken for which; nil when regressing.
  public var confusion: Confusion?
  /// The names of the features, in the model's order.
  public var featureNames: [String] = []
  /// What became of the columns, a line each.
  public var recipe: [String] = []
  /// The settings of the run, in the order to be shown.
  public var settings: [Setting] = []
  /// The hash of the trained weights; nil when there is none.
  public var weightsSHA256: String?

  /// Begins a report without epochs.
  public init(title: String, subtitle: String? = nil) {
    self.title = title
    self.subtitle = subtitle
  }
}

extension RunReport {
  /// One pass over the training rows.
  public struct Epoch: Sendable {
    /// The number of the epoch.
    public var number: Int
    /// The mean loss over the training rows.
    public var trainLoss: Double
    /// The mean loss over the validation rows; nil without them.
    public var validLoss: Double?
    /// Figures over the validation rows, such as accuracy; each name becomes a chart.
    public var metrics: [Metric]
    /// The learning rate of the last step; nil when unknown.
    public var learningRate: Double?
    /// Rows trained on a second; nil when unknown.
    public var rowsPerSecond: Double?
    /// The part of the time spent waiting for batches, 0 to 1; nil when unknown.
    public var loaderWaitFraction: Double?

    /// Puts the figures of an epoch together; any may be NaN or infinite.
    public init(
      number: Int,
      trainLoss: Double,
      validLoss: Double? = nil,
      metrics: [Metric] = [],
      learningRate: Double? = nil,
      rowsPerSecond: Double? = nil,
      loaderWaitFraction: Double? = nil
    ) {
      self.number = number
      self.trainLoss = trainLoss
      self.validLoss = validLoss
      self.metrics = metrics
      self.learningRate = learningRate
      self.rowsPerSecond = rowsPerSecond
      self.loaderWaitFraction = loaderWaitFraction
    }

    /// Takes an epoch of a history; its metrics are accuracy, area under the curve and F1, or the
    /// errors and R² of values.
    public init(_ epoch: History.Epoch) { self.init(History.Summary(epoch)) }

    /// Takes what a trainer keeps of an epoch, also of those before a checkpoint.
    public init(_ summary: History.Summary) {
      let shown = ["accuracy", "roc_auc", "f1", "rmse", "mae", "r2"]
      self.init(
        number: summary.epoch,
        trainLoss: summary.trainLoss,
        validLoss: summary.validationLoss,
        metrics: summary.figures.filter { shown.contains($0.name) }.map {
          Metric($0.name, $0.value, higherIsBetter: $0.name != "rmse" && $0.name != "mae")
        },
        learningRate: summary.learningRate,
        rowsPerSecond: summary.samplesPerSecond,
        loaderWaitFraction: summary.loaderWaitFraction
      )
    }
  }

  /// A named figure of an epoch.
  public struct Metric: Sendable, Hashable {
    /// The name, such as `roc_auc`.
    public var name: String
    /// The figure.
    public var value: Double
    /// Whether a model is better when it is higher.
    public var higherIsBetter: Bool

    /// Names a figure.
    public init(_ name: String, _ value: Double, higherIsBetter: Bool = true) {
      self.name = name
      self.value = value
      self.higherIsBetter = higherIsBetter
    }
  }

  /// The model and others, measured alike.
  public struct Comparison: Sendable {
    /// What they are compared by, such as `accuracy`.
    public var metric: String
    /// Whether the higher value is the better one.
    public var higherIsBetter: Bool
    /// The model's own score.
    public var model: Score
    /// The others, such as the majority's class and a logistic regression.
    public var baselines: [Score]

    /// Compares a model with others.
    public init(metric: String, higherIsBetter: Bool = true, model: Score, baselines: [Score]) {
      self.metric = metric
      self.higherIsBetter = higherIsBetter
      self.model = model
      self.baselines = baselines
    }
  }

  /// A value, and how sure it is.
  public struct Score: Sendable {
    /// Whose it is.
    public var name: String
    /// The value.
    public var value: Double
    /// Where it lies with the confidence that the caller chose; nil when unknown.
    public var interval: ClosedRange<Double>?

    /// A value with its interval.
    public init(_ name: String, _ value: Double, interval: ClosedRange<Double>? = nil) {
      self.name = name
      self.value = value
      self.interval = interval
    }
  }

  /// A confusion matrix with the names of its classes.
  public struct Confusion: Sendable {
    /// The counts.
    public var matrix: ConfusionMatrix
    /// A name for each class.
    public var classNames: [String]

    /// Names the classes of a matrix; those without a name get their number.
    public init(_ matrix: ConfusionMatrix, classNames: [String]) {
      self.matrix = matrix
      self.classNames = (0..<matrix.classCount).map {
        $0 < classNames.count ? classNames[$0] : "\($0)"
      }
    }
  }

  /// A setting of the run.
  public struct Setting: Sendable, Hashable {
    /// Its name, such as `batch size`.
    public var name: String
    /// Its value, as text.
    public var value: String

    /// Names a value.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }
}
