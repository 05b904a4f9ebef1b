public import CTabularABI.Library
internal import TabularTensor

/// Opens a loader of the rows of a matrix.
@c(tabular_loader_open) @implementation
public func tabular_loader_open(
  _ matrix: OpaquePointer?,
  _ batch_size: Int64,
  _ shuffle: Int32,
  _ seed: UInt64,
  _ workers: Int64,
  _ drop_last: Int32,
  _ loader: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
  loader?.pointee = nil
  return answering("tabular_loader_open") {
    let place = try given(loader, "loader")
    let matrix = try Handles.shared.object(matrix, as: (any ErasedMatrix).self, "matrix")
    guard workers <= 4096 else { throw Failure.argument("workers is \(workers); give 0 to 4096") }
    place.pointee = Handles.shared.add(
      try matrix.loader(
        batchSize: Int(batch_size),
        shuffle: shuffle != 0,
        seed: seed,
        workers: Int(workers),
        dropLast: drop_last != 0
      )
    )
  }
}

/// Frees a loader.
@c(tabular_loader_free) @implementation
public func tabular_loader_free(_ loader: OpaquePointer?) -> Int32 {
  answering("tabular_loader_free") {
    try Handles.shared.free(loader, as: (any ErasedLoader).self, "loader")
  }
}

/// Tells the number of batches of an epoch.
@c(tabular_loader_batch_count) @implementation
public func tabular_loader_batch_count(
  _ loader: OpaquePointer?,
  _ count: UnsafeMutablePointer<Int64>?
) -> Int32 {
  answering("tabular_loader_batch_count") {
    let place = try given(count, "count")
    let loader = try Handles.shared.object(loader, as: (any ErasedLoader).self, "loader")
    place.pointee = Int64(loader.batchCount)
  }
}

/// Begins an epoch.
@c(tabular_epoch_begin) @implementation
public func tabular_epoch_begin(
  _ loader: OpaquePointer?,
  _ epoch: Int64,
  _ batches: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
  batches?.pointee = nil
  return answering("tabular_epoch_begin") {
    let place = try given(batches, "batches")
    let loader = try Handles.shared.object(loader, as: (any ErasedLoader).self, "loader")
    guard epoch >= 0 else {
      throw Failure.argument("epoch is \(epoch); epochs count from 0")
    }
    place.pointee = Handles.shared.add(loader.epoch(Int(epoch)))
  }
}

/// Hands out the next batch of an epoch.
@c(tabular_epoch_next) @implementation
public func tabular_epoch_next(
  _ batches: OpaquePointer?,
  _ features: UnsafeMutablePointer<UnsafeMutablePointer<DLManagedTensorVersioned>?>?,
  _ target: UnsafeMutablePointer<UnsafeMutablePointer<DLManagedTensorVersioned>?>?,
  _ row_ids: UnsafeMutablePointer<UnsafeMutablePointer<DLManagedTensorVersioned>?>?
) -> Int32 {
  let places = TensorPlaces(features: features, target: target, rowIDs: row_ids)
  var isOver = false
  let code = answering("tabular_epoch_next") {
    let epoch = try Handles.shared.object(batches, as: (any ErasedEpoch).self, "epoch")
    if let tensors = try epoch.next() {
      places.export(tensors, isWritable: true)
    } else {
      isOver = true
    }
  }
  return isOver ? Int32(TABULAR_END) : code
}

/// Ends an epoch, at any batch.
@c(tabular_epoch_free) @implementation
public func tabular_epoch_free(_ batches: OpaquePointer?) -> Int32 {
  answering("tabular_epoch_free") {
    try Handles.shared.free(batches, as: (any ErasedEpoch).self, "epoch")
  }
}

/// Makes a DLPack tensor one of before version 1.
@c(tabular_dlpack_legacy) @implementation
public func tabular_dlpack_legacy(
  _ tensor: UnsafeMutablePointer<DLManagedTensorVersioned>?,
  _ legacy: UnsafeMutablePointer<UnsafeMutablePointer<DLManagedTensor>?>?
) -> Int32 {
  legacy?.pointee = nil
  return answering("tabular_dlpack_legacy") {
    let tensor = try given(tensor, "tensor")
    guard let legacy else {
      tensor.pointee.deleter?(tensor)
      throw Failure.argument("legacy is NULL")
    }
    legacy.pointee = try legacyDLPack(tensor)
  }
}

/// Where a caller wants tensors; cleared first, and written only where there is a pointer.
struct TensorPlaces {
  typealias Place = UnsafeMutablePointer<UnsafeMutablePointer<DLManagedTensorVersioned>?>

  private let features: Place?
  private let target: Place?
  private let rowIDs: Place?

  init(features: Place?, target: Place?, rowIDs: Place?) {
    (self.features, self.target, self.rowIDs) = (features, target, rowIDs)
    for place in [features, target, rowIDs] { place?.pointee = nil }
  }

  /// Hands the tensors out, to be written to or not.
  func export(_ tensors: RowTensors, isWritable: Bool) {
    func export(_ tensor: AnyTensor) -> UnsafeMutablePointer<DLManagedTensorVersioned> {
      isWritable ? tensor.exportWritableDLPack() : tensor.exportDLPack()
    }
    if let features { features.pointee = export(tensors.features) }
    if let target { target.pointee = tensors.target.map(export) }
    if let rowIDs { rowIDs.pointee = export(tensors.rowIDs) }
    // While they are held here too, they are not taken for the consumer's alone.
    withExtendedLifetime(tensors) {}
  }
}
