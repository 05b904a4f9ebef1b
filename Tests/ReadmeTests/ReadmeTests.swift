import Foundation
import Tabular
import TabularTraining
import TabularTuning
import Testing

/// The README's Swift, compiled and run; `everyBlockIsHere` holds the two together.
struct ReadmeTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test func everyBlockIsHere() throws {
    func lines(_ text: some StringProtocol) -> [String] {
      text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
    // A program with a pool of itself is a program of its own.
    let program = Self.root.appending(path: "Tests/PoolProgram/main.swift").path
    let source = try [#filePath, program].flatMap {
      lines(try String(contentsOfFile: $0, encoding: .utf8))
    }
    let blocks = readme.components(separatedBy: "```swift\n").dropFirst()
      .compactMap { $0.components(separatedBy: "```").first }
      .filter { !$0.hasPrefix(".package(") }
    #expect(blocks.count >= 5)
    for block in blocks {
      let wanted = lines(block)
      let found = source.indices.contains { source[$0...].starts(with: wanted) }
      #expect(found, "the README has code that is not tested:\n\(block)")
    }
  }

  // swift-format-ignore
  struct TitanicDataset: Dataset {
    let features: DataFrame
    let target: TypedColumn<Int64>?  // nil when there is nothing to learn from
    var count: Int { features.rowCount }
    subscript(index: Int) -> Sample<[Float], Int64?> {
      get throws {
        try Sample(features: features.iloc[index].values(as: Float.self), target: target?[index])
      }
    }
  }

  /// The examples name files relative to the package, and write into the current folder.
  // swift-format-ignore
  @Test func theTour() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "readme-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder.appending(path: "datasets"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let csv = "datasets/titanic-synthetic.csv"
    try FileManager.default.copyItem(
      at: Self.root.appending(path: csv), to: folder.appending(path: csv))
    let home = FileManager.default.currentDirectoryPath
    #expect(FileManager.default.changeCurrentDirectoryPath(folder.path))
    defer { _ = FileManager.default.changeCurrentDirectoryPath(home) }

    var passengers = try DataFrame(contentsOfCSV: "datasets/titanic-synthetic.csv")
    passengers["Sex"] = try passengers["Sex"].map(["male": 0, "female": 1])
    passengers["Embarked"] = try passengers["Embarked"].map(["S": 0, "C": 1, "Q": 2])
    passengers = try passengers.drop(columns: ["PassengerId", "Name", "Ticket", "Cabin"])
    print(passengers.iloc[0..<5], passengers.columns)
    let children = try passengers.loc[passengers["Age"].map { $0 < 14.0 }, ["Age", "Survived"]]
    var chunks = try DataFrame.chunks(ofCSV: "datasets/titanic-synthetic.csv", rows: 100)
    while let chunk = try chunks.next() { print(chunk.rowCount, chunk.columns.count) }
    #expect(children.rowCount > 20 && children.columns == ["Age", "Survived"])
    #expect(passengers["Sex"]?.type == .int64 && passengers["Embarked"]?.nullCount == 2)

