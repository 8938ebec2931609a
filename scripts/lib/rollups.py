"""The rules of roll-ups once more, in plain Python over dictionaries: what a fleet must have stored that read these figures at
these moments. Shares no code with the fleet. See docs/rollups.md for the rules in words."""
import bisect
import collections
import datetime
import zoneinfo

import truth

UTC = datetime.timezone.utc
DAY = datetime.timedelta(days=1)
REACH = 3
NEAR = datetime.timedelta(hours=2)
NEVER = datetime.datetime.min.replace(tzinfo=UTC)

# What counts as engagement, what a display is called, and what ratios and means are made of.
ENGAGEMENT = {
    "instagram": "likes comments shares reposts saves", "facebook": "reactions comments shares",
    "threads": "likes comments shares reposts quotes", "youtube": "likes comments shares", "linkedin": "likes comments shares",
    "x": "likes comments reposts quotes saves", "tiktok": "likes comments shares", "pinterest": "reactions comments saves"}
DISPLAYS = {p: "impressions" if p in ("linkedin", "x", "pinterest") else "views" for p in truth.PLATFORMS}
QUOTIENTS = {("linkedin", "engagement_rate"): (("clicks", "likes", "comments", "shares"), "impressions"),
             ("pinterest", "engagement_rate"): (("engagements",), "impressions")}
WEIGHTS = {("facebook", "avg_watch_seconds"): "video_views", ("pinterest", "avg_watch_seconds"): "video_views"}
TOTAL, BY_VIEWS, BY_REACH, BY_FOLLOWERS = ("engagement_total", "engagement_rate_by_views", "engagement_rate_by_reach",
                                          "engagement_rate_by_followers")


def zone(platform):
    return zoneinfo.ZoneInfo(truth.zone(platform))


def local(platform, moment):
    return moment.astimezone(zone(platform)).date()


def begin(platform, date):
    """The instant at which a date begins where the platform cuts its days."""
    return datetime.datetime.combine(date, datetime.time(), zone(platform)).astimezone(UTC)


def even(numerator, denominator):
    """The quotient, rounded half to even."""
    whole, rest = divmod(numerator, denominator)
    return whole + (1 if rest * 2 > denominator or (rest * 2 == denominator and whole % 2) else 0)


class Cell:
    """A metric's figures in one bucket; `value` is None where there is none, `pair` stands behind quotients and means."""
    __slots__ = ("value", "days", "sum", "low", "high", "pair", "counted", "early")

    def __init__(self, value, days=1, sum=None, low=None, high=None, pair=(0, 0), counted=False, early=False):
        self.value, self.days, self.pair, self.counted, self.early = value, days, pair, counted, early
        self.sum = value if sum is None else sum
        self.low = value if low is None else low
        self.high = value if high is None else high


class Row:
    def __init__(self, cells, expected=1):
        self.cells, self.expected = cells, expected


def told(table):
    """Cells as a reader sees them."""
    return {key: (c.value, c.days, c.sum, c.low, c.high) for key, c in table.items()}


class Known:
    """What was read, as the simulator said it."""

    def __init__(self):
        self.days = collections.defaultdict(lambda: collections.defaultdict(dict))  # (platform, account) -> date -> metric -> value
        self.moments = collections.defaultdict(lambda: collections.defaultdict(list))  # (platform, account, post) -> metric -> points
        self.owner, self.born, self.start = {}, {}, None

    def state(self, platform, account, date, metric, value):
        self.days[platform, account][date][metric] = value

    def state_post(self, platform, post, date, metric, value):
        self.days[platform, "post", post][date][metric] = value

    def read(self, platform, account, post, metric, moment, value):
        self.owner[post] = account
        self.moments[platform, account, post][metric].append((moment, value))


