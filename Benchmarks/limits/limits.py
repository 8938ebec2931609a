"""The floor under every peer: what broker, platform stand-in and Postgres cost with bare C clients."""
import json
import os
import re
import statistics as st
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import benchlib as b  # noqa: E402

N = int(os.environ.get("LIMIT_MESSAGES", "40000"))
J = int(os.environ.get("LIMIT_JOBS", "20000"))
REP = int(os.environ.get("LIMIT_REPEAT", "3"))
svc = b.services()
bench, rabbit, pg = svc["BENCH_DIR"], b.Rabbit(svc), b.Pg(svc)
RP, NP = int(svc["RABBIT_PID"]), int(svc["NGINX_PID"])
SQL = os.path.join(b.HERE, "sql")
rows = {}


def note(name, rate, client, server, per):
    rows.setdefault(name, []).append((rate, client / per * 1000, server / per * 1000))


def amqp(name, verb, per, *args):
    c0 = b.cpu(RP)
    r = b.cbench(bench, verb, f"port={rabbit.port}", f"count={per}", "maxsec=60", *args)
    time.sleep(0.3)
    note(name, r["rate"], r["cpu"], b.cpu(RP) - c0, per)


def sql(name, jobs, *args, verb="pgstage"):
    c0 = pg.cpu()
    r = b.cbench(bench, verb, f"url={svc['PG_URL']}", f"sql={SQL}", f"count={jobs}", "batch=500", "maxsec=60", *args)
    note(name, r["rows_per_s"], r["cpu"], pg.cpu() - c0, jobs)


ours = lambda: b.cpu(RP) + b.cpu(pg.pm) + b.cpu(NP) + sum(os.times()[:4])  # noqa: E731
busy0, ours0, t0, load0 = b.busy()[0], ours(), time.time(), os.getloadavg()
base = []
for _ in range(2):
    c, t = (b.cpu(RP), pg.cpu(), b.cpu(NP)), time.time()
    time.sleep(4)
    base.append([(x - y) / (time.time() - t) for x, y in zip((b.cpu(RP), pg.cpu(), b.cpu(NP)), c)])
for rep in range(REP):
    for kind in ("quorum", "classic"):
        rabbit.wipe()
        amqp(f"publish job, {kind}, confirms, window 1000", "pub", N, "queue=l", f"declare={kind}", "window=1000")
        amqp(f"consume job, {kind}, prefetch 500, ack every 100", "con", N, "queue=l", "prefetch=500", "ack=100")
    rabbit.wipe()
    amqp("publish samples, quorum, confirms, window 1000", "pub", N, "queue=l", "declare=quorum", "window=1000", "format=samples")
    amqp("consume samples, quorum, prefetch 500, ack every 100", "con", N, "queue=l", "prefetch=500", "ack=100")
    rabbit.wipe()
    rabbit.declare("l")
    c0 = b.cpu(RP)
    con = subprocess.Popen([os.path.join(bench, "cbench"), "con", f"port={rabbit.port}", "queue=l", f"count={N}", "maxsec=60"], stdout=subprocess.PIPE, text=True)
    p = b.cbench(bench, "pub", f"port={rabbit.port}", "queue=l", f"count={N}", "window=1000", "maxsec=60")
    r = json.loads(con.communicate(timeout=60)[0])
    note("publish and consume at once, quorum (both clients)", N / (r["t_last"] - p["t_first"]), p["cpu"] + r["cpu"], b.cpu(RP) - c0, N)
    rabbit.wipe()
    rabbit.declare("l")
    c0 = b.cpu(RP)
    p = b.cbench(bench, "pub", f"port={rabbit.port}", "queue=l", "count=2000", "window=1", "maxsec=60")
    note("publish job, quorum, one confirm awaited at a time", p["rate"], p["cpu"], b.cpu(RP) - c0, 2000)
    c0 = b.cpu(NP)
    o = subprocess.run(["wrk", "-t1", "-c32", "-d4", "-H", "Authorization: Bearer x", svc["PLATFORM_URL"] + "/v25.0/17841400000123/insights?metric=views,reach&period=day&metric_type=total_value"], capture_output=True, text=True, timeout=30).stdout
    n = int(re.search(r"(\d+) requests in", o).group(1))
    note("HTTP GET, keep-alive, 32 connections (wrk)", float(re.search(r"Requests/sec:\s+([\d.]+)", o).group(1)), 0, b.cpu(NP) - c0, n)
    pg.script(os.path.join(SQL, "schema.sql"))
    sql("COPY into snapshots (rows/s; per 1k jobs)", J, verb="pgcopy")
    pg.script(os.path.join(SQL, "schema.sql"))
    pg.conn.execute("CHECKPOINT")
    sql("COPY temp + INSERT ON CONFLICT snapshots (rows/s; per 1k jobs)", J, "rollup=0")
    sql("COPY temp + roll-up upsert only (rows/s; per 1k jobs)", J, "snap=0")
    pg.script(os.path.join(SQL, "schema.sql"))
    pg.conn.execute("CHECKPOINT")
    sql("COPY temp + snapshots + roll-ups, new rows (rows/s; per 1k jobs)", J)
    sql("the same again, all rows conflict (rows/s; per 1k jobs)", J)
    pg.conn.execute("create temp table if not exists c (a int); drop table if exists public.commits; create table public.commits (a int)")
    t, k = time.time(), 300
    for _ in range(k):
        pg.conn.execute("insert into commits values (1)")
    note("one-row durable commits, one connection (commits/s)", k / (time.time() - t), 0, 0, k)
    pg.conn.execute("drop table commits")
