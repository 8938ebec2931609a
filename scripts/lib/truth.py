"""What the simulator says is true beside what the fleet stored: tables with the same keys, and their comparison."""
import collections
import json
import urllib.request

PACIFIC = ("instagram", "facebook", "threads", "youtube")
PLATFORMS = ("instagram", "facebook", "threads", "youtube", "linkedin", "x", "tiktok", "pinterest")


def zone(platform):
    """Where the platform cuts its days."""
    return "America/Los_Angeles" if platform in PACIFIC else "UTC"


def lines(origin, platform, first, last, accounts, posts=True):
    """Lines of truth about every account, as of the simulator's clock."""
    address = f"{origin}/truth?platform={platform}&from={first}&to={last}&first=0&count={accounts}&posts={int(posts)}"
    with urllib.request.urlopen(address, timeout=300) as answer:
        return [json.loads(line) for line in answer.read().splitlines() if line]


def tables(origin, spans, accounts, posts=True):
    """What is shown of days, what is settled of them, levels and totals, and when each post was published, for the platforms
    of `spans`: {platform: (first day, last day)}. Days are keyed (platform, account, day, metric); the rest (platform, account,
    post or "", "level" or "total", metric); posts by their ids."""
    shown, settled, now, published = {}, {}, {}, {}
    for platform, (first, last) in spans.items():
        for line in lines(origin, platform, first, last, accounts, posts):
            account = line["account"]
            if line["kind"] == "day":
                for metric, value in line.get("shown", line["values"]).items():
                    shown[platform, account, line["date"], metric] = value
                for metric, value in line["values"].items() if line["settled"] else ():
                    settled[platform, account, line["date"], metric] = value
            elif line["kind"] == "level":
                for metric, value in line["values"].items():
                    now[platform, account, "", "level", metric] = value
                for metric, value in line.get("totals", {}).items():
                    now[platform, account, "", "total", metric] = value
            else:
                published[line["post"]] = line["published_at"]
                for metric, value in line["values"].items():
                    now[platform, account, line["post"], "total", metric] = value
    return shown, settled, now, published


def stored_days(services, first, last):
    """Current values of days of accounts."""
    zones = ", ".join(f"'{p}'" for p in PACIFIC)
    rows = services.sql(f"""
        select a.platform, a.external_id, k.day, m.name, c."values"[i]
        from flotilla.current_values c join flotilla.accounts a on a.id = c.subject_id
        cross join lateral (select (c.start_at at time zone case when a.platform in ({zones})
            then 'America/Los_Angeles' else 'UTC' end)::date as day) k
        cross join lateral generate_subscripts(c.metrics, 1) i join flotilla.metric_catalogue m on m.id = c.metrics[i]
        where c.period = 1 and k.day between '{first}' and '{last}'""")
    return {(p, account, day, metric): int(value) for p, account, day, metric, value in rows}


def stored_rollups(services, first, last):
    """Daily roll-ups of accounts."""
    rows = services.sql(f"""
        select a.platform, a.external_id, r.day, r.metric, r.value from flotilla.daily_rollups r
        join flotilla.accounts a on a.id = r.subject_id where r.day between '{first}' and '{last}'
        and r.value is not null""")
    return {(p, account, day, metric): int(value) for p, account, day, metric, value in rows}


def stored_at(services, moment):
    """Levels and totals of accounts and posts that were read at a moment."""
    rows = services.sql(f"""
        select a.platform, a.external_id, coalesce(p.external_id, ''), c.period, m.name, c."values"[i]
        from flotilla.current_values c left join flotilla.posts p on p.id = c.subject_id
        join flotilla.accounts a on a.id = coalesce(p.account_id, c.subject_id)
        cross join lateral generate_subscripts(c.metrics, 1) i join flotilla.metric_catalogue m on m.id = c.metrics[i]
        where c.period in (5, 6) and c.start_at = '{moment}'""")
    return {(p, account, post, "total" if period == "5" else "level", metric): int(value)
            for p, account, post, period, metric, value in rows}


class Comparison:
    """Compares tables, and counts what was compared and what differs, by platform."""

    def __init__(self, tell=lambda text: None):
        self.tell, self.examples = tell, []
        self.compared, self.different, self.kinds = collections.Counter(), collections.Counter(), collections.Counter()

    def compare(self, what, true, stored):
        """Both ways: what differs, what is missing, and what was stored that the platform never stated."""
        for key in true.keys() | stored.keys():
            self.compared[key[0]] += 1
            if true.get(key) == stored.get(key):
                continue
            self.different[key[0]] += 1
            kind = "missing" if key not in stored else "never stated" if key not in true else "unlike"
            kind = f"{key[0]} {key[-1]} ({what}) {kind}"
            self.kinds[kind] += 1
            if self.kinds[kind] == 1 and len(self.examples) < 60:
                self.examples.append(f"{what} {' '.join(key)}: true {true.get(key)}, stored {stored.get(key)}")
                self.tell(f"differs: {self.examples[-1]}")