    var table = try DataFrame(contentsOfCSV: "datasets/titanic-synthetic.csv")
    table["Age"] = try table["Age"].fillNulls(table["Age"].median())
    table["Family"] = try table["SibSp"] + table["Parch"] + 1
    table["Title"] = try table["Name"].extract(#", ([^.]+)\."#)
    table["Band"] = try table["Age"].cut([0, 12, 18, 60, 120], labels: ["child", "teen", "adult", "old"])

    let women = try table.loc[table["Age"] > 30 && table["Sex"] == "female"]
    let decks = try DataFrame(csv: "Pclass,deck\n1,A\n2,D\n3,F\n")
    print(try women.join(decks, on: "Pclass", how: .left).sort(by: ["deck", .descending("Fare")]).head(3))
    print(try table.groupBy("Sex", "Pclass").aggregate(.mean("Survived"), .sum("Fare", as: "takings")))
    print(try table.pivot(index: "Sex", columns: "Pclass", values: "Survived", aggregate: .mean))
    print(try table["Title"].valueCounts().head(3), try table.describe(), try table.corr("Age", "Fare"))
    #expect(women.rowCount > 50 && table["Title"]?.nullCount == 0)

    let parts = try table.stratifiedSplit([0.8, 0.2], by: "Survived", seed: 7)
    let plan = try RecipePlan(
      for: parts[0], target: "Survived",
      groups: [
        .on(.names(["Age", "Fare"])) { [Imputer(columns: $0), PowerTransformer(columns: $0)] },
        .on(.names(["Sex", "Embarked"])) { [OneHotEncoder(columns: $0, drop: .ifBinary)] },
        .on(.names(["Title"])) { [TargetEncoder(columns: $0, target: "Survived")] },
      ])
    let (composed, learned) = try plan.holdingOut(parts[1]).fitTransform(parts[0])
    print(learned.featureNames, try composed.applied(to: parts[1]).features.shape)

    let (vectorizer, counts) = try CountVectorizer(ngrams: 1...2, minDf: 5).fitTransform(table["Name"])
    print(vectorizer.terms.count, counts.shape, counts.row(0))
    #expect(learned.featureNames.count == 8 && counts.shape.rows == 891)

    try table.writeArrow(to: "table.arrow")
    let again = try DataFrame(contentsOfArrow: "table.arrow")
    let weights = Tensor<Float>([[1, 2], [3, 4]])
    try NPZ.write(["weights": AnyTensor(weights)], to: "weights.npz", compressed: true)
    let read = try Tensor<Float>(NPZ.read("weights.npz")["weights"]!)
    print(again.shape, read.shape)
    #expect(again.shape == table.shape && read == weights)

    let own = TitanicDataset(
      features: try passengers.drop(columns: ["Survived"]),
      target: try passengers["Survived", as: Int64.self])
    let first = try own[0]
    #expect(first.features.count == 7 && first.target != nil)

    let (train, valid) = try passengers.trainTestSplit(
      testFraction: 0.2, stratify: "Survived", seed: 7)
    let (recipe, matrix) = try Recipe.automatic(for: train, target: "Survived").fitTransform(train)
    try recipe.save(to: "titanic.recipe.json")

    let loader = try DataLoader(matrix, batchSize: 64, shuffle: true, seed: 7, workers: 2)
    for try await batch in loader.epoch(0) { print(batch.features.shape, batch.rowIDs.count) }

    var saved: LoaderCursor?
    for try await batch in loader.epoch(3) where batch.index == 5 {
      saved = batch.cursor  // Codable
      break
    }
    // Later, with other workers, as the first of three processes: its part of the batches that are left.
    let rest = try DataLoader(
      matrix, batchSize: 64, shuffle: true, seed: 7, workers: 4, rank: 0, worldSize: 3, resuming: saved)
    try rest.forEachBatch(epoch: 3) { batch in print(batch.index, batch.count, "of", batch.wholeCount) }
    print(rest.statistics.rowsPerSecond, rest.statistics.waitFraction)
    #expect(rest.statistics.batches == loader.batchCount - 6)

    let trainer = Trainer(
      model: Sequential(Linear(7, 64), ReLU(), Linear(64, 1)),
      loss: .binaryCrossEntropyWithLogits, optimizer: .adam(learningRate: 0.01),
      devices: .cpu(count: 2), strategy: .dataParallel, seed: 7)
    let history = try trainer.fit(loader, epochs: 20, validation: recipe.applied(to: valid))
    try trainer.save(to: "titanic.safetensors", recipe: recipe)

    var shape = TabularModel(inputs: 7, hidden: [64, 32], outputs: 1)
    shape.normalization = .layer
    shape.dropout = 0.1
    let deeper = Trainer(
      model: shape.sequential(), loss: .binaryCrossEntropyWithLogits(positiveWeight: 1.6),
      optimizer: .adamw(learningRate: 0.01), schedule: .cosine(over: 10 * loader.batchCount),
      clipping: .norm(1), seed: 7)
    _ = try deeper.fit(loader, epochs: 10)

    let unseen = try recipe.applied(to: valid)
    var metrics = ClassificationMetrics(classCount: 2)
    if let chances = try deeper.predict(unseen.features).probabilities,
      case .classes(let truth) = unseen.labels
    {
      try metrics.add(probabilities: chances, classes: truth)
    }
    print(metrics.rocAUC ?? .nan, metrics.f1, metrics.logLoss, metrics.brierScore)

    let space = try SearchSpace([
      .init("rate", .log(1e-3...1e-1)),
      .init("width", .int(8...64, log: true)),
      .init("dropout", .uniform(0...0.5)),
    ])
    let study = try Study(
      StudyConfiguration(
        space: space, sampler: TPESampler(), pruner: MedianPruner(), seed: 7, lag: 2),
      journal: "titanic.study")
    try await study.optimize(trials: 12, parallel: 2) { trial in
      var shape = TabularModel(inputs: 7, hidden: [try trial.int("width")], outputs: 1)
      shape.dropout = Float(try trial.double("dropout"))
      let trainer = Trainer(
        model: shape.sequential(), loss: .binaryCrossEntropyWithLogits,
        optimizer: .adam(learningRate: try trial.double("rate")), seed: 7)
      var loss = Double.nan
      _ = try trainer.fit(loader, epochs: 5, validation: unseen) { epoch in
        loss = epoch.validation?.loss ?? .nan
        try trial.report(loss, step: epoch.epoch + 1)  // ends a trial that is pruned
      }
      return loss
    }
    print(study.bestTrial?.parameters ?? [:], try study.record.dataFrame())
    #expect(study.trials.count == 12 && study.bestTrial != nil)
    #expect(try #require(metrics.rocAUC) > 0.7)

    var report = RunReport(title: "titanic, seed 7")
    report.epochs = history.epochs.map { RunReport.Epoch($0) }
    report.featureNames = recipe.featureNames
    try report.html.write(toFile: "run.html", atomically: true, encoding: .utf8)

    #expect(try #require(history.epochs.last?.validation?.accuracy) > 0.7)
    #expect(try SavedModel(contentsOf: "titanic.safetensors").recipe()?.featureNames.count == 7)

    let (_, irisMatrix) = try Recipe.automatic(for: Datasets.iris(), target: "species")
      .fitTransform(Datasets.iris())
    let irises = try DataLoader(irisMatrix, batchSize: 16, shuffle: true, seed: 3)
    let checkpoints = CheckpointFolder("run", keeping: 3, everySteps: 100)
    let resumable = Trainer(
      model: .multilayerPerceptron(inputs: 4, hidden: [16], outputs: 3), loss: .crossEntropy,
      optimizer: .adam(learningRate: 0.01), devices: .cpu(count: 2), seed: 1)
    if let last = try checkpoints.latest() { try resumable.resume(from: last) }
    _ = try resumable.fit(
      irises, epochs: 30 - resumable.epochCount, validation: irisMatrix,
      earlyStopping: EarlyStopping(patience: 5), checkpoints: checkpoints)
    print(resumable.bestEpoch ?? 0, resumable.model.weightsSHA256)
    #expect(resumable.epochCount > 5)
  }

