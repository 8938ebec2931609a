extension SubjectAudit {
    /// Holds the stored rollups of all lengths against those that the expected rows come to.
    func examineRollups(_ rows: [RowKey: CurrentRow], _ platform: PlatformName, into report: inout AuditReport) {
        let workspaces = Set(readings.map(\.workspace))
        var missing = wanted(rows, platform).filter { !floors.isInShadow($0.key.start) }
        for rollup in rollups
        where (!rollup.grain.isWeek || rollup.grain == week) && !floors.isInShadow(rollup.start) {
            let place = "the rollup of subject \(subject) for \(rollup.grain.place(rollup.day, rollup.start))"
            let key = RollupKey(subject: subject, grain: rollup.grain, start: rollup.start)
            guard let wanted = missing.removeValue(forKey: key) else {
                if missing.keys.contains(where: { missing[$0]?.day == rollup.day && $0.grain == rollup.grain }) {
                    report.note(.different, "\(place) has other bounds than the platform's day")
                    missing = missing.filter { $0.value.day != rollup.day || $0.key.grain != rollup.grain }
                } else {
                    report.note(.different, "\(place) rests on no current value")
                }
                continue
            }
            if rollup.end != wanted.end || rollup.day != wanted.day {
                report.note(.different, "\(place) has other bounds than the platform's day")
            } else if let fault = rollup.content.difference(from: wanted.row) {
                report.note(.different, "\(place): \(fault)")
            } else if !workspaces.contains(rollup.workspace) {
                report.note(.different, "\(place) is in workspace \(rollup.workspace)")
            }
        }
        for (key, entry) in missing.sorted(by: { $0.key < $1.key }) {
            let place = key.grain.place(entry.day, key.start)
            report.note(.different, "the rollup of subject \(subject) for \(place) is missing")
        }
    }

    /// Everything that the rows come to.
    private func wanted(_ rows: [RowKey: CurrentRow], _ platform: PlatformName) -> [RollupKey: RollupEntry] {
        let readings = rows.compactMap { key, row in
            Period(rawValue: key.period).map { (start: key.start, period: $0, row: row) }
        }
        let computed = SubjectDays(platform, readings, birth: birth)
        var wanted: [RollupKey: RollupEntry] = [:]
        func add(_ grain: Grain, _ day: CivilDate, _ start: Instant, _ end: Instant, _ row: RollupRow) {
            if row.cells.isEmpty { return }
            let key = RollupKey(subject: subject, grain: grain, start: start)
            wanted[key] = RollupEntry(key, account: 0, workspace: 0, day: day, end: end, row: row)
        }
        let zone = platform.dayZone
        var days: [RollupRow.Day] = []
        for day in computed.days {
            let row = computed.row(of: day)
            if row.cells.isEmpty { continue }
            days.append((day, row))
            add(.day, day, zone.startOfDay(day), zone.endOfDay(day), row)
            for hour in computed.hours(of: day) { add(.hour, day, hour.start, hour.end, hour.row) }
        }
        // A period of which no day says anything may have figures of its own, from a reading on its last day.
        let said = Set(days.map(\.day)).union(readings.filter(\.period.isWindow).map { zone.date(at: $0.start) })
        for grain in [week, .month] {
            for dates in Set(said.map { grain.dates(around: $0) }) {
                let (start, end) = (zone.startOfDay(dates.lowerBound), zone.endOfDay(dates.upperBound))
                let reach = dates.lowerBound - RollupRow.reach...dates.upperBound + RollupRow.reach
                let period = SubjectDays.nativePeriod(of: dates)
                let last = RowKey(start: zone.startOfDay(dates.upperBound), period: period?.rawValue ?? 0)
                let row = RollupRow.period(
                    days.filter { reach.contains($0.day) },
                    dates: dates,
                    natives: period.map { SubjectDays.natives(rows[last], period: $0, dates: dates) } ?? [:],
                    rules: MetricRules.of(platform)
                )
                add(grain, dates.lowerBound, start, end, row)
            }
        }
        return wanted
    }
}

extension RollupRow? {
    /// What is wrong with a stored row; nil when it is as it should be.
    func difference(from wanted: RollupRow) -> String? {
        guard let stored = self else { return "the row is unreadable" }
        guard stored != wanted else { return nil }
        if stored.state != wanted.state { return "its state is \(stored.state) and should be \(wanted.state)" }
        if stored.expected != wanted.expected {
            return "it expects \(stored.expected) days and should expect \(wanted.expected)"
        }
        let kept = Dictionary(stored.cells.map { ($0.metric, $0) }) { first, _ in first }
        for cell in wanted.cells {
            guard let found = kept[cell.metric] else { return "\(cell.metric.name) is missing" }
            if found.value != cell.value {
                return "\(cell.metric.name) is \(found.value) and should be \(cell.value)"
            }
            if found != cell { return "count, sum, bounds, weight or flags of \(cell.metric.name) differ" }
        }
        return "there are metrics that no current value has"
    }
}

extension Grain {
    var isWeek: Bool { self == .weekFromMonday || self == .weekFromSunday || self == .weekFromSaturday }

    /// A bucket in words.
    func place(_ day: CivilDate, _ start: Instant) -> String {
        switch self {
        case .day: "\(day)"
        case .hour: "the hour from \(start.text(.seconds))"
        case .weekFromMonday, .weekFromSunday, .weekFromSaturday: "the week from \(day)"
        case .month: "the month from \(day)"
        }
    }
}