med = {k: [st.median(x[i] for x in v) for i in range(3)] + [min(x[0] for x in v), max(x[0] for x in v)] for k, v in rows.items()}
print("| limit | rate /s (median) | min-max | client CPU s/1k | server CPU s/1k |\n|---|---|---|---|---|")
for k, m in med.items():
    print(f"| {k} | {m[0]:.0f} | {m[3]:.0f}-{m[4]:.0f} | {m[1]:.4f} | {m[2]:.4f} |")
g = lambda s: next(m for k, m in med.items() if k.startswith(s))
broker = g("publish job, quorum, confirms")[2] + g("consume job, quorum")[2] + g("publish samples, quorum")[2] + g("consume samples, quorum")[2]
dbc, web = g("COPY temp + snapshots + roll-ups")[2], g("HTTP GET")[2]
cores = os.cpu_count()
bound = cores * 1000 / (broker + dbc + web) if broker + dbc + web else 0
disp = g("publish job, quorum, confirms")[1]
print(f"\nserver CPU s per 1k jobs, two stages: broker {broker:.4f} + postgres {dbc:.4f} + stand-in {web:.4f} = {broker + dbc + web:.4f}")
print(f"bound with zero-cost clients on {cores} cores: {cores / (broker + dbc + web) * 1000:.0f} jobs/s; with the C dispatcher counted: {cores / (broker + dbc + web + disp) * 1000:.0f}")
noise = (b.busy()[0] - busy0 - ours() + ours0) / (time.time() - t0) / cores
idle = [sum(x[i] for x in base) / len(base) for i in range(3)]
print(f"idle share of a core: broker {idle[0]:.3f}, postgres {idle[1]:.3f}, stand-in {idle[2]:.3f}; load average before {load0[0]:.1f}; others' CPU share over the whole run {noise:.2f}")
out = os.path.join(bench, "results", f"limits-{time.strftime('%Y%m%dT%H%M%S')}.json")
os.makedirs(os.path.dirname(out), exist_ok=True)
with open(out, "w", encoding="utf-8") as f:
    json.dump(dict(date=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), cores=cores, load=load0, noise=noise, rows=med, runs=rows, broker=broker, pg=dbc, nginx=web, idle=idle), f, indent=1)
print("written:", os.path.relpath(out))
rabbit.wipe()
