/// Where a node stands in the tree: over shards `index << level` ..< `(index + 1) << level`.
struct DyadicPosition: Equatable {
  let level: Int
  let index: Int

  /// The leaf of a shard.
  static func leaf(_ shard: Int) -> DyadicPosition { DyadicPosition(level: 0, index: shard) }

  /// The node whose left half this is, when `right` is its right half.
  func joined(with right: DyadicPosition) -> DyadicPosition? {
    guard level == right.level, index.isMultiple(of: 2), index + 1 == right.index else {
      return nil
    }
    return DyadicPosition(level: level + 1, index: index / 2)
  }
}

/// A node of the tree, with the sum over its shards.
struct DyadicNode {
  let position: DyadicPosition
  /// The sum of the shards' gradients, [1, parameters].
  let gradient: DeviceMatrix
  let loss: LossSum

  /// The node of some parameters alone.
  func part(_ parameters: Range<Int>) -> DyadicNode {
    DyadicNode(position: position, gradient: gradient.part(parameters), loss: loss)
  }
}

extension DeviceMatrix {
  /// Some elements of a matrix of one row.
  func part(_ columns: Range<Int>) -> DeviceMatrix {
    precondition(
      rows == 1 && columns.lowerBound >= 0 && columns.upperBound <= count,
      "columns \(columns) of \(rows) rows of \(self.columns)"
    )
    return DeviceMatrix(base: base + columns.lowerBound, rows: 1, columns: columns.count)
  }
}

/// A sum over shards in the order of one fixed binary tree.
///
/// A node of the tree stands for an aligned block of 2^level shards and is the elementwise sum of
/// its left and its right half. Nodes are appended from left to right, or put in front from right to
/// left, shards or sums over aligned blocks of them; two halves become their parent as soon as both
/// are there. What is left over a run of shards is its maximal aligned nodes, and these go into the
/// next sum unchanged. So the result does not depend on how the shards were cut into runs.
struct DyadicSum {
  /// The maximal nodes so far, left to right.
  private(set) var nodes: [DyadicNode] = []

  /// Forgets all nodes, and keeps their memory.
  mutating func removeAll() { nodes.removeAll(keepingCapacity: true) }

  /// Appends the next node and merges what is complete; `release` gets gradients no longer used.
  mutating func append(
    _ node: DyadicNode,
    on device: any Device,
    release: (DeviceMatrix) -> Void = { _ in }
  ) {
    append(node) { right, left in
      device.add(right, to: left)
      release(right)
    }
  }

  /// Appends the next node; `add` adds the first gradient to the second, then or later.
  mutating func append(_ node: DyadicNode, add: (DeviceMatrix, DeviceMatrix) -> Void) {
    var right = node
    while let left = nodes.last, let parent = left.position.joined(with: right.position) {
      nodes.removeLast()
      add(right.gradient, left.gradient)
      right = DyadicNode(
        position: parent,
        gradient: left.gradient,
        loss: left.loss + right.loss
      )
    }
    nodes.append(right)
  }

  /// Puts the next node before the others, of a run that is computed from its end on.
  ///
  /// Halves are added as ever, the right one to the left.
  mutating func prepend(
    _ node: DyadicNode,
    on device: any Device,
    release: (DeviceMatrix) -> Void = { _ in }
  ) {
    var left = node
    while let right = nodes.first, let parent = left.position.joined(with: right.position) {
      nodes.removeFirst()
      device.add(right.gradient, to: left.gradient)
      release(right.gradient)
      left = DyadicNode(
        position: parent,
        gradient: left.gradient,
        loss: left.loss + right.loss
      )
    }
    nodes.insert(left, at: 0)
  }

  /// The node over all shards; it traps before all are there.
  var root: DyadicNode {
    guard nodes.count == 1, let root = nodes.first else {
      preconditionFailure("the shards left \(nodes.count) sums")
    }
    return root
  }

  /// The most gradients that are alive at once while a run of shards is summed, or any part of it
  /// that begins at that end.
  static func mostNodes(of shards: Range<Int>, from end: ShardRun.End = .front) -> Int {
    walk(shards, from: end).most
  }

  /// The places of the nodes that are left of a run of shards.
  static func positions(of shards: Range<Int>) -> [DyadicPosition] {
    walk(shards, from: .front).nodes
  }

  /// The nodes that are left, the last one to come at the end.
  private static func walk(
    _ shards: Range<Int>,
    from end: ShardRun.End
  ) -> (nodes: [DyadicPosition], most: Int) {
    var nodes: [DyadicPosition] = []
    var most = 0
    for place in 0..<shards.count {
      var node: DyadicPosition
      switch end {
      case .front: node = .leaf(shards.lowerBound + place)
      case .back: node = .leaf(shards.upperBound - 1 - place)
      }
      most = max(most, nodes.count + 1)
      while let last = nodes.last,
        let parent = end == .front ? last.joined(with: node) : node.joined(with: last)
      {
        nodes.removeLast()
        node = parent
      }
      nodes.append(node)
    }
    return (nodes, most)
  }
}
