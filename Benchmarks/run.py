"""Interleaved runs of the peers; see README.md. Called by run.sh."""
import argparse
import base64
import json
import os
import signal
import statistics as st
import subprocess
import sys
import time

import benchlib as b

CEL = "$VENV/bin/python -m celery -A celery_peer worker --without-gossip --without-mingle --without-heartbeat -l warning"
PEERS = {
    # name: command (run by bash in peers/), message format, queues that must have consumers, settings
    "celery": dict(cmd=f"{CEL} -P threads -c 8 -n w1@bench & {CEL} -P threads -c 8 -n w2@bench & wait", fmt="celery", consumers={"jobs": 2}, env={"CELERY_POOL": "threads"}),
    "celery-prefork": dict(cmd=f"exec {CEL} -P prefork -c 4 -n w1@bench", fmt="celery", consumers={"jobs": 1}),
    "celery-prefork2": dict(cmd=f"exec {CEL} -P prefork -c 2 -n w1@bench", fmt="celery", consumers={"jobs": 1}),
    "celery-prefork8": dict(cmd=f"exec {CEL} -P prefork -c 8 -n w1@bench", fmt="celery", consumers={"jobs": 1}),
    "celery-gevent": dict(cmd=f"{CEL} -P gevent -c 32 -n w1@bench & {CEL} -P gevent -c 32 -n w2@bench & wait", fmt="celery", consumers={"jobs": 2}, env={"CELERY_POOL": "gevent"}),
    "dramatiq": dict(cmd="exec $VENV/bin/dramatiq dramatiq_peer -p 2 -t 8 --skip-logging", fmt="dramatiq", consumers={"jobs": 2}, env={"dramatiq_queue_prefetch": "64"}),
    "dramatiq-p2t4": dict(cmd="exec $VENV/bin/dramatiq dramatiq_peer -p 2 -t 4 --skip-logging", fmt="dramatiq", consumers={"jobs": 2}, env={"dramatiq_queue_prefetch": "64"}),
    "dramatiq-p4t2": dict(cmd="exec $VENV/bin/dramatiq dramatiq_peer -p 4 -t 2 --skip-logging", fmt="dramatiq", consumers={"jobs": 4}, env={"dramatiq_queue_prefetch": "64"}),
    "aiopika": dict(cmd="$VENV/bin/python aiopika_peer.py worker & $VENV/bin/python aiopika_peer.py worker & $VENV/bin/python aiopika_peer.py aggregator & wait", fmt="raw", consumers={"jobs": 2, "samples": 1}),
    "aiopika-1w": dict(cmd="$VENV/bin/python aiopika_peer.py worker & $VENV/bin/python aiopika_peer.py aggregator & wait", fmt="raw", consumers={"jobs": 1, "samples": 1}),
    "go": dict(cmd="$BENCH_DIR/gopeer worker & $BENCH_DIR/gopeer aggregator & wait", fmt="raw", consumers={"jobs": 1, "samples": 1}),
    "go-nethttp": dict(cmd="$BENCH_DIR/gopeer worker & $BENCH_DIR/gopeer aggregator & wait", fmt="raw", consumers={"jobs": 1, "samples": 1}, env={"HTTP": "net"}),
}
# Our own programs: everything that couples the yardstick to their commands, settings and tables stands here.
ROOT = os.path.dirname(b.HERE)
PROGRAMS = os.environ.get("FLEET_BIN", os.path.join(ROOT, ".build", "release"))
PEERS["flotilla"] = dict(
    cmd="$FLEET_BIN/flotilla-worker & $FLEET_BIN/flotilla-aggregator & wait",
    fmt="flotilla", consumers={"jobs.instagram.normal": 1, "results.0": 1},
    publish=["exchange=jobs", "key=instagram.normal"],
    setup="""set -e
psql -qX "$PG_URL" -c 'set client_min_messages = warning' -c 'drop schema if exists flotilla cascade'
"$FLEET_BIN/flotilla" migrate
"$FLEET_BIN/flotilla" topology apply
"$FLEET_BIN/flotilla" accounts seed --count 2000 --platform instagram --external-id 17841400000000""",
    env={"FLOTILLA_LOG_LEVEL": "warning"},
    first_account="select min(id) from flotilla.accounts",
    shift=0,  # the first account has the outside id 17841400000000
    # Storage is packed: one row per job with an array of values.
    count_sql='select coalesce(sum(cardinality("values")), 0) from flotilla.observations',
    sum_sql='select coalesce(sum(v), 0) from flotilla.observations, unnest("values") v',
    # Engagement and its rates are computed besides, from the same values.
    rollup_sql="select count(*), coalesce(sum(sum), 0) from flotilla.daily_rollups where metric not like 'engagement%'",
    # The last twelve characters of a job's id are its number.
    commit_sql="""select right(job_id::text, 12)::bigint, extract(epoch from pg_xact_commit_timestamp(xmin))::float8
                  from flotilla.observations""",
)
DEFAULTS = dict(
    count_sql="select count(*) from snapshots",
    sum_sql="select sum(value) from snapshots",
    rollup_sql="select count(*), sum(sum) from daily_rollups",
    commit_sql=f"""select (date - date '2026-01-01') * {b.ACCOUNTS} + right(account_id, 6)::int,
                   extract(epoch from pg_xact_commit_timestamp(xmin))::float8 from snapshots where metric = 'views'""",
)
BEST = "celery,dramatiq,aiopika,go,flotilla"


