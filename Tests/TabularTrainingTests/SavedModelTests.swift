import Foundation
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

struct SavedModelTests {
  let path = FileManager.default.temporaryDirectory
    .appending(path: "model-\(UUID().uuidString).safetensors").path

  @Test func comesBackAsItWas() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let model = Sequential(Linear(3, 4), ReLU(), Linear(4, 2), seed: 6)
    let trainer = Trainer(model: model, loss: .crossEntropy, optimizer: .adam())
    try trainer.save(
      to: path,
      metadata: ["recipe": "{\"steps\": []}", "classes": "[\"a\", \"b\"]"]
    )

    let saved = try SavedModel(contentsOf: path)
    #expect(saved.model.weightsSHA256 == model.weightsSHA256)
    #expect(saved.model.layers.map { "\($0)" } == model.layers.map { "\($0)" })
    #expect(saved.model.ownsParameters)
    #expect(saved.loss == .crossEntropy)
    #expect(saved.metadata == ["recipe": "{\"steps\": []}", "classes": "[\"a\", \"b\"]"])
    let features = Tensor<Float>([[1, -2, 3]])
    #expect(try Sequential(contentsOf: path)(features) == model(features))

    // What PyTorch's `load_state_dict(safetensors.torch.load_file(path))` looks at.
    let file = try Safetensors(contentsOf: path)
    #expect(Set(file.tensors.keys) == ["0.weight", "0.bias", "2.weight", "2.bias"])
    #expect(file.tensors["0.weight"]?.shape == [4, 3])
    #expect(
      file.metadata["model"]
        == #"{"layers":[{"in_features":3,"kind":"Linear","out_features":4},{"kind":"ReLU"},"#
        + #"{"in_features":4,"kind":"Linear","out_features":2}],"loss":"crossEntropy"}"#
    )
  }

  @Test(
    arguments: [
      (nil, "format", "holds no model"),
      ("{", "format", "its model cannot be built"),
      (
        #"{"layers":[{"kind":"Conv2d"}],"loss":"crossEntropy"}"#, "format",
        "no layer of kind 'Conv2d'; there are: BatchNorm1d, Dropout, Embedding, GELU, LayerNorm, Linear, ReLU"
      ),
      (
        #"{"layers":[{"kind":"Linear","in_features":-1,"out_features":2}],"loss":"crossEntropy"}"#,
        "format", "a Linear of -1 inputs"
      ),
      (
        #"{"layers":[{"kind":"Linear","in_features":1}],"loss":"crossEntropy"}"#, "format",
        "no 'out_features'"
      ),
      (
        #"{"layers":[{"kind":"Linear","in_features":1,"out_features":2}],"loss":"hinge"}"#,
        "format", "hinge"
      ),
      (
        #"{"layers":[{"kind":"Linear","in_features":9999999,"out_features":9999999}],"loss":"crossEntropy"}"#,
        "shape", "expected shape [9999999, 9999999], found [2, 1]"
      ),
      (
        #"{"layers":[{"kind":"ReLU"},{"kind":"Linear","in_features":1,"out_features":2}],"loss":"crossEntropy"}"#,
        "name", "missing: 1.weight, 1.bias; unexpected: 0.bias, 0.weight"
      ),
    ] as [(String?, String, String)]
  )
  func refusesWhatIsNoModel(_ model: String?, kind: String, part: String) throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    var file = Safetensors()
    file.tensors["0.weight"] = AnyTensor(Tensor<Float>([[1], [2]]))
    file.tensors["0.bias"] = AnyTensor(Tensor<Float>([1, 2]))
    file.metadata["model"] = model
    try file.write(to: path)
    do throws(TrainingError) {
      _ = try SavedModel(contentsOf: path)
      Issue.record("nothing thrown")
    } catch {
      #expect(error.kind.rawValue == kind)
      #expect(error.message.contains(part) && error.message.contains(path), "\(error)")
      #expect(!error.description.contains("\n"))
    }
  }

  /// A layer of each kind, with settings that are not the default.
  static let everyLayer: [any Module] = [
    TabularInput(4, [3: Embedding(4, 3, padding: 1), 0: Embedding(2, 2)]), Linear(7, 5),
    BatchNorm1d(5, epsilon: 1e-3, momentum: 0.2), ReLU(), GELU(), GELU(approximate: .tanh), SiLU(),
    Sigmoid(), Tanh(), LayerNorm(5, epsilon: 1e-4, affine: false), Dropout(0.25),
    Residual(Linear(5, 5), BatchNorm1d(5, momentum: nil, affine: false), Residual(LayerNorm(5))),
    Summed([Linear(5, 3)], [Linear(5, 4), BatchNorm1d(4), Linear(4, 3)]),
  ]

  @Test func keepsEveryLayer() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    var generator = SeededGenerator(seed: 3)
    var features = generator.tensor([40, 4]).scalars
    for row in 0..<40 {
      features[row * 4] = Float(row % 2)
      features[row * 4 + 3] = Float(row % 4)
    }
    let rows = Tensor(shape: [40, 4], features)
    let trainer = Trainer(
      model: Sequential(Self.everyLayer, seed: 2),
      loss: .crossEntropy(classWeights: [1, 2, 3], labelSmoothing: 0.1),
      optimizer: .adam(learningRate: 0.01)
    )
    let matrix = FeatureMatrix(
      features: rows,
      featureNames: ["a", "b", "c", "d"],
      labels: .classes(generator.classes(40, below: 3))
    )
    _ = try trainer.fit(InOrder(matrix, batchSize: 16), epochs: 3)
    try trainer.save(to: path)
    let saved = try SavedModel(contentsOf: path)
    #expect(saved.loss == trainer.loss)
    #expect(saved.model.weightsSHA256 == trainer.model.weightsSHA256)
    #expect(saved.model.layers.map { "\($0)" } == trainer.model.layers.map { "\($0)" })
    #expect(saved.model.buffers.bits == trainer.model.buffers.bits)
    #expect(try saved.model(rows).bits == trainer.model(rows).bits)

    let file = try Safetensors(contentsOf: path)
    #expect(Set(file.tensors.keys) == Set(trainer.model.stateDict.map(\.name)))
    let count = try #require(file.tensors["11.inner.1.num_batches_tracked"])
    #expect(count.shape == [])
    #expect(try Tensor<Int64>(count).item == 9)
    #expect(file.tensors["12.branches.1.1.running_var"]?.shape == [4])

    // A trained model goes on from its file as without it.
    let again = Trainer(model: saved.model, loss: saved.loss, optimizer: .sgd(learningRate: 0.1))
    let onwards = Trainer(
      model: trainer.model,
      loss: trainer.loss,
      optimizer: .sgd(learningRate: 0.1)
    )
    _ = try again.fit(InOrder(matrix, batchSize: 16), epochs: 1)
    _ = try onwards.fit(InOrder(matrix, batchSize: 16), epochs: 1)
    #expect(again.model.weightsSHA256 == onwards.model.weightsSHA256)
  }

  @Test(
    arguments: [
      (#"{"kind":"Dropout","p":1.5}"#, "a Dropout of probability 1.5"),
      (#"{"kind":"GELU","approximate":"sometimes"}"#, "sometimes"),
      (
        #"{"kind":"LayerNorm","normalized_shape":0,"eps":1e-5,"elementwise_affine":true}"#,
        "a LayerNorm of 0 columns"
      ),
      (
        #"{"kind":"BatchNorm1d","num_features":3,"eps":1e-5,"momentum":7,"affine":true}"#,
        "momentum 7.0"
      ),
      (#"{"kind":"Embedding","num_embeddings":3,"embedding_dim":0}"#, "3 vectors of 0 elements"),
      (
        #"{"kind":"Embedding","num_embeddings":3,"embedding_dim":2,"padding_idx":3}"#, "padding 3"
      ),
      (#"{"kind":"Residual","inner":[]}"#, "a Residual without layers"),
      (#"{"kind":"Summed","branches":[]}"#, "a Summed of [] layers"),
      (#"{"kind":"Summed","branches":[[]]}"#, "a Summed of [0] layers"),
      (
        #"{"kind":"TabularInput","inputs":2,"columns":[5],"embeddings":[{"num_embeddings":3,"embedding_dim":2}]}"#,
        "a TabularInput of 2 columns"
      ),
      (
        #"{"kind":"TabularInput","inputs":2,"columns":[0],"embeddings":[]}"#, "0 embeddings"
      ),
      (
        #"{"kind":"Residual","inner":[{"kind":"Linear","in_features":1,"out_features":2}]}"#,
        "its layers make 2 columns of 1, which cannot be added"
      ),
    ]
  )
  func refusesLayersThatCannotBe(_ layer: String, part: String) throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    var file = Safetensors()
    file.tensors["0.inner.0.weight"] = AnyTensor(Tensor<Float>([[1], [2]]))
    file.tensors["0.inner.0.bias"] = AnyTensor(Tensor<Float>([1, 2]))
    file.metadata["model"] = #"{"layers":[\#(layer)],"loss":"crossEntropy"}"#
    try file.write(to: path)
    let error = #expect(throws: TrainingError.self) { try SavedModel(contentsOf: path) }
    #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains(path) == true)
  }

  @Test func refusesOtherFiles() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    func kind() -> TrainingError.Kind? {
      do throws(TrainingError) {
        _ = try Sequential(contentsOf: path)
        return nil
      } catch {
        return error.kind
      }
    }
    #expect(kind() == .file)
    try Data("a,b\n1,2\n".utf8).write(to: URL(filePath: path))
    #expect(kind() == .format)
  }
}
