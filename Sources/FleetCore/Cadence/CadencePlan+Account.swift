// Days of the account itself: those that still change, those before the plan, and those that are missing.

extension CadencePlan {
    /// Daily work begins an hour into the platform's day and is spread over this stretch.
    static let dailySpread = Duration.seconds(6 * 3600)
    /// How long after the first turn the history begins: what is lost sooner goes first.
    static let historyPause = Duration.seconds(600)
    /// Jobs of the history in one turn.
    static let historyJobs = 5

    /// When the day's work is due on a day.
    private func slot(_ date: CivilDate) -> Instant {
        TickGrid.spread(state.account, over: Self.dailySpread, from: rules.zone.startOfDay(date) + .seconds(3600))
    }

    private var yesterday: CivilDate { today - 1 }
    private var oldestDay: CivilDate { today - rules.historyDays }

    // MARK: The days that still change

    var metricsDue: Instant {
        guard let day = state.metricsDay else { return state.plannedAt }
        // The day after the one that was asked for is over at the end of the day that follows it.
        return slot(day + 2)
    }

    var metricsReason: String {
        let days = rules.settleDays == 1 ? "the last day" : "the last \(rules.settleDays) days, which still change,"
        return "\(days) and the levels of now, daily"
    }

    mutating func orderMetrics() {
        // After a pause, the days since go along as far as one job reaches; the rest are gaps.
        let missed = state.metricsDay.map { yesterday - $0 } ?? 1
        let days = min(max(rules.settleDays, missed), JobContract.maximumDays, max(rules.historyDays, 1))
        order(.metrics, .accountDaily, yesterday, days: days)
        let first = state.history == nil
        update { [yesterday, oldestDay, now] state in
            state.metricsDay = yesterday
            guard first else { return }
            state.history = .init(first: oldestDay, next: oldestDay, last: yesterday - days)
            state.historyAt = now
        }
    }

    // MARK: The days before the plan

    var historyDue: Instant? {
        guard let history = state.history, !history.isDone, let last = state.historyAt else { return nil }
        return last + Self.historyPause
    }

    var historyReason: String {
        guard let history = state.history else { return "after the first look" }
        if history.isDone { return "done, from \(history.first) to \(history.last)" }
        return "oldest days first, since the platform forgets them first: at \(history.next) of \(history.last)"
    }

    mutating func orderHistory() {
        guard var history = state.history else { return }
        // What the platform forgot meanwhile cannot be asked for.
        history.next = max(history.next, oldestDay)
        for _ in 0..<Self.historyJobs where !history.isDone {
            let last = min(history.next + (rules.historyStep - 1), history.last)
            order(.history, .accountDaily, last, days: last - history.next + 1, lane: .bulk)
            history.next = last + 1
        }
        update { [now] state in
            state.history = history
            state.historyAt = now
        }
    }

    // MARK: Demographics

    var demographicsDue: Instant {
        guard let last = state.demographicsAt else { return state.plannedAt }
        return slot(rules.zone.date(at: last) + 7)
    }

    mutating func orderDemographics() {
        order(.demographics, .demographics, yesterday)
        update { [now] in $0.demographicsAt = now }
    }

    // MARK: Missing days

    /// Gaps are looked for once a day, half a day after the day's work.
    var gapsDue: Instant? {
        guard state.metricsDay != nil else { return nil }
        guard let last = state.gapsAt else {
            return slot(rules.zone.date(at: state.plannedAt) + 1) + .seconds(12 * 3600)
        }
        return slot(rules.zone.date(at: last - .seconds(12 * 3600)) + 1) + .seconds(12 * 3600)
    }

    var gapsReason: String {
        guard !facts.gaps.isEmpty else { return "days that should be stored and are not, daily" }
        return "days that should be stored and are not, daily; \(facts.gaps.count) asked for again so far"
    }

    /// The first day that a look for gaps must know of; nil when none is due.
    public var gapsFrom: CivilDate? {
        guard let due = due(.gaps), due <= now, let history = state.history else { return nil }
        return max(history.first, oldestDay)
    }

    /// Asks again for days that are missing, still within the platform's history and not asked for too often; returns them.
    mutating func orderGaps() -> [CivilDate] {
        update { [now] in $0.gapsAt = now }
        // An account without a single day has no series of days: its platform shows levels only.
        guard let from = state.history.map({ max($0.first, oldestDay) }), let stored = facts.storedDays,
            !stored.isEmpty
        else { return [] }
        let last = yesterday - rules.settleDays
        guard from <= last else { return [] }
        let missing = (0...(last - from)).map { from + $0 }.filter { isExpected($0) && !stored.contains($0) }
        let asked = missing.filter { day in
            guard let gap = facts.gaps[day] else { return true }
            return gap.attempts < Self.gapAttempts && now - gap.askedAt >= .seconds(20 * 3600)
        }
        for stretch in Self.stretches(asked, longest: rules.historyStep) {
            order(
                .gaps,
                .accountDaily,
                stretch.upperBound,
                days: stretch.upperBound - stretch.lowerBound + 1,
                lane: .bulk
            )
        }
        return asked
    }

    /// Whether the day was asked for long enough ago: it lies behind the history, or in the part of it that was fetched.
    private func isExpected(_ day: CivilDate) -> Bool {
        guard let history = state.history else { return false }
        if day > history.last { return true }
        return day < history.next && state.historyAt.map { now - $0 >= .seconds(20 * 3600) } ?? false
    }

    /// Days in ascending order as stretches without holes, none longer than so many days.
    static func stretches(_ days: [CivilDate], longest: Int) -> [ClosedRange<CivilDate>] {
        var stretches: [ClosedRange<CivilDate>] = []
        for day in days {
            if let last = stretches.last, last.upperBound + 1 == day, day - last.lowerBound < longest {
                stretches[stretches.count - 1] = last.lowerBound...day
            } else {
                stretches.append(day...day)
            }
        }
        return stretches
    }
}
