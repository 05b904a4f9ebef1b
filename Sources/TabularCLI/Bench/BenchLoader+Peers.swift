// What users of torch write, timed beside.
extension BenchLoader {
  /// What users of torch write.
  enum Idiom: String, CaseIterable {
    case rows, rowsWithWorkers, whole, slices, select1, select8, select32

    var isByRow: Bool { self == .rows || self == .rowsWithWorkers }

    var title: String {
      switch self {
      case .rows: "DataLoader of rows"
      case .rowsWithWorkers: "DataLoader of rows, 2 workers"
      case .whole: "DataLoader, __getitems__"
      case .slices: "DataLoader, whole batches sampled"
      case .select1: "index_select, a batch at a time"
      case .select8: "index_select, 8 batches at a time"
      case .select32: "index_select, 32 batches at a time"
      }
    }
  }

  static let peers = """
    import itertools
    import torch as m
    from torch.utils.data import DataLoader, Dataset, Sampler, TensorDataset
    features = m.randn(rows, columns)
    target = (m.rand(rows) < 0.3).long()
    def order(): return m.randperm(rows) if shuffled else m.arange(rows)
    class Single(Dataset):
        def __len__(self): return rows
        def __getitem__(self, row): return features[row], target[row]
    class Whole(Single):
        def __getitems__(self, picked):
            picked = m.as_tensor(picked)
            return features.index_select(0, picked), target.index_select(0, picked)
    class Slices(Sampler):
        def __len__(self): return (rows + size - 1) // size
        def __iter__(self): return iter(order().split(size))
    def selected(batches):
        for picked in order().split(size * batches):
            yield from zip(features.index_select(0, picked).split(size), target.index_select(0, picked).split(size))
    def work(request):
        if request == "rows": batches = itertools.islice(DataLoader(Single(), size, shuffle=shuffled), 200)
        elif request == "rowsWithWorkers": batches = itertools.islice(DataLoader(Single(), size, shuffle=shuffled, num_workers=2), 200)
        elif request == "whole": batches = DataLoader(Whole(), size, shuffle=shuffled, collate_fn=lambda batch: batch)
        elif request == "slices": batches = DataLoader(TensorDataset(features, target), sampler=Slices(), batch_size=None)
        else: batches = selected(int(request[6:]))
        return sum(len(batch) for batch, _ in batches)
    """
}
