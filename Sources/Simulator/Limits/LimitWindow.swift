internal import FleetCore

/// One limit of one subject: what is used, and what came too much.
struct LimitWindow: Sendable {
    /// What was counted in one stretch of the window's length.
    struct Count: Sendable, Equatable {
        var start: Instant
        var used: Int64 = 0
        var excess: Int64 = 0
    }

    private struct Stamp {
        var at: Instant
        var units: Int64
    }

    /// Admitted calls inside a sliding window, oldest first from `head`.
    private var stamps: [Stamp] = []
    private var head = 0
    /// What is used now.
    private(set) var used: Int64 = 0
    /// Calls that came when the window was full.
    private(set) var excess: Int64 = 0
    /// The most that was ever used in one window.
    private(set) var busiest: Int64 = 0
    /// Stretches one after another, the last one running; for a sliding window cut at its length.
    private(set) var counts: [Count] = []
    /// How many stretches are remembered.
    private static let memory = 4096

    /// Whether so many units more fit now, and when they will.
    mutating func check(
        _ units: Int64,
        _ limit: Int64,
        _ window: BudgetRule.Window,
        _ zone: TimeZoneRules,
        at now: Instant
    )
        -> (fits: Bool, resetsAt: Instant)
    {
        let (start, end) = window.stretch(at: now, zone)
        if counts.last?.start != start {
            counts.append(Count(start: start))
            if counts.count > LimitWindow.memory { counts.removeFirst(LimitWindow.memory / 4) }
            if !window.isSliding { used = 0 }
        }
        guard case .sliding(let length) = window else { return (used + max(units, 1) <= limit, end) }
        forget(until: now - length)
        guard used + max(units, 1) > limit else {
            return (true, stamps.indices.contains(head) ? stamps[head].at + length : now)
        }
        var free = limit - used
        for stamp in stamps[head...] {
            free += stamp.units
            if free >= units { return (false, stamp.at + length) }
        }
        return (false, now + length)
    }

    /// Counts units that were let in.
    mutating func admit(_ units: Int64, isSliding: Bool, at now: Instant) {
        guard units > 0 else { return }
        used += units
        busiest = max(busiest, used)
        if isSliding { stamps.append(Stamp(at: now, units: units)) }
        if !counts.isEmpty { counts[counts.count - 1].used += units }
    }

    /// Counts a call that was not let in.
    mutating func refuse() {
        excess += 1
        if !counts.isEmpty { counts[counts.count - 1].excess += 1 }
    }

    private mutating func forget(until edge: Instant) {
        while head < stamps.count, stamps[head].at <= edge {
            used -= stamps[head].units
            head += 1
        }
        if head > 256, head * 2 > stamps.count {
            stamps.removeFirst(head)
            head = 0
        }
    }
}

extension BudgetRule.Window {
    var isSliding: Bool { if case .sliding = self { true } else { false } }

    /// The stretch around an instant. A sliding window's is only for counting.
    func stretch(at now: Instant, _ zone: TimeZoneRules) -> (start: Instant, end: Instant) {
        switch self {
        case .sliding(let length), .aligned(let length):
            let size = max(1, length.wholeMicroseconds)
            let start = now.microseconds - now.microseconds % size
            return (Instant(microseconds: start), Instant(microseconds: start + size))
        case .day:
            let day = zone.date(at: now)
            return (zone.startOfDay(day), zone.endOfDay(day))
        case .month:
            let month = now.utcDate.startOfMonth
            return (TimeZoneRules.utc.startOfDay(month), TimeZoneRules.utc.startOfDay(month.addingMonths(1)))
        }
    }
}
