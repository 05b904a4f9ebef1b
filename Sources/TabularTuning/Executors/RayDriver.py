"""Runs processes of trials on a Ray cluster; the settings are the first argument, in JSON.

Reads lines of JSON, {"run": n, "arguments": [...]} and {"stop": n}, to the end of its input. Writes
"ready" or "refused" once, and then lines with "run": its "node", each line of its "output" and of its
"error", and at last one of "exit" (below 0: a signal), "lost" (with its node) or "refused".
"""
import contextlib, ctypes, json, os, queue, signal, socket, subprocess, sys, threading, time

answers, lock, trials = os.fdopen(os.dup(1), "w"), threading.Lock(), {}
os.dup2(2, 1)  # What Ray prints is no answer.
settings = json.loads(sys.argv[1])

def say(**answer):
    with lock:
        print(json.dumps(answer), file=answers, flush=True)

def words(error):
    return (str(error).strip() or type(error).__name__).splitlines()[0]

class Trial:  # An actor on one of the nodes: a task that can be asked for lines, and stopped.
    def start(self, arguments, folder):
        self.lines, self.process = queue.Queue(), subprocess.Popen(
            arguments, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True,
            # PR_SET_PDEATHSIG: the process ends with this worker, which Ray may kill.
            preexec_fn=lambda: ctypes.CDLL(None).prctl(1, signal.SIGTERM))
        threading.Thread(target=self.read, daemon=True).start()
        return os.uname().nodename
    def read(self):
        errors = threading.Thread(target=self.copy, args=("error", self.process.stderr))
        errors.start()
        self.copy("output", self.process.stdout)
        errors.join()
        self.lines.put({"exit": self.process.wait()})
    def copy(self, name, stream):
        for line in stream:
            self.lines.put({name: line.decode(errors="replace").rstrip("\n")})
    def poll(self):
        time.sleep(0.05)
        return [self.lines.get() for _ in range(min(1000, self.lines.qsize()))]
    def stop(self):
        for number in signal.SIGTERM, signal.SIGKILL:
            with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(self.process.pid, number)
                self.process.wait(2)

def follow(run, arguments, trial):
    try:
        last = {"node": ray.get(trial.start.remote(arguments, settings["folder"]))}
        say(run=run, **last)
        while "exit" not in last:
            for last in ray.get(trial.poll.remote()):
                say(run=run, **last)
    except ray.exceptions.RayActorError as error:
        say(run=run, lost=words(error))
    except Exception as error:
        say(run=run, refused=words(getattr(error, "cause", None) or error))
    ray.kill(trials.pop(run))

def stop(trial):
    if not ray.wait([trial.stop.remote()], timeout=5)[0]:
        ray.kill(trial)  # It waits for a node, or has lost it.

try:
    import ray
    host, _, port = settings["init"]["address"].removeprefix("ray://").rpartition(":")
    if port.isdigit():  # Ray itself would try for minutes.
        socket.create_connection((host, int(port)), timeout=10).close()
    ray.init(log_to_driver=False, logging_level="error", **settings["init"])
    say(ready=[node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]])
except Exception as error:
    sys.exit(say(refused=words(error), missing=isinstance(error, ImportError)) or 1)
for request in map(json.loads, sys.stdin):
    if "run" in request:
        trial = trials[request["run"]] = ray.remote(num_cpus=settings["cpus"])(Trial).remote()
        threading.Thread(target=follow, kwargs={**request, "trial": trial}).start()
    elif request["stop"] in trials:
        threading.Thread(target=stop, args=(trials[request["stop"]],)).start()
for trial in list(trials.values()):
    threading.Thread(target=stop, args=(trial,)).start()
