import Foundation

@testable import TabularTuning

/// A `python3` whose `ray` is a small imitation, so that the driver's own text runs where Ray is not.
///
/// An actor is a thread; processors are a semaphore. It loses a node, or dies, when files in its folder
/// say so.
struct FakeRay {
  let python: String

  /// Puts the module and a program into a folder; `processors` actors run at once, and `head` is
  /// Python that runs when the module is imported.
  init(in folder: Folder, processors: Int = 4, head: String = "") throws {
    try (head + "\n" + Self.module).write(
      toFile: folder.path("ray.py"),
      atomically: true,
      encoding: .utf8
    )
    python = folder.path("python")
    let words = """
      #!/bin/sh
      FAKE_RAY='\(folder.url.path)' FAKE_CPUS=\(processors) PYTHONDONTWRITEBYTECODE=1 \
      PYTHONPATH='\(folder.url.path)' exec python3 "$@"

      """
    try words.write(toFile: python, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: python)
  }

  func cluster(_ folder: Folder, address: String? = "auto") -> RayCluster {
    RayCluster(address: address, python: python, files: .shared(folder: folder.url.path))
  }

  private static let module = """
    import json, os, signal, threading
    from concurrent.futures import Future, ThreadPoolExecutor, wait as finished

    FOLDER = os.environ["FAKE_RAY"]
    cpus = threading.Semaphore(int(os.environ["FAKE_CPUS"]))

    class exceptions:
        class RayActorError(Exception): pass

    class RayTaskError(Exception):
        def __init__(self, cause):
            super().__init__("a long\\ntraceback")
            self.cause = cause

    def init(**options):
        with open(os.path.join(FOLDER, "options"), "w") as file:
            json.dump(options, file)

    def nodes():
        return [{"Alive": True, "Resources": {"CPU": 1.0}}, {"Alive": True, "Resources": {}},
                {"Alive": False, "Resources": {"CPU": 7.0}}]

    class Method:
        def __init__(self, actor, name): self.actor, self.name = actor, name
        def remote(self, *arguments): return self.actor.pool.submit(self.actor.call, self.name, arguments)

    class Actor:
        def __init__(self, kind):
            self.value, self.holds, self.dead, self.spoke = kind(), False, False, False
            self.pool = ThreadPoolExecutor(1)
        def __getattr__(self, name): return Method(self, name)
        def call(self, name, arguments):
            if not self.holds:
                cpus.acquire()
                self.holds = True
            if self.dead: raise exceptions.RayActorError("the actor is dead")
            if name == "poll" and self.is_lost():
                kill(self)
                raise exceptions.RayActorError("its node has died\\nNode: 1")
            try:
                answer = getattr(self.value, name)(*arguments)
                self.spoke |= name == "poll" and any("output" in line for line in answer)
                return answer
            except Exception as error:
                raise RayTaskError(error)
        def is_lost(self):
            if not self.spoke: return False
            if os.path.exists(os.path.join(FOLDER, "die")): os._exit(1)
            try:
                os.remove(os.path.join(FOLDER, "lose"))
            except FileNotFoundError:
                return os.path.exists(os.path.join(FOLDER, "lose-all"))
            return True

    class Kind:
        def __init__(self, kind): self.kind = kind
        def remote(self): return Actor(self.kind)

    def remote(num_cpus): return Kind

    def get(future):
        return future.result()

    def wait(futures, timeout):
        done, others = finished(futures, timeout)
        return list(done), list(others)

    def kill(actor):
        if actor.dead: return
        actor.dead = True
        process = getattr(actor.value, "process", None)
        if process and process.poll() is None: os.killpg(process.pid, signal.SIGKILL)
        if actor.holds: cpus.release()
        actor.pool.shutdown(wait=False)

    """
}
