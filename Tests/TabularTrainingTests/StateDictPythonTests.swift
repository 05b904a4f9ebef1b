import Foundation
import TabularTensor
import Testing

@testable import TabularTraining

/// A saved model in PyTorch's hands: `load_state_dict` takes it by name, and the model says the same.
struct StateDictPythonTests {
  /// Whether the `python3` on the path has torch and safetensors.
  static let isThere = (try? run("import torch, safetensors.torch", [])) != nil

  static func run(_ script: String, _ arguments: [String]) throws -> String {
    struct Failed: Error {}
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script] + arguments
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed() }
    return String(decoding: text, as: UTF8.self)
  }

  @Test(.enabled(if: isThere, "python3 lacks torch or safetensors"))
  func loadsInPyTorchByName() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "model-\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let example = try #require(LayerPyTorchTests.cases.first { $0.name == "all" })
    var model = try LayerPyTorchTests.model(example.layers)
    let (features, values) = LayerPyTorchTests.rows(example, width: model.inputWidth)
    var optimizer = Optimizer(.sgd(learningRate: 0.1))
    for _ in 0..<3 {
      let (_, gradient) = try model.valueAndGradient(features, values, loss: .meanSquaredError)
      optimizer.step(&model, gradient)
    }
    try SavedModel(model: model, loss: .meanSquaredError).write(to: path)
    let script = """
      import json, math, sys, torch
      from safetensors.torch import load_file
      from torch import nn
      class Residual(nn.Module):
        def __init__(self, *layers): super().__init__(); self.inner = nn.Sequential(*layers)
        def forward(self, x): return x + self.inner(x)
      class TabularInput(nn.Module):
        def __init__(self, inputs, columns, embeddings):
          super().__init__(); self.columns = columns; self.embeddings = nn.ModuleList(embeddings)
          self.others = [c for c in range(inputs) if c not in columns]
        def forward(self, x):
          vectors = [e(x[:, c].long()) for c, e in zip(self.columns, self.embeddings)]
          return torch.cat(vectors + [x[:, self.others]], dim=1)
      model = nn.Sequential(
        TabularInput(4, [3], [nn.Embedding(4, 3)]), nn.Linear(6, 5), nn.BatchNorm1d(5), nn.SiLU(),
        Residual(nn.LayerNorm(5), nn.Linear(5, 5), nn.BatchNorm1d(5), nn.GELU()), nn.Linear(5, 1))
      model.load_state_dict(load_file(sys.argv[1]), strict=True)
      assert model[2].num_batches_tracked.item() == 3, model[2].num_batches_tracked
      x = torch.tensor([[(3 * i + j) % 4 if j == 3 else math.sin(0.7 * i + 1.3 * j + 0.1)
                         for j in range(4)] for i in range(40)])
      print(json.dumps(model.eval()(x)[:, 0].tolist()))
      """
    let found = try JSONDecoder().decode([Double].self, from: Data(Self.run(script, [path]).utf8))
    let outputs = try model(features).scalars
    #expect(found.count == outputs.count)
    #expect(zip(found, outputs).allSatisfy { abs($0 - Double($1)) < 1e-5 })
  }
}
