// What users of torch and jax write for speed.
extension BenchTrain {
  enum Idiom: String, CaseIterable {
    case oneThread, twoThreads, processes, scan

    /// Those of a peer.
    static func all(of peer: Peer) -> [Idiom] {
      peer.name.hasPrefix("jax") ? [.scan] : [.oneThread, .twoThreads, .processes]
    }

    var title: String {
      switch self {
      case .oneThread: "fused Adam, 1 thread"
      case .twoThreads: "fused Adam, 2 threads"
      case .processes: "DDP, 2 processes, gloo"
      case .scan: "compiled scan"
      }
    }

    /// The line that asks a peer for a run.
    func request(_ batchSize: Int, epochs: Int, checks: Bool) -> String {
      "\(rawValue) \(batchSize) \(epochs) \(checks ? 1 : 0)"
    }

    /// What a run's seconds are multiplied by, to be those of all rows: a scan takes whole batches
    /// alone.
    func share(of rows: Int, _ batchSize: Int) -> Double {
      self == .scan ? Double(rows) / Double(rows / batchSize * batchSize) : 1
    }
  }

  /// `work` takes an idiom, a batch size, epochs, and whether to check the loss before and after.
  ///
  /// The processes of DDP are other interpreters, which get their lines by pipes.
  static let peers = #"""
    def check(before, after):
        if not after < before: raise ArithmeticError(f"the loss went from {before} to {after}")
    ranks = r'''
    import datetime, os, sys, torch
    total, width, rank, port, size = (int(word) for word in sys.argv[1:])
    torch.set_num_threads(1)
    torch.manual_seed(rank)
    def model():
        layers, last = [], width
        for wide in (128, 64): layers += [torch.nn.Linear(last, wide), torch.nn.ReLU()]; last = wide
        return torch.nn.Sequential(*layers, torch.nn.Linear(last, 1))
    features = torch.randn(total, width)
    target = (features.sum(1) > 2).float()
    criterion = torch.nn.BCEWithLogitsLoss()
    # A model and its steps, each over `size` of the rows.
    class Training:
        def __init__(self, net, size):
            self.net, self.size = net, size
            self.adam = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
            self.batches = torch.randperm(total).split(size)
        def loss(self):
            with torch.no_grad(): return criterion(self.net(features).squeeze(1), target).item()
        def epoch(self, limit=None):
            for rows in self.batches[:limit]:
                self.adam.zero_grad(set_to_none=True)
                criterion(self.net(features.index_select(0, rows)).squeeze(1), target.index_select(0, rows)).backward()
                self.adam.step()
    if rank >= 0:
        import torch.distributed as dist
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
        dist.init_process_group("gloo", rank=rank, world_size=2, timeout=datetime.timedelta(seconds=60))
        training = Training(torch.nn.parallel.DistributedDataParallel(model()), max(1, size // 2))
        # Half of each batch, and as many steps as one process takes.
        steps = -(-total // size)
        training.batches = training.batches[:steps]
        for line in sys.stdin:
            epochs, checked = (int(word) for word in line.split())
            before = training.loss() if checked else None
            for _ in range(epochs): training.epoch()
            if checked and not training.loss() < before: sys.exit("the loss did not go down")
            print("done", flush=True)
    '''
    if engine == "torch":
        import socket, subprocess, torch as m
        sys.argv = ["", str(total), str(width), "-1", "0", "0"]
        exec(ranks)
        known, processes = {}, {}
        def job(size):
            if size not in processes:
                # One pair of processes at a time: they would take memory and sockets from the next.
                for process in sum(processes.values(), []): process.stdin.close(); process.wait()
                processes.clear()
                with socket.socket() as s: s.bind(("127.0.0.1", 0)); port = s.getsockname()[1]
                processes[size] = [subprocess.Popen([sys.executable, "-u", "-c", ranks] + [str(x) for x in (total, width, rank, port, size)],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for rank in (0, 1)]
            return processes[size]
        def work(request):
            kind, size, epochs, checked = request.split()
            size, epochs = int(size), int(epochs)
            if kind == "processes":
                for process in job(size): process.stdin.write(f"{epochs} {checked}\n"); process.stdin.flush()
                for process in job(size):
                    if process.stdout.readline() != "done\n": raise RuntimeError("a process of DDP failed")
                return
            m.set_num_threads(1 if kind == "oneThread" else 2)
            if (kind, size) not in known: known[kind, size] = Training(model(), size)
            training = known[kind, size]
            before = training.loss() if checked == "1" else None
            for _ in range(epochs): training.epoch()
            if before is not None: check(before, training.loss())
    else:
        import functools, jax as m, jax.numpy as jnp, numpy as np
        random = np.random.default_rng(0)
        features = random.standard_normal((total, width), np.float32)
        target = jnp.asarray((features.sum(1) > 2).astype(np.float32))
        features = jnp.asarray(features)
        def start():
            sizes = (width, 128, 64, 1)
            return [(jnp.asarray(random.uniform(-1, 1, (a, b)).astype(np.float32) / a ** 0.5), jnp.zeros(b)) for a, b in zip(sizes, sizes[1:])]
        def loss(layers, x, y):
            for weight, bias in layers[:-1]: x = m.nn.relu(x @ weight + bias)
            z = (x @ layers[-1][0] + layers[-1][1])[:, 0]
            return jnp.mean(m.nn.softplus(z) - z * y)
        @functools.partial(m.jit, donate_argnums=0)
        def epoch(state, features, target, batches):
            def step(state, rows):
                layers, first, second, count = state
                value, slope = m.value_and_grad(loss)(layers, features[rows], target[rows])
                count = count + 1
                first = m.tree.map(lambda a, g: 0.9 * a + 0.1 * g, first, slope)
                second = m.tree.map(lambda a, g: 0.999 * a + 0.001 * g * g, second, slope)
                layers = m.tree.map(lambda w, a, b: w - 1e-3 * (a / (1 - 0.9 ** count)) / (jnp.sqrt(b / (1 - 0.999 ** count)) + 1e-8), layers, first, second)
                return (layers, first, second, count), value
            return m.lax.scan(step, state, batches)
        states, orders = {}, {}
        def work(request):
            _, size, epochs, checked = request.split()
            size = int(size)
            if size not in states:
                zeros = lambda: m.tree.map(jnp.zeros_like, layers)
                layers = start()
                states[size] = (layers, zeros(), zeros(), jnp.float32(0))
                orders[size] = jnp.asarray(random.permutation(total)[:total // size * size].reshape(-1, size))
            before = loss(states[size][0], features, target).item() if checked == "1" else None
            for _ in range(int(epochs)): states[size], values = epoch(states[size], features, target, orders[size])
            values.block_until_ready()
            if before is not None: check(before, loss(states[size][0], features, target).item())
    """#
}