  // swift-format-ignore
  @Test func theLoopByHand() throws {
    let (_, irisMatrix) = try Recipe.automatic(for: Datasets.iris(), target: "species")
      .fitTransform(Datasets.iris())
    let irises = try DataLoader(irisMatrix, batchSize: 16, shuffle: true, seed: 3)

    var model = Sequential(Linear(4, 16), ReLU(), Linear(16, 3), seed: 1)
    var optimizer = Optimizer(.sgd(learningRate: 0.1, momentum: 0.9))
    for epoch in 0..<30 {
      try irises.forEachBatch(epoch: epoch) { batch in
        let (_, gradient) = try model.valueAndGradient(
          batch.features, batch.target, loss: .crossEntropy)
        optimizer.step(&model, gradient)
      }
    }
    var correct = 0
    var lossSum = 0.0
    try withoutGradients {
      try irises.forEachBatch(epoch: 0) { batch in
        let outputs = try model(batch.features)
        lossSum += try Loss.crossEntropy(outputs, batch.target) * Double(batch.count)
        if case .classes(let labels) = batch.target { correct += (outputs.argmax() .== labels).sum() }
      }
    }
    print("accuracy", Double(correct) / 150, "loss", lossSum / 150)
    #expect(correct >= 143)

    let device = CPUDevice(0, memoryLimit: 40_000)
    var size = 150
    while size > 0 {
      do {
        try DataLoader(irisMatrix, batchSize: size).forEachBatch(epoch: 0) { batch in
          let (_, gradient) = try model.valueAndGradient(
            batch.features, batch.target, loss: .crossEntropy, on: device)
          optimizer.step(&model, gradient)
        }
        break
      } catch let error as TrainingError where error.kind == .outOfMemory {
        print(error)  // cpu:0 is out of memory: ... were asked for, ... are free
        device.emptyCache()
        size /= 2
      }
    }
    print("batches of", size, "rows; at most", device.memory.peak, "bytes were in use")
    #expect((1..<150).contains(size))
  }

  // swift-format-ignore
  @Test func whatThereIs() throws {
    let host = HostReport()
    print(host.usableProcessors, "processors,", host.freeMemory, "bytes free")
    print(host.container.memoryLimit, host.container.kills, host.process.peak)
    for device in host.nvidia.value?.devices ?? [] {
      print(device.name, device.use, device.memoryUsed, device.temperature, device.power)
    }
    #expect(host.usableProcessors.value ?? 0 > 0 && "\(host.freeMemory)".allSatisfy(\.isNumber))
  }

  @Test func severalProcesses() throws {
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0])
      .deletingLastPathComponent().appending(path: "PoolProgram")
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    // [Optional(0.5), ...]: a loss for each of ten seeds, no two alike.
    let losses = text.matches(of: /[0-9.]+/).compactMap { Double($0.0) }
    #expect(losses.count == 10 && Set(losses).count == 10)
    #expect(losses.allSatisfy { $0 > 0 && $0 < 1.2 })
  }
}
