"""The fleet as scripts drive it: private services, our programs, and what they measure. Python 3, standard library only.

Everything that couples the scripts to the programs' flags, settings and tables stands in this file.
"""
import base64
import json
import os
import random
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import traceback
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOCAL = os.environ.get("FLEET_LOCAL", os.path.join(ROOT, ".local"))
PROGRAMS = os.environ.get("FLEET_BIN", os.path.join(ROOT, ".build", "release"))
TICK = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """What failed and what to do next, in one line."""


def say(text):
    print(text, flush=True)


def end_on_signals():
    """Turns the usual signals into an orderly exit, so that `finally` runs."""
    def leave(number, _frame):
        raise SystemExit(128 + number)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, leave)


def shielded():
    """From here on a second signal does not interrupt the cleaning up."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def free_port():
    """Below the range of outgoing connections, so that no client can be given it and connect to itself."""
    while True:
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", random.randrange(21000, 32000)))
            except OSError:
                continue
            return s.getsockname()[1]


def wait_for(what, seconds, ready, every=0.05):
    end = time.monotonic() + seconds
    while True:
        value = ready()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"{what}: still not so after {seconds} s")
        time.sleep(every)


def last_line(text, otherwise="no output"):
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1] if lines else otherwise


# --- processes --------------------------------------------------------------------------------------------------

def memory_kib(pid, key="VmRSS"):
    """VmRSS now or VmHWM at its highest; 0 when the process is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="latin-1") as f:
            for line in f:
                if line.startswith(key + ":"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def cpu_seconds(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as f:
            v = f.read().rpartition(")")[2].split()
        return (int(v[11]) + int(v[12])) / TICK
    except (OSError, IndexError):
        return 0.0


# --- services ---------------------------------------------------------------------------------------------------

class Services:
    """A private RabbitMQ and Postgres; see scripts/services."""

    def __init__(self, instance, fresh=True, options=()):
        self.instance, self.fresh, self.options = instance, fresh, list(options)
        self.folder = os.path.join(LOCAL, instance)
        self.environment = {}

    def _call(self, *words, seconds=180):
        done = subprocess.run([os.path.join(ROOT, "scripts", "services"), *words], capture_output=True, text=True, timeout=seconds)
        if done.returncode:
            raise Failure(f"scripts/services {words[0]}: {last_line(done.stderr)}")
        return done.stdout

    def up(self):
        words = ["up", "--instance", self.instance, *self.options] + (["--fresh"] if self.fresh else [])
        out = self._call(*words)
        lines = [shlex.split(line) for line in out.splitlines() if line.startswith("export ")]
        self.environment = dict(words[1].split("=", 1) for words in lines)
        return self

    def down(self):
        self._call("down", "--instance", self.instance)

    def broker(self, *verb):
        return self._call("control", "--instance", self.instance, "broker", *verb)

    def postgres(self, *verb):
        return self._call("control", "--instance", self.instance, "postgres", *verb)

    def broker_pid(self):
        return int(self.broker("pid"))

    def api(self, path, method="GET", body=None, user="guest:guest"):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.environment["FLOTILLA_TEST_MANAGEMENT"] + "/api/" + path, method=method, data=data)
        request.add_header("Authorization", "Basic " + base64.b64encode(user.encode()).decode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def queues(self):
        """{name: messages}"""
        found = self.api("queues/%2F?disable_stats=true&enable_queue_totals=true")
        return {q["name"]: q.get("messages", 0) for q in found}

    def sql(self, text):
        """Rows of texts."""
        done = subprocess.run(["/usr/lib/postgresql/15/bin/psql", "-XqAt", "-F", "\x1f", "-v", "ON_ERROR_STOP=1",
                               self.environment["FLOTILLA_TEST_POSTGRES"], "-c", text], capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise Failure(f"Postgres: {last_line(done.stderr)}")
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def number(self, text):
        return int(self.sql(text)[0][0])


# --- programs ---------------------------------------------------------------------------------------------------

class Program:
    """One running program of ours, in a process group of its own."""

    def __init__(self, name, words, environment, log, port):
        self.name, self.words, self.environment, self.log, self.port = name, words, environment, log, port
        self.process = None

    def start(self):
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(self.words, env=self.environment, stdout=out, stderr=subprocess.STDOUT,
                                            stdin=subprocess.DEVNULL, start_new_session=True, cwd=ROOT)
        return self

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process is not None and self.process.poll() is None

    def ready(self):
        if not self.running():
            raise Failure(f"{self.name} ended with {self.process.returncode}: {self.tail()}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                return answer.status == 200
        except urllib.error.HTTPError:
            return self.name == "flotilla-simulator"  # has no admin port: any answer will do
        except (urllib.error.URLError, OSError):
            return False

    def tail(self):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as f:
                return last_line(f.read(), "nothing in its log")
        except OSError:
            return "no log"

    def signal(self, number):
        if self.running():
            os.killpg(self.pid, number)

    def stop(self, seconds=30):
        """SIGTERM, then SIGKILL; returns the exit code."""
        if self.process is None:
            return None
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait(10)


class Fleet:
    """Our programs over one set of services."""

    def __init__(self, services, log_level="info"):
        self.services, self.programs = services, []
        self.folder = os.path.join(services.folder, "programs")
        if services.fresh:
            shutil.rmtree(self.folder, ignore_errors=True)
            if os.path.exists(os.path.join(services.folder, "keyring")):
                os.remove(os.path.join(services.folder, "keyring"))
        os.makedirs(self.folder, exist_ok=True)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("FLOTILLA_")}
        self.environment.update({k: v for k, v in services.environment.items() if not k.startswith("FLOTILLA_TEST_")})
        self.environment.update(settings(services.folder, log_level))

    @staticmethod
    def path(name):
        path = os.path.join(PROGRAMS, name)
        if not os.access(path, os.X_OK):
            raise Failure(f"no {name} in {PROGRAMS}: run scripts/build, or name the folder in FLEET_BIN")
        return path

    def flotilla(self, *words, seconds=300, accept=(0,)):
        """One command to its end; what it printed."""
        done = subprocess.run([self.path("flotilla"), *words], env=self.environment, cwd=ROOT, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=seconds)
        if done.returncode not in accept:
            raise Failure(f"flotilla {' '.join(words)}: exit code {done.returncode}: {last_line(done.stderr or done.stdout)}")
        return done.stdout

    def prepare(self, accounts=0):
        """Schema, topology and accounts with sealed credentials."""
        self.flotilla("migrate")
        self.flotilla("topology", "apply")
        if accounts:
            self.seed(accounts)

    def seed(self, count, platform="instagram"):
        self.flotilla("accounts", "seed", "--count", str(count), "--platform", platform, seconds=900)

    def start_run(self, first, last, lane="normal", platform="instagram"):
        """The account metrics of the days from `first` to `last`, both included; the run's id."""
        return self.start_collection("account_daily", platform, "--from", str(first), "--to", str(last), "--lane", lane)

    def start_collection(self, collect, platform, *words):
        """A run over all accounts of a platform; its id."""
        return json.loads(self.flotilla("runs", "start", "--platform", platform, "--collect", collect, *words, "--json"))["run"]

    def audit(self, accepted=()):
        """The project's own audit: what is lost, what is counted twice, whether rollups equal a recomputation. `accepted`
        are ids that a door accepted; all work must have ended."""
        self.rollups_done()
        ids = os.path.join(self.folder, "accepted-ids")
        with open(ids, "w", encoding="ascii") as f:
            f.writelines(f"{i}\n" for i in accepted)
        return json.loads(self.flotilla("audit", "--json", "--expect-quiet", "--accepted-ids", ids, accept=(0, 1), seconds=600))

    def rollups_done(self, seconds=120):
        """Waits until nothing is left to be computed again. An aggregator must run."""
        wait_for("the rollups", seconds, lambda: self.services.number(
            "select count(*) from (select 1 from flotilla.dirty_days union all select 1 from flotilla.dirty_groups) d") == 0)

    def add(self, program, *words, name=None, settings=None):
        port = free_port()
        name = name or program
        environment = {**self.environment, **(settings or {})}
        listen = "--listen" if program == "flotilla-simulator" else "--admin-listen"
        p = Program(name, [self.path(program), listen, f"127.0.0.1:{port}", *words], environment,
                    os.path.join(self.folder, f"{name}.log"), port)
        self.programs.append(p)
        return p

    def start(self, program, *words, name=None, settings=None, ready=20):
        p = self.add(program, *words, name=name, settings=settings).start()
        if ready:
            wait_for(f"{p.name} ready", ready, p.ready)
        return p

    def simulator(self, *words):
        """The platforms in a box; every worker started afterwards talks to it."""
        p = self.start("flotilla-simulator", *words)
        self.environment["FLOTILLA_WORKER_PLATFORM_ORIGIN"] = f"http://127.0.0.1:{p.port}"
        return p

    def stop(self):
        for p in reversed(self.programs):
            p.signal(signal.SIGTERM)
        return {p.name: p.stop() for p in reversed(self.programs)}


def settings(folder, log_level="info"):
    """What every program of ours needs besides the addresses of the services."""
    ring = os.path.join(folder, "keyring")
    if not os.path.exists(ring):
        os.makedirs(folder, exist_ok=True)
        descriptor = os.open(ring, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as f:
            f.write(f"key-1: {base64.b64encode(os.urandom(32)).decode()}\n")
    return {
        "FLOTILLA_KEYRING_FILE": ring,
        "FLOTILLA_TOPOLOGY_FILE": os.path.join(ROOT, "queues.yaml"),
        "FLOTILLA_LOG_LEVEL": log_level,
    }


# --- proofs -----------------------------------------------------------------------------------------------------

class Proof:
    """Collects figures and bounds; ends on one line of JSON and an exit code."""

    def __init__(self, name):
        self.name, self.began, self.figures, self.bounds = name, time.monotonic(), {}, []

    def step(self, text):
        say(f"[{time.monotonic() - self.began:6.1f} s] {text}")

    def bound(self, name, value, holds, limit):
        self.bounds.append((name, value, bool(holds), limit))
        self.step(f"{'holds ' if holds else 'MISSED'}  {name}: {value} (bound: {limit})")

    def at_least(self, name, value, limit):
        self.bound(name, value, value is not None and value >= limit, f">= {limit}")

    def at_most(self, name, value, limit):
        self.bound(name, value, value is not None and value <= limit, f"<= {limit}")

    def finish(self, failure=None):
        passed = failure is None and bool(self.bounds) and all(b[2] for b in self.bounds)
        line = {"proof": self.name, "passed": passed, "seconds": round(time.monotonic() - self.began, 1)}
        if failure:
            line["failure"] = failure
        missed = [b[0] for b in self.bounds if not b[2]]
        if missed:
            line["missed"] = missed
        line.update(figures=self.figures, bounds={b[0]: {"value": b[1], "bound": b[3], "holds": b[2]} for b in self.bounds})
        say(json.dumps(line))
        return 0 if passed else 1


def prove(name, body, cleanup):
    """Runs body(proof); always cleans up; always ends on the line of JSON."""
    proof, failure = Proof(name), None
    end_on_signals()
    try:
        body(proof)
    except Failure as error:
        failure = str(error)
    except SystemExit as error:
        failure = f"stopped by signal {int(error.code or 0) - 128}"
    except subprocess.TimeoutExpired as error:
        failure = f"{os.path.basename(str(error.cmd[0]))} did not end within {error.timeout:.0f} s"
    except Exception as error:  # pylint: disable=broad-except  # the last line is promised, whatever went wrong
        traceback.print_exc()
        failure = f"{type(error).__name__}: {error}"
    finally:
        shielded()
        try:
            cleanup()
        except (Failure, OSError, subprocess.SubprocessError) as error:
            failure = failure or f"cleaning up: {error}"
    if failure:
        print(f"{name}: {failure}", file=sys.stderr)
    sys.exit(proof.finish(failure))
