/// A node of the tree: the sum over shards `index << level` ..< `(index + 1) << level`.
struct DyadicNode {
  let level: Int
  let index: Int
  /// The sum of the shards' gradients, [1, parameters].
  let gradient: DeviceMatrix
  let loss: LossSum
}

/// A sum over shards in the order of one fixed binary tree.
///
/// A node of the tree stands for an aligned block of 2^level shards and is the elementwise sum of
/// its left and its right half. Nodes are appended from left to right, shards or sums over aligned
/// blocks of them; two halves become their parent as soon as both are there. What is left over a
/// run of shards is its maximal aligned nodes, and these go into the next sum unchanged. So the
/// result does not depend on how the shards were cut into runs.
struct DyadicSum {
  /// The maximal nodes so far, left to right.
  private(set) var nodes: [DyadicNode] = []

  /// Forgets all nodes, and keeps their memory.
  mutating func removeAll() { nodes.removeAll(keepingCapacity: true) }

  /// Appends the next node and merges what is complete; `release` gets gradients no longer used.
  mutating func append(
    _ node: DyadicNode,
    on device: any Device,
    release: (DeviceMatrix) -> Void
  ) {
    var right = node
    while let left = nodes.last, left.level == right.level, left.index.isMultiple(of: 2),
      left.index + 1 == right.index
    {
      nodes.removeLast()
      device.add(right.gradient, to: left.gradient)
      release(right.gradient)
      right = DyadicNode(
        level: left.level + 1,
        index: left.index / 2,
        gradient: left.gradient,
        loss: left.loss + right.loss
      )
    }
    nodes.append(right)
  }

  /// The most gradients that are alive at once while a run of shards is summed.
  static func mostNodes(of shards: Range<Int>) -> Int {
    var starts: [(level: Int, index: Int)] = []
    var most = 0
    for shard in shards {
      most = max(most, starts.count + 1)
      var node = (level: 0, index: shard)
      while let left = starts.last, left.level == node.level, left.index.isMultiple(of: 2),
        left.index + 1 == node.index
      {
        starts.removeLast()
        node = (left.level + 1, left.index / 2)
      }
      starts.append(node)
    }
    return most
  }
}