class Book:
    """One platform's roll-ups, computed from what is known."""

    def __init__(self, known, platform, catalogue):
        self.known, self.platform, self.catalogue = known, platform, catalogue
        self.parts, self.displays = ENGAGEMENT[platform].split(), DISPLAYS[platform]

    def kind(self, metric):
        return self.catalogue[metric][0]

    def quotient(self, metric):
        """Numerators and denominator of a ratio, or None."""
        rates = {BY_VIEWS: ((TOTAL,), self.displays), BY_REACH: ((TOTAL,), "reach"), BY_FOLLOWERS: ((TOTAL,), "followers")}
        return rates.get(metric) or QUOTIENTS.get((self.platform, metric))

    # Days --------------------------------------------------------------------------------------------------------

    def gains(self, points, born):
        """What a running total gained, by date: (gain, whether the reading before is far from the day's start)."""
        found = {}
        for date in {local(self.platform, moment - datetime.timedelta(microseconds=1)) for moment, _ in points}:
            start, end = begin(self.platform, date), begin(self.platform, date + DAY)
            low = bisect.bisect_right(points, (start, float("inf")))
            high = bisect.bisect_right(points, (end, float("inf")))
            if low > 0:
                before = points[low - 1]
            elif born is not None and born <= points[0][0]:
                before = (born, 0)
            elif high > 1:
                before = (NEVER, points[0][1])
            else:
                continue
            found[date] = (points[high - 1][1] - before[1], before[0] == NEVER or start - before[0] > NEAR)
        return found

    def days(self, account, post=""):
        """{date: Row} of a subject."""
        stated = self.known.days[(self.platform, "post", post) if post else (self.platform, account)]
        cells = {date: {metric: Cell(value) for metric, value in values.items()} for date, values in stated.items()}
        for metric, points in self.known.moments[self.platform, account, post].items():
            if self.kind(metric) == "delta":
                for date, (gain, early) in self.gains(points, self.known.born.get(post)).items():
                    cells.setdefault(date, {}).setdefault(metric, Cell(gain, counted=True, early=early))
            elif self.kind(metric) == "gauge":
                levels = collections.defaultdict(list)
                for moment, value in points:
                    levels[local(self.platform, moment)].append(value)
                for date, values in levels.items():
                    cells.setdefault(date, {}).setdefault(
                        metric, Cell(values[-1], len(values), sum(values), min(values), max(values)))
        return {date: Row(self.derived(row)) for date, row in sorted(cells.items()) if row}

    def derived(self, cells):
        """With engagement and its rates."""
        there = [cells[part].value for part in self.parts if part in cells]
        if there:
            cells[TOTAL] = Cell(sum(there))
            for metric in (BY_VIEWS, BY_REACH, BY_FOLLOWERS):
                self.rate(cells, metric)
        return cells

    def rate(self, cells, metric):
        _, denominator = self.quotient(metric)
        below = cells[denominator].value if denominator in cells else None
        if TOTAL in cells and below is not None and below > 0:
            value = even(cells[TOTAL].value * 10 ** self.catalogue[metric][1], below)
            cells[metric] = Cell(value, cells[TOTAL].days, cells[TOTAL].value, pair=(cells[TOTAL].value, below))

    # Longer buckets of one subject -------------------------------------------------------------------------------

    def pair(self, metric, cell, cells):
        """The two sums behind a day's ratio or mean."""
        def value(name):
            return cells[name].value if name in cells else None
        if self.kind(metric) == "ratio":
            quotient = self.quotient(metric)
            if quotient is None or any(value(n) is None for n in quotient[0]) or value(quotient[1]) is None:
                return 0, 0
            return sum(value(n) for n in quotient[0]), value(quotient[1])
        weight = value(WEIGHTS.get((self.platform, metric), "views"))
        if metric not in ("avg_watch_seconds", "avg_view_percentage") or weight is None or weight < 0:
            return 0, 0
        return even(cell.value * weight, 10 ** (self.catalogue[metric][1] - 3)), weight

    def combine(self, metric, cell):
        """A ratio or mean from its pair."""
        above, below = cell.pair
        scale = self.catalogue[metric][1]
        if self.kind(metric) == "ratio":
            cell.value = even(above * 10 ** scale, below) if below > 0 else None
        elif self.kind(metric) == "weighted_mean":
            cell.value = even(above * 10 ** (scale - 3), below) if below > 0 else None

    def period(self, days, first, last):
        """One bucket of several days, or of one, of a subject."""
        single, found, newest = first == last, {}, {}
        for date in (first + n * DAY for n in range(-REACH, (last - first).days + 1)):
            if date not in days:
                continue
            cells = dict(days[date].cells)
            if date < first:
                newest.update({metric: cell for metric, cell in cells.items() if cell.value is not None})
                continue
            again = [m for m, c in cells.items() if c.counted and c.early and m in newest and not newest[m].counted]
            if again:
                newest.update({metric: cells[metric] for metric in again})
                for metric in [*again, TOTAL, BY_VIEWS, BY_REACH, BY_FOLLOWERS]:
                    cells.pop(metric, None)
                cells = self.derived(cells)
            for metric, cell in cells.items():
                newest[metric] = cell
                self.append(found, metric, cell, cells)
        for metric in list(found):
            kind, quotient = self.kind(metric), self.quotient(metric)
            if single and kind != "gauge":
                continue
            if kind == "unique":
                found[metric].value = None
            elif kind in ("ratio", "weighted_mean"):
                if quotient and self.kind(quotient[1]) in ("unique", "gauge"):
                    del found[metric]
                else:
                    self.combine(metric, found[metric])
        for metric in (BY_REACH, BY_FOLLOWERS):
            self.rate(found, metric)
        return Row(found, (last - first).days + 1)

    def append(self, found, metric, cell, cells):
        kind = self.kind(metric)
        part = Cell(cell.value, 1, cell.sum, cell.low, cell.high, counted=cell.counted, early=cell.early)
        if kind == "gauge":
            part.sum = cell.value
        if kind in ("ratio", "weighted_mean"):
            part.pair = self.pair(metric, cell, cells)
            part.sum = part.pair[0]
        old = found.get(metric)
        if old is None:
            found[metric] = part
            return
        found[metric] = Cell(part.value if kind == "gauge" else old.value + part.value, old.days + 1, old.sum + part.sum,
                             min(old.low, part.low), max(old.high, part.high),
                             (old.pair[0] + part.pair[0], old.pair[1] + part.pair[1]))

    def grains(self, days):
        """{"day", "week", "month"} -> {first date: Row}."""
        found = {"day": days, "week": {}, "month": {}}
        for grain in ("week", "month"):
            for date in days:
                first, last = bounds(grain, date)
                if first not in found[grain]:
                    row = self.period(days, first, last)
                    if row.cells:
                        found[grain][first] = row
        return found

    def account(self, account):
        return self.grains(self.days(account))

    # Groups ------------------------------------------------------------------------------------------------------

    def together(self, rows, expected):
        """Several subjects in one bucket."""
        members = collections.defaultdict(list)
        for row in rows:
            for metric, cell in row.cells.items():
                members[metric].append(cell)
        found = {}
        for metric, cells in members.items():
            kind, quotient = self.kind(metric), self.quotient(metric)
            if len(cells) > 1 and quotient and self.kind(quotient[1]) == "unique":
                continue
            if kind == "unique":
                # Bounds are told of those without a figure of their own, except where estimates are forbidden.
                lows = [c.value if c.value is not None else c.high for c in cells]
                sums = [c.value if c.value is not None else c.sum for c in cells]
                value = cells[0].value if len(cells) == 1 else None
                found[metric] = Cell(value, sum(c.days for c in cells), sum(sums), min(lows), max(lows))
                continue
            # Who has no value, because nothing stands below the line, counts for nothing.
            cells = [c for c in cells if c.value is not None]
            if not cells:
                continue
            lows = [c.value for c in cells]
            total = sum(c.value for c in cells) if kind == "gauge" else sum(c.sum for c in cells)
            cell = Cell(sum(c.value for c in cells), sum(c.days for c in cells), total, min(lows), max(lows),
                        (sum(c.pair[0] for c in cells), sum(c.pair[1] for c in cells)))
            if len(cells) > 1:
                self.combine(metric, cell)
            found[metric] = cell
        return Row(found, expected)

    def member(self, row, grain, first):
        return self.period({first: row}, first, first) if grain == "day" else row

    def posts(self, posts, published):
        """All posts of one account; `published` are the dates on which it published."""
        each = [self.grains(self.days(self.known.owner[post], post)) for post in posts]
        found = {}
        for grain in ("day", "week", "month"):
            rows = collections.defaultdict(list)
            for grains in each:
                for first, row in grains[grain].items():
                    rows[first].append(self.member(row, grain, first))
            counts = collections.Counter(bounds(grain, date)[0] for date in published)
            found[grain] = {}
            for first in rows.keys() | counts.keys():
                length = (bounds(grain, first)[1] - first).days + 1
                row = self.together(rows[first], len(rows[first]) * length)
                if counts[first]:
                    row.expected = row.expected or length
                    row.cells["posts_published"] = Cell(counts[first], row.expected, counts[first])
                found[grain][first] = row
        return found

    def workspace(self, rows, grain, level, first):
        """All accounts on the platform."""
        if level == "subject":
            return self.together([self.member(row, grain, first) for row in rows], 0)
        return self.together(rows, 0)


def bounds(grain, date):
    """First and last day of the bucket that a day lies in."""
    if grain == "day":
        return date, date
    if grain == "week":
        first = date - datetime.timedelta(days=date.weekday())
        return first, first + 6 * DAY
    first = date.replace(day=1)
    return first, (first + 32 * DAY).replace(day=1) - DAY
