"""What the runs share: services, CPU and memory of process trees, queues, the publisher, Postgres."""
import base64
import json
import os
import signal
import subprocess
import time
import urllib.parse
import urllib.request

import amqp
import psycopg

HERE = os.path.dirname(os.path.abspath(__file__))
TICK = os.sysconf("SC_CLK_TCK")
FIXED_SUM = 8123 + 412 + 57 + 934 + 1210 + 988 + 143 + 79 + 15320
ACCOUNTS = 2000


def services(verb="env"):
    out = subprocess.run([os.path.join(HERE, "services.sh"), verb], check=True, capture_output=True, text=True).stdout
    env = dict(line.split("=", 1) for line in out.splitlines() if "=" in line)
    if not (env.get("RABBIT_PID") and env.get("PG_PID") and env.get("NGINX_PID")):
        raise SystemExit("the services are down: Benchmarks/services.sh up")
    return env


def _stat(pid):
    with open(f"/proc/{pid}/stat", encoding="latin-1") as f:
        s = f.read()
    comm = s[s.index("(") + 1:s.rindex(")")]
    v = s[s.rindex(")") + 2:].split()
    return comm, int(v[1]), [int(x) for x in v[11:15]]


def tree(pid):
    kids = {}
    for d in os.listdir("/proc"):
        if d.isdigit():
            try:
                kids.setdefault(_stat(int(d))[1], []).append(int(d))
            except (OSError, ValueError):
                pass
    out, todo = [], [pid]
    while todo:
        p = todo.pop()
        out.append(p)
        todo += kids.get(p, [])
    return out


def cpu(pid):
    """user+sys seconds of a process tree, reaped children included."""
    total = 0
    for p in tree(pid):
        try:
            total += sum(_stat(p)[2])
        except OSError:
            pass
    return total / TICK


def cpu_one(pid):
    try:
        return sum(_stat(pid)[2][:2]) / TICK
    except OSError:
        return 0.0


def busy():
    """(busy seconds of the whole machine, steal seconds)"""
    with open("/proc/stat", encoding="ascii") as f:
        v = [int(x) for x in f.readline().split()[1:9]]
    return (v[0] + v[1] + v[2] + v[5] + v[6]) / TICK, v[7] / TICK


def mem(pid, key="VmHWM"):
    """{pid: KiB} over a tree, shells left out."""
    out = {}
    for p in tree(pid):
        try:
            if _stat(p)[0] in ("bash", "sh"):
                continue
            with open(f"/proc/{p}/{'smaps_rollup' if key == 'Pss' else 'status'}", encoding="latin-1") as f:
                for line in f:
                    if line.startswith(key + ":"):
                        out[p] = int(line.split()[1])
        except OSError:
            pass
    return out


class Rabbit:
    def __init__(self, env):
        u = urllib.parse.urlparse(env["AMQP_URL"])
        self.port, self.mgmt = u.port, env["MGMT_URL"]
        self.host = f"127.0.0.1:{u.port}"

    def api(self, method, path):
        r = urllib.request.Request(self.mgmt + path, method=method,
                                   headers={"Authorization": "Basic " + base64.b64encode(b"guest:guest").decode()})
        with urllib.request.urlopen(r, timeout=20) as f:
            b = f.read()
        return json.loads(b) if b else None

    def wipe(self):
        for q in self.api("GET", "/api/queues/%2F?disable_stats=true&enable_queue_totals=true"):
            self.api("DELETE", "/api/queues/%2F/" + urllib.parse.quote(q["name"], safe=""))
        for e in self.api("GET", "/api/exchanges/%2F"):
            if e["name"] and not e["name"].startswith("amq."):
                self.api("DELETE", "/api/exchanges/%2F/" + urllib.parse.quote(e["name"], safe=""))
        for kind in ("policies", "operator-policies"):
            for p in self.api("GET", f"/api/{kind}/%2F"):
                self.api("DELETE", f"/api/{kind}/%2F/" + urllib.parse.quote(p["name"], safe=""))

    def _ch(self):
        c = amqp.Connection(self.host, "guest", "guest")
        c.connect()
        return c, c.channel()

    def declare(self, name, kind="quorum"):
        c, ch = self._ch()
        ch.queue_declare(name, durable=True, auto_delete=False, arguments={"x-queue-type": kind})
        c.close()

    def counts(self, name):
        """(ready messages, consumers), live, or None when there is no such queue"""
        c, ch = self._ch()
        try:
            r = ch.queue_declare(name, passive=True)
            return r.message_count, r.consumer_count
        except amqp.exceptions.NotFound:
            return None
        finally:
            c.close()


class Pg:
    def __init__(self, env):
        self.url, self.pm = env["PG_URL"], int(env["PG_PID"])
        self.conn = psycopg.connect(self.url, autocommit=True)
        self.backend = self.conn.info.backend_pid

    def one(self, sql):
        return self.conn.execute(sql).fetchone()

    def script(self, path):
        with open(path, encoding="utf-8") as f:
            self.conn.execute(f.read())

    def cpu(self):
        return cpu(self.pm) - cpu_one(self.backend)  # the polling backend is the harness's, not the peer's


def cbench(bench_dir, *args, wait=True):
    p = subprocess.Popen([os.path.join(bench_dir, "cbench"), *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if not wait:
        return p
    out, err = p.communicate(timeout=600)
    if p.returncode:
        raise RuntimeError(f"cbench {args}: {err.strip()}")
    return json.loads(out)


def expected(jobs, start=0):
    return jobs * (FIXED_SUM + 10000) + sum((start + i) % ACCOUNTS for i in range(jobs))


def stop(proc, grace=15):
    """end a peer's own process group"""
    try:
        os.killpg(proc.pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    end = time.time() + grace
    while time.time() < end:
        if proc.poll() is not None and len(tree(proc.pid)) <= 1:
            break
        time.sleep(0.1)
    try:
        os.killpg(proc.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    proc.wait()