def flotilla_environment(svc, bench):
    """Settings of our programs. The key ring is made once, so that seeded credentials stay readable."""
    ring = os.path.join(bench, "keyring")
    if not os.path.exists(ring):
        with open(os.open(ring, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as f:
            f.write(f"bench: {base64.b64encode(os.urandom(32)).decode()}\n")
    return {
        "FLEET_BIN": PROGRAMS,
        "FLOTILLA_AMQP_URL": svc["AMQP_URL"],
        "FLOTILLA_MANAGEMENT_URL": svc["MGMT_URL"].replace("://", "://guest:guest@"),
        "FLOTILLA_POSTGRES_URL": svc["PG_URL"],
        "FLOTILLA_KEYRING_FILE": ring,
        "FLOTILLA_WORKER_PLATFORM_ORIGIN": svc["PLATFORM_URL"],
        "FLOTILLA_TOPOLOGY_FILE": os.path.join(ROOT, "queues.yaml"),
    }


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the peer of the moment is stopped as well
    ap = argparse.ArgumentParser(prog="run.sh")
    ap.add_argument("--options", action="store_true", help=argparse.SUPPRESS)
    ap.add_argument("--peers", default=BEST, help=f"comma list of {', '.join(PEERS)} (default {BEST})")
    ap.add_argument("--jobs", type=int, default=20000)
    ap.add_argument("--repeat", type=int, default=3)
    ap.add_argument("--cmd", action="append", default=[], metavar="NAME=COMMAND", help="an extra peer: a bash command line, run in the current directory")
    ap.add_argument("--setup-cmd", action="append", default=[], metavar="NAME=COMMAND", help="run before each run of that peer (own schema, queues)")
    ap.add_argument("--count-sql", action="append", default=[], metavar="NAME=SQL", help="one integer: snapshot rows durable so far (default: select count(*) from snapshots)")
    ap.add_argument("--sum-sql", action="append", default=[], metavar="NAME=SQL", help="one integer: sum of the values (default: select sum(value) from snapshots)")
    ap.add_argument("--rollup-sql", action="append", default=[], metavar="NAME=SQL", help="'count, sum' over the roll-ups; 'none' to skip (default: select count(*), sum(sum) from daily_rollups)")
    ap.add_argument("--format", action="append", default=[], metavar="NAME=raw|celery|dramatiq|none", help="what the neutral dispatcher publishes (default raw; none: the peer publishes by itself)")
    ap.add_argument("--publish-cmd", action="append", default=[], metavar="NAME=COMMAND", help="publish with this instead of the neutral dispatcher (its CPU counts as the dispatcher's)")
    ap.add_argument("--stages", action="append", default=[], metavar="NAME=1|2", help="2 (default): a consumer on $SAMPLES_QUEUE is awaited too")
    ap.add_argument("--timeout", type=float, default=300, help="bound of one run, seconds")
    ap.add_argument("--rate", type=float, default=0, help="publish at this rate and report enqueue->committed latency")
    ap.add_argument("--startup", action="store_true", help="instead: start-up time to first committed job, and idle memory")
    ap.add_argument("--noise", type=float, default=0.05, help="a run is noisy when others took more than this share of the machine; the table leaves noisy runs out where a peer has quiet ones")
    ap.add_argument("--retry", type=int, default=0, help="repeat a noisy run up to this often")
    ap.add_argument("--quiet-wait", type=float, default=20, help="before each run wait up to so many seconds for a quiet machine")
    ap.add_argument("--out", default=None, help="JSON file (default: $BENCH_DIR/results/<kind>-<time>.json)")
    a = ap.parse_args()

    def kv(items):
        return dict(i.split("=", 1) for i in items)
    setups, counts, sums, rolls, fmts, pubs, stages = map(kv, (a.setup_cmd, a.count_sql, a.sum_sql, a.rollup_sql, a.format, a.publish_cmd, a.stages))
    names = [p for p in a.peers.split(",") if p]
    unknown = [n for n in names if n not in PEERS]
    if unknown:
        raise SystemExit(f"run.sh: unknown peer {', '.join(unknown)}; known: {', '.join(PEERS)}")
    peers = {n: dict(PEERS[n]) for n in names}
    for n, c in kv(a.cmd).items():
        two = stages.get(n, "2") == "2"
        peers[n] = dict(cmd=c, fmt=fmts.get(n, "raw"), consumers={"jobs": 1, **({"samples": 1} if two else {})}, cwd=os.environ.get("BENCH_CWD", os.getcwd()))
    for n, p in peers.items():
        own = dict(setup=setups.get(n), count_sql=counts.get(n), sum_sql=sums.get(n), rollup_sql=rolls.get(n), fmt=fmts.get(n), publish_cmd=pubs.get(n))
        peers[n] = {**DEFAULTS, **p, **{k: v for k, v in own.items() if v}}
    if "flotilla" in names:
        missing = [x for x in ("flotilla", "flotilla-worker", "flotilla-aggregator") if not os.access(os.path.join(PROGRAMS, x), os.X_OK)]
        if missing:
            raise SystemExit(f"run.sh: no {', '.join(missing)} in {PROGRAMS}: swift build -c release, or name the folder in FLEET_BIN")
    svc = b.services()
    rabbit, pg = b.Rabbit(svc), b.Pg(svc)
    bench = svc["BENCH_DIR"]
    env = {**os.environ, **svc, **flotilla_environment(svc, bench), "VENV": os.path.join(bench, "venv"), "SQL_DIR": os.path.join(b.HERE, "sql"), "JOBS": str(a.jobs),
           "JOBS_QUEUE": "bench.jobs", "SAMPLES_QUEUE": "bench.samples", "PYTHONPATH": os.path.join(b.HERE, "peers"), "PYTHONDONTWRITEBYTECODE": "1"}
    qn = {"jobs": env["JOBS_QUEUE"], "samples": env["SAMPLES_QUEUE"]}
    meta = dict(date=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), cores=os.cpu_count(), load=os.getloadavg(), jobs=a.jobs, repeat=a.repeat, rate=a.rate, argv=[x for i, x in enumerate(sys.argv[1:]) if x != "--out" and sys.argv[i] != "--out"])
    runs = []
    if a.startup:
        for r in range(a.repeat):
            for n, p in peers.items():
                runs.append(startup(n, p, env, rabbit, pg, qn))
                print(json.dumps(runs[-1]), flush=True)
    else:
        for r in range(a.repeat):
            order = list(peers) if r % 2 == 0 else list(reversed(peers))
            for n in order:
                for attempt in range(a.retry + 1):
                    quiet(a)
                    res = once(n, peers[n], env, rabbit, pg, qn, a)
                    res["round"] = r
                    runs.append(res)
                    print(json.dumps(res), file=sys.stderr, flush=True)
                    if res["noise"] <= a.noise:
                        break
        table(runs, peers, a)
    out = a.out or os.path.join(bench, "results", f"{'startup' if a.startup else 'latency' if a.rate else 'run'}-{time.strftime('%Y%m%dT%H%M%S')}.json")
    os.makedirs(os.path.dirname(os.path.abspath(out)), exist_ok=True)
    with open(out, "w", encoding="utf-8") as f:
        json.dump({"meta": meta, "runs": runs}, f, indent=1)
    print("written:", os.path.relpath(out))


def quiet(a):
    end = time.time() + a.quiet_wait
    while time.time() < end:
        x, t = b.busy()[0], time.time()
        time.sleep(1.5)
        if (b.busy()[0] - x) / (time.time() - t) < 0.15:
            return


def fresh(rabbit, pg, setup, env):
    rabbit.wipe()
    pg.script(os.path.join(b.HERE, "sql", "schema.sql"))
    if setup:
        done = subprocess.run(["bash", "-c", setup], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        if done.returncode:
            raise SystemExit(f"run.sh: setting up failed: {(done.stdout.strip().splitlines() or ['no output'])[-1]}")
    pg.conn.execute("CHECKPOINT")


def launch(n, p, env):
    log = open(os.path.join(env["BENCH_DIR"], f"{n}.log"), "w", encoding="utf-8")
    return subprocess.Popen(["bash", "-c", p["cmd"]], env={**env, **p.get("env", {})}, cwd=p.get("cwd", os.path.join(b.HERE, "peers")),
                            stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)


def ended(n, env):
    try:
        with open(os.path.join(env["BENCH_DIR"], f"{n}.log"), encoding="utf-8", errors="replace") as f:
            last = (f.read().strip().splitlines() or ["no output"])[-1]
    except OSError:
        last = "no log"
    return SystemExit(f"run.sh: {n} ended by itself: {last}")


def await_consumers(n, p, proc, rabbit, qn, env, limit=60):
    end = time.time() + limit
    while time.time() < end:
        if proc.poll() is not None:
            raise ended(n, env)
        have = {q: rabbit.counts(qn.get(q, q)) for q in p["consumers"]}
        if all(have[q] and have[q][1] >= k for q, k in p["consumers"].items()):
            return
        time.sleep(0.2)
    raise SystemExit(f"{n}: consumers did not appear in {limit} s")


def publish_arguments(p, rabbit, pg, qn, count):
    """How the neutral dispatcher reaches this peer: its queue, or an exchange and a routing key."""
    out = [f"port={rabbit.port}", f"count={count}", f"format={p['fmt']}", f"accounts={b.ACCOUNTS}", f"queue={qn['jobs']}"]
    if p.get("first_account"):
        out.append(f"first={pg.one(p['first_account'])[0]}")
    return out + p.get("publish", [])


def once(n, p, env, rabbit, pg, qn, a):
    fresh(rabbit, pg, p.get("setup"), env)
    fmt, pub_cmd, count_sql = p["fmt"], p.get("publish_cmd"), p["count_sql"]
    proc = launch(n, p, env)
    publisher = None
    try:
        if fmt != "none" or pub_cmd:
            await_consumers(n, p, proc, rabbit, qn, env)
            time.sleep(2.0)
        rp, np = int(env["RABBIT_PID"]), int(env["NGINX_PID"])
        before = dict(peer=b.cpu(proc.pid), broker=b.cpu(rp), pg=pg.cpu(), nginx=b.cpu(np), mach=b.busy(), me=sum(os.times()[:4]))
        tsfile = os.path.join(env["BENCH_DIR"], "ts.txt")
        t0 = time.time()
        if pub_cmd:
            publisher = subprocess.Popen(["bash", "-c", pub_cmd], env=env, stdout=subprocess.PIPE, stderr=None, text=True)
        elif fmt != "none":
            args = publish_arguments(p, rabbit, pg, qn, a.jobs) + ["window=1000", f"maxsec={a.timeout}"]
            if a.rate:
                args += [f"rate={a.rate}", f"tsfile={tsfile}"]
            publisher = b.cbench(env["BENCH_DIR"], "pub", *args, wait=False)
        want, got, last_t, last_n = a.jobs * 10, 0, t0, 0
        rss = {}
        wait = 0.2
        while True:
            time.sleep(wait)
            got = int(pg.one(count_sql)[0])
            t1 = time.time()
            if got >= want:
                break
            if t1 - t0 > a.timeout or proc.poll() is not None:
                break
            rate = (got - last_n) / (t1 - last_t) if got > last_n else 0
            last_t, last_n = t1, got
            left = (want - got) / rate if rate else 1.0
            wait = min(max(left * 0.4, 0.02), 1.5 if a.rate == 0 else 5)
            for q, k in b.mem(proc.pid).items():
                rss[q] = max(rss.get(q, 0), k)
        for q, k in b.mem(proc.pid).items():
            rss[q] = max(rss.get(q, 0), k)
        after = dict(peer=b.cpu(proc.pid), broker=b.cpu(rp), pg=pg.cpu(), nginx=b.cpu(np), mach=b.busy(), me=sum(os.times()[:4]))
        pss = sum(b.mem(proc.pid, "Pss").values()) / 1024
        pub, pubcpu = {}, 0.0
        if publisher:
            c0 = os.times()
            out, _ = publisher.communicate(timeout=60)
            c1 = os.times()
            pubcpu = c1.children_user + c1.children_system - c0.children_user - c0.children_system
            try:
                pub = json.loads(out.strip().splitlines()[-1])
            except (ValueError, IndexError):
                pub = {}
        start = pub.get("t_first", t0)
        sm, expected = pg.one(p["sum_sql"])[0], b.expected(a.jobs) + a.jobs * p.get("shift", 0)
        ok = got == want and int(sm or 0) == expected
        if p["rollup_sql"] != "none":
            rc, rs = pg.one(p["rollup_sql"])
            ok = ok and int(rc) == want and int(rs or 0) == expected
        d = {k: after[k] - before[k] for k in ("peer", "broker", "pg", "nginx", "me")}
        mach = after["mach"][0] - before["mach"][0]
        k = a.jobs / 1000
        res = dict(peer=n, jobs=a.jobs, secs=round(t1 - start, 3), jobs_per_s=round(a.jobs / (t1 - start), 1),
                   client_cpu_per_1k=round(d["peer"] / k, 4), broker_cpu_per_1k=round(d["broker"] / k, 4), pg_cpu_per_1k=round(d["pg"] / k, 4),
                   nginx_cpu_per_1k=round(d["nginx"] / k, 4), dispatcher_cpu_per_1k=round(pubcpu / k, 4), dispatch_rate=pub.get("rate"),
                   noise=round((mach - d["peer"] - d["broker"] - d["pg"] - d["nginx"] - d["me"] - pubcpu) / ((t1 - t0) * os.cpu_count()), 3), other_cpu_s=round(mach - d["peer"] - d["broker"] - d["pg"] - d["nginx"] - d["me"] - pubcpu, 2), steal_s=round(after["mach"][1] - before["mach"][1], 2),
                   rss_mib=round(sum(rss.values()) / 1024, 1), pss_mib=round(pss, 1), processes=len(rss), rows=got, verified=ok)
        if a.rate:
            res.update(latency(pg, p, tsfile))
    finally:
        if publisher and publisher.poll() is None:
            publisher.terminate()
        time.sleep(0.5)  # the last acks follow the last commit
        b.stop(proc)
    time.sleep(0.3)
    # everything acked? messages not yet acked come back as ready when the peer stops
    left = {q: rabbit.counts(qn.get(q, q)) for q in p["consumers"]}
    res["left_in_queues"] = sum(c[0] for c in left.values() if c)
    return res


def latency(pg, p, tsfile):
    sent = {}
    with open(tsfile, encoding="ascii") as f:
        for line in f:
            i, t = line.split()
            sent[int(i)] = float(t)
    lat = []
    for number, t in pg.conn.execute(p["commit_sql"]):
        lat.append((t - sent[number]) * 1000)
    lat.sort()
    q = lambda x: round(lat[min(len(lat) - 1, int(x * len(lat)))], 2)
    return dict(lat_ms_p50=q(.5), lat_ms_p90=q(.9), lat_ms_p99=q(.99), lat_ms_max=round(lat[-1], 2))


def startup(n, p, env, rabbit, pg, qn):
    """One job waits in the queue; from launch to its commit. Then memory after 3 s idle."""
    fresh(rabbit, pg, p.get("setup"), env)
    proc = launch(n, p, env)  # once, so that the peer's own queues exist
    await_consumers(n, p, proc, rabbit, qn, env)
    time.sleep(1)
    b.stop(proc)
    b.cbench(env["BENCH_DIR"], "pub", *publish_arguments(p, rabbit, pg, qn, 1))
    t0 = time.time()
    proc = launch(n, p, env)
    try:
        while not int(pg.one(p["count_sql"])[0]):
            if proc.poll() is not None or time.time() - t0 > 60:
                raise ended(n, env)
            time.sleep(0.005)
        first = max(t for _, t in pg.conn.execute(p["commit_sql"]))
        cpu = b.cpu(proc.pid)
        time.sleep(3)
        rss, pss = b.mem(proc.pid, "VmRSS"), b.mem(proc.pid, "Pss")
        c0 = b.cpu(proc.pid)
        time.sleep(2)
        idle = (b.cpu(proc.pid) - c0) / 2
        return dict(peer=n, first_job_s=round(first - t0, 3), startup_cpu_s=round(cpu, 2), rss_mib=sorted(round(v / 1024, 1) for v in rss.values()),
                    pss_mib=sorted(round(v / 1024, 1) for v in pss.values()), idle_cpu_share=round(idle, 4))
    finally:
        b.stop(proc)


def table(runs, peers, a):
    cols = ["jobs_per_s", "client_cpu_per_1k", "broker_cpu_per_1k", "pg_cpu_per_1k", "nginx_cpu_per_1k", "rss_mib", "pss_mib"]
    if a.rate:
        cols += ["lat_ms_p50", "lat_ms_p90", "lat_ms_p99", "lat_ms_max"]
    print("\n| peer | " + " | ".join(cols) + " | jobs/s min-max | runs used/made | others' CPU share | left | verified |\n|" + "---|" * (len(cols) + 6))
    for n in peers:
        made = [r for r in runs if r["peer"] == n]
        if not made:
            continue
        rs = [r for r in made if r["noise"] <= a.noise] or [min(made, key=lambda r: r["noise"])]
        med = [st.median(r[c] for r in rs) for c in cols]
        js = [r["jobs_per_s"] for r in rs]
        print(f"| {n} | " + " | ".join(f"{m:.0f}" if c in ("jobs_per_s", "rss_mib", "pss_mib") else f"{m:.3f}" for m, c in zip(med, cols))
              + f" | {min(js):.0f}-{max(js):.0f} | {len(rs)}/{len(made)} | {max(r['noise'] for r in rs):.2f} | {sum(r['left_in_queues'] for r in made)} | {'yes' if all(r['verified'] for r in made) else 'NO'} |")
    print()


if __name__ == "__main__":
    main()
