"""The work every Python peer shares: normalise one insights answer, and the per-task transaction."""
import os
from datetime import datetime, timezone

import orjson

AMQP_URL = os.environ.get("AMQP_URL", "")
PG_URL = os.environ.get("PG_URL", "")
PLATFORM_URL = os.environ.get("PLATFORM_URL", "")
JOBS_QUEUE = os.environ.get("JOBS_QUEUE", "bench.jobs")
SAMPLES_QUEUE = os.environ.get("SAMPLES_QUEUE", "bench.samples")
SQL_DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "sql")
HEADERS = {"Authorization": "Bearer EAAbenchtokenbenchtokenbenchtokenbenchtoken", "Accept": "application/json",
           "User-Agent": "collector/1.0"}


def sql(name: str) -> str:
    with open(os.path.join(SQL_DIR, name), encoding="utf-8") as f:
        return f.read()


def path(job: dict) -> str:
    return (f"/v25.0/{job['account_id']}/insights?metric={','.join(job['metrics'])}&period=day&metric_type=total_value"
            f"&since={job['date']}&until={job['date']}")


def normalise(body: bytes, job: dict) -> list[tuple[str, int]]:
    want = set(job["metrics"])
    out = []
    for m in orjson.loads(body)["data"]:
        name = m["name"]
        if name in want and "total_value" in m:
            out.append((name, int(m["total_value"]["value"])))
    return out


def now() -> datetime:
    return datetime.now(timezone.utc)


# One transaction per task (celery, dramatiq): 10 snapshot upserts and the roll-up of the keys touched.
TASK_SNAPSHOTS = """
INSERT INTO snapshots (account_id, platform, metric, date, post_id, value, fetched_at)
SELECT %s, %s, t.m, %s, NULL, t.v, %s FROM unnest(%s::text[], %s::bigint[]) AS t(m, v) ORDER BY t.m
ON CONFLICT (account_id, platform, metric, date, (coalesce(post_id, ''))) DO UPDATE
SET value = excluded.value, fetched_at = excluded.fetched_at WHERE excluded.fetched_at >= snapshots.fetched_at
"""
TASK_ROLLUPS = """
INSERT INTO daily_rollups (account_id, platform, metric, date, sum, min, max, last, count)
SELECT account_id, platform, metric, date, sum(value)::bigint, min(value), max(value),
       (array_agg(value ORDER BY fetched_at DESC))[1], count(*)
FROM snapshots WHERE account_id = %s AND platform = %s AND metric = ANY(%s::text[]) AND date = %s
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (account_id, platform, metric, date) DO UPDATE
SET sum = excluded.sum, min = excluded.min, max = excluded.max, last = excluded.last, count = excluded.count
"""


def pg_connect():
    import psycopg
    return psycopg.connect(PG_URL, autocommit=True, prepare_threshold=0,
                           options="-c enable_seqscan=off -c jit=off")


def store(conn, job: dict, pairs: list[tuple[str, int]]) -> None:
    """One round trip: BEGIN, two prepared upserts and COMMIT leave in one pipeline."""
    names = [p[0] for p in pairs]
    values = [p[1] for p in pairs]
    with conn.pipeline(), conn.transaction():
        conn.execute(TASK_SNAPSHOTS, (job["account_id"], job["platform"], job["date"], now(), names, values))
        conn.execute(TASK_ROLLUPS, (job["account_id"], job["platform"], names, job["date"]))
