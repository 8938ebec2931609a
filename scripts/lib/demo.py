"""What scripts/demo does once everything is built."""
import argparse
import datetime
import json
import os
import signal
import subprocess
import sys
import time

import fleet as f
import truth as t

INSTANCE = "demo"
RECORD = os.path.join(f.LOCAL, INSTANCE, "running.json")


def stop_left():
    """Stops the programs that --keep left, by their recorded ids, then the services. True when there was something."""
    try:
        with open(RECORD, encoding="utf-8") as record:
            left = json.load(record)
    except (OSError, ValueError):
        left = []
    stopped = []
    for entry in left:
        try:
            with open(f"/proc/{entry['pid']}/cmdline", "rb") as line:
                if not line.read().startswith(entry["path"].encode()):
                    continue  # the id belongs to somebody else by now
            os.killpg(entry["pid"], signal.SIGTERM)
            stopped.append(entry)
        except OSError:
            continue
    for entry in stopped:
        try:
            f.wait_for("end", 30, lambda pid=entry["pid"]: not os.path.exists(f"/proc/{pid}") or f.memory_kib(pid) == 0)
        except f.Failure:
            os.killpg(entry["pid"], signal.SIGKILL)
    f.Services(INSTANCE).down()
    if os.path.exists(RECORD):
        os.remove(RECORD)
    return bool(stopped)


def record(fleet):
    with open(RECORD, "w", encoding="utf-8") as out:
        json.dump([{"name": p.name, "pid": p.pid, "path": p.words[0]} for p in fleet.programs if p.running()], out)


class Steps:
    def __init__(self):
        self.began = time.monotonic()

    def __call__(self, text):
        f.say(f"{time.monotonic() - self.began:5.1f} s  {text}")


def shown(fleet, *words, seconds=600):
    """A command of ours with its output on our terminal, after the line to type."""
    f.say(f"\n$ flotilla {' '.join(words)}")
    done = subprocess.run([fleet.path("flotilla"), *words], env=fleet.environment, cwd=f.ROOT, timeout=seconds, check=False)
    if done.returncode:
        raise f.Failure(f"flotilla {' '.join(words)}: exit code {done.returncode}")


def run(a, services, fleets):
    step = Steps()
    step("starting a private RabbitMQ and Postgres")
    services.up()
    fleet = f.Fleet(services)
    fleets.append(fleet)
    step("applying migrations and the broker topology (quorum queues take five seconds to settle)")
    fleet.prepare()
    step("starting the simulated platforms (20 ms per answer)")
    simulator = fleet.simulator("--latency", "20ms", "--seed", "7")
    step(f"connecting {a.accounts} simulated accounts on each of {len(t.PLATFORMS)} platforms")
    for platform in t.PLATFORMS:
        fleet.seed(a.accounts, platform)
    step(f"starting a dispatcher, {a.workers} workers and an aggregator")
    fleet.start("flotilla-dispatcher")
    for n in range(a.workers):
        fleet.start("flotilla-worker", name=f"flotilla-worker-{n + 1}")
    fleet.start("flotilla-aggregator")
    record(fleet)
    last = datetime.date.today() - datetime.timedelta(days=6)
    first = last - datetime.timedelta(days=a.days - 1)
    step(f"collecting account metrics of {first} to {last}, then posts, then every post's figures")
    for collect in ("account_daily", "posts", "post_metrics"):
        runs = {}
        for platform in t.PLATFORMS:
            # Pins bring their figures with the listing. Day by day each pin is a call, and sixty a minute are allowed.
            if (platform, collect) == ("pinterest", "post_metrics"):
                continue
            days = ("--from", str(first), "--to", str(last)) if collect == "account_daily" else ()
            runs[platform] = fleet.start_collection(collect, platform, *days)
        for platform, started in runs.items():
            f.say(f"\n{platform} {collect.replace('_', ' ')}")
            shown(fleet, "runs", "watch", started)
    account = services.sql("select min(id) from flotilla.accounts where platform = 'instagram'")[0][0]
    shown(fleet, "metrics", "show", "--account", account, "--from", str(last - datetime.timedelta(days=6)), "--to", str(last))
    f.say("\nStored for each platform:\n")
    overview(services)
    shown(fleet, "status")
    step("comparing what was stored with what the simulator says is true")
    compare(services, f"http://127.0.0.1:{simulator.port}", a.accounts, first, last)
    dead = services.number("select count(*) from flotilla.dead_letters where state <> 'resolved'")
    stored = services.number("select count(*) from flotilla.jobs where state in ('done', 'partial')")
    f.say(f"\njobs done: {stored}    dead letters: {dead}")
    if dead:
        raise f.Failure(f"no dead letters were expected: see {fleet.folder}")
    return fleet, account


