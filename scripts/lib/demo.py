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
    step("starting the platform simulator (20 ms per answer)")
    fleet.simulator("--latency", "20ms", "--seed", "7")
    step(f"connecting {a.accounts} simulated Instagram accounts")
    fleet.seed(a.accounts)
    step(f"starting a dispatcher, {a.workers} workers and an aggregator")
    fleet.start("flotilla-dispatcher")
    for n in range(a.workers):
        fleet.start("flotilla-worker", name=f"flotilla-worker-{n + 1}")
    fleet.start("flotilla-aggregator")
    record(fleet)
    last = datetime.date.today() - datetime.timedelta(days=2)
    first = last - datetime.timedelta(days=a.days - 1)
    step(f"collecting {first} to {last}: {a.accounts * a.days} jobs")
    started = fleet.start_run(first, last)
    shown(fleet, "runs", "watch", started)
    account = services.sql("select min(id) from flotilla.accounts")[0][0]
    shown(fleet, "metrics", "show", "--account", account, "--from", str(last - datetime.timedelta(days=6)), "--to", str(last))
    shown(fleet, "status")
    dead = services.number("select count(*) from flotilla.dead_letters")
    stored = services.number("select count(*) from flotilla.jobs where state in ('done', 'partial')")
    f.say(f"\njobs done: {stored}    dead letters: {dead}")
    if dead or stored < a.accounts * a.days:
        raise f.Failure(f"{a.accounts * a.days} jobs were expected and no dead letters: see {fleet.folder}")
    return fleet, account


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
                 f"flotilla metrics show --account {account} --days 7", "flotilla topology doctor", "flotilla audit", "flotilla --help"):
        f.say(f"  {line}")
    if keep:
        f.say("\nLogs are in .local/demo/programs/. To stop everything: scripts/demo --stop")


def main():
    ap = argparse.ArgumentParser(prog="scripts/demo")
    ap.add_argument("--accounts", type=int, default=200)
    ap.add_argument("--days", type=int, default=28)
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
