import TabularTensor
import Testing

@testable import TabularTraining

struct TransposedWeightsTests {
  let device = CPUDevice()

  @Test(arguments: [(1, 1), (1, 9), (9, 1), (3, 5), (17, 33), (64, 128)])
  func transposes(rows: Int, columns: Int) throws {
    let source = try device.allocate(rows * columns)
    let target = try device.allocate(rows * columns)
    for place in 0..<rows * columns { source.base[place] = Float(place) - 3 }
    device.transpose(
      source.matrix(rows: rows, columns: columns),
      into: target.matrix(rows: columns, columns: rows)
    )
    for row in 0..<rows {
      for column in 0..<columns {
        #expect(target.base[column * rows + row] == source.base[row * columns + column])
      }
    }
  }

  /// The layers inside others too, and no embedding.
  @Test func copiesTheWeightsOfLinearLayers() throws {
    let model = Sequential(
      Linear(4, 6),
      LayerNorm(6),
      Residual(Linear(6, 6), ReLU()),
      Linear(6, 2),
      seed: 3
    )
    let layout = model.layout
    for floats in [0..<layout.count, layout.slices[4].offset..<layout.count] {
      let weights = try #require(try TransposedWeights(of: floats, in: layout, on: device))
      model.withUnsafeState { parameters, _ in weights.update(from: parameters, on: device) }
      let first = layout.slices.firstIndex { floats.contains($0.offset) } ?? 0
      for (place, slice) in layout.slices.enumerated().dropFirst(first) {
        let isWeight = slice.shape.rank == 2
        #expect(slice.isReadTransposed == isWeight, "\(slice.name)")
        guard isWeight else { continue }
        let copy = weights.views[place]
        let values = model.parameters.slice(slice).scalars
        for row in 0..<slice.rows {
          for column in 0..<slice.columns {
            #expect(copy.base[column * slice.rows + row] == values[row * slice.columns + column])
          }
        }
      }
    }
    #expect(Embedding(5, 3).parameters.allSatisfy { !$0.isReadTransposed })
  }

  @Test func isNotMadeForLargeModelsOrWithoutLinearLayers() throws {
    let large = Sequential(Linear(512, 512), seed: 1)
    #expect(large.layout.count > 1 << 18)
    let all = 0..<large.layout.count
    #expect(try TransposedWeights(of: all, in: large.layout, on: device) == nil)
    let none = Sequential(LayerNorm(6), seed: 1)
    #expect(try TransposedWeights(of: 0..<12, in: none.layout, on: device) == nil)
  }

  /// Whole numbers, whose sums no order rounds.
  @Test(arguments: [1, 17, 64])
  func multipliesAsTheWeightsThemselves(rows: Int) throws {
    let (layer, layout) = (Linear(5, 3), Sequential(Linear(5, 3)).layout)
    let parameters = try device.allocate(layout.count)
    for place in 0..<layout.count { parameters.base[place] = Float(place * 7 % 11 - 5) }
    let input = try device.allocate(rows * 5)
    for place in 0..<rows * 5 { input.base[place] = Float(place * 5 % 13 - 6) }
    let weights = try #require(
      try TransposedWeights(of: 0..<layout.count, in: layout, on: device)
    )
    weights.update(from: parameters.base, on: device)
    var outputs: [[Float]] = []
    for copies in [nil, weights.views] {
      let output = try device.allocate(rows * 3)
      let views = ParameterViews(base: parameters.base, layout: layout)
      layer.forward(
        input.matrix(rows: rows, columns: 5),
        into: output.matrix(rows: rows, columns: 3),
        LayerContext(
          device: device,
          mode: .training,
          parameters: views,
          buffers: views,
          observations: views,
          scratch: ScratchMemory(output.base),
          randomness: RowRandomness(seed: 0, step: 0),
          transposed: copies
        )
      )
      outputs.append((0..<rows * 3).map { output.base[$0] })
    }
    #expect(outputs[0] == outputs[1])
    let expected = (0..<5).reduce(parameters.base[15]) { $0 + input.base[$1] * parameters.base[$1] }
    #expect(outputs[0][0] == expected)
  }
}
