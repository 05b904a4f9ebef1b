import Foundation
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