def overview(services):
    """Accounts, posts and values by platform, from the store."""
    rows = services.sql("""
        select a.platform, count(distinct a.id), count(p.id)
        from flotilla.accounts a left join flotilla.posts p on p.account_id = a.id group by a.platform order by a.platform""")
    values = dict(services.sql("""
        select a.platform, sum(cardinality(o.metrics)) from flotilla.observations o
        left join flotilla.posts p on p.id = o.subject_id join flotilla.accounts a on a.id = coalesce(p.account_id, o.subject_id)
        group by a.platform"""))
    f.say(f"  {'platform':<12}{'accounts':>10}{'posts':>10}{'values':>10}")
    for platform, accounts, posts in rows:
        f.say(f"  {platform:<12}{accounts:>10}{posts:>10}{values.get(platform, 0):>10}")


def compare(services, origin, accounts, first, last):
    """Every settled day of every account, value by value, both ways."""
    comparison = t.Comparison(f.say)
    _, settled, _, _ = t.tables(origin, {p: (first, last) for p in t.PLATFORMS}, accounts, posts=False)
    comparison.compare("settled day", settled, t.stored_days(services, first, last))
    compared, different = sum(comparison.compared.values()), sum(comparison.different.values())
    f.say(f"{compared} daily values compared, {different} differ")
    if different:
        raise f.Failure("what was stored is not what the simulator says")


def advice(fleet, account, keep):
    names = ("FLOTILLA_AMQP_URL", "FLOTILLA_MANAGEMENT_URL", "FLOTILLA_POSTGRES_URL", "FLOTILLA_KEYRING_FILE", "FLOTILLA_TOPOLOGY_FILE")
    if keep:
        f.say("\nStill running. In your shell:\n")
        for name in names:
            f.say(f"  export {name}='{fleet.environment[name]}'")
        f.say(f"  export PATH=\"{f.PROGRAMS}:$PATH\"")
        f.say("\nthen try:\n")
    else:
        f.say("\nEverything is stopped again. With `scripts/demo --keep` the fleet stays up, and you can try:\n")
    for line in ("flotilla status", f"flotilla jobs enqueue --platform instagram --account {account}", "flotilla jobs show ID",
                 f"flotilla metrics show --account {account} --days 7", "flotilla budgets show", "flotilla credentials list", "flotilla catalogue versions",
                 "flotilla topology doctor", "flotilla audit", "flotilla --help"):
        f.say(f"  {line}")
    if keep:
        f.say("\nLogs are in .local/demo/programs/. To stop everything: scripts/demo --stop")


def main():
    ap = argparse.ArgumentParser(prog="scripts/demo")
    ap.add_argument("--accounts", type=int, default=10)
    ap.add_argument("--days", type=int, default=14)
    ap.add_argument("--workers", type=int, default=2)
    ap.add_argument("--keep", action="store_true")
    ap.add_argument("--stop", action="store_true")
    a = ap.parse_args()
    f.end_on_signals()
    if a.stop:
        f.say("stopped" if stop_left() else "nothing was running")
        return 0
    stop_left()
    services, fleets, kept = f.Services(INSTANCE), [], False
    try:
        fleet, account = run(a, services, fleets)
        kept = a.keep
    except (f.Failure, subprocess.TimeoutExpired) as error:
        print(f"scripts/demo: {error}", file=sys.stderr)
        return 1
    finally:
        if not kept:
            f.shielded()
            for left in fleets:
                left.stop()
            services.down()
            if os.path.exists(RECORD):
                os.remove(RECORD)
    advice(fleet, account, a.keep)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except f.Failure as error:
        print(f"scripts/demo: {error}", file=sys.stderr)
        sys.exit(1)
