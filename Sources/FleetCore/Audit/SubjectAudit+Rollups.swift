extension SubjectAudit {
    /// Holds the stored days against those that the expected rows come to.
    func examineRollups(_ rows: [RowKey: CurrentRow], _ platform: PlatformName, into report: inout AuditReport) {
        let workspaces = Set(readings.map(\.workspace))
        let zone = platform.dayZone
        var missing = Dictionary(grouping: rows.keys) { zone.date(at: $0.start) }
        for rollup in rollups {
            let place = "the rollup of subject \(subject) for \(rollup.day)"
            guard let keys = missing.removeValue(forKey: rollup.day) else {
                report.note(.different, "\(place) rests on no current value")
                continue
            }
            let (start, end) = (zone.startOfDay(rollup.day), zone.endOfDay(rollup.day))
            let lag = platform.settlingLag.wholeMicroseconds
            let wanted = Self.day(keys, rows, end: end, lag: lag)
            if rollup.start != start || rollup.end != end {
                report.note(.different, "\(place) has other bounds than the platform's day")
            } else if let fault = Self.difference(rollup.content, wanted) {
                report.note(.different, "\(place): \(fault)")
            } else if !workspaces.contains(rollup.workspace) {
                report.note(.different, "\(place) is in workspace \(rollup.workspace)")
            }
        }
        for (day, keys) in missing.sorted(by: { $0.key < $1.key }) {
            // Lifetime totals and windows of several days say nothing of a day.
            if Self.day(keys, rows, end: zone.endOfDay(day), lag: 0).cells.isEmpty { continue }
            report.note(.different, "the rollup of subject \(subject) for \(day) is missing")
        }
    }

    private static func day(
        _ keys: [RowKey],
        _ rows: [RowKey: CurrentRow],
        end: Instant,
        lag: Int64
    ) -> RollupRow {
        RollupRow.day(
            native: keys.first { $0.period == Period.day.rawValue }.flatMap { rows[$0] },
            levels: keys.filter { $0.period == Period.instant.rawValue }.map { (start: $0.start, row: rows[$0]!) },
            end: end,
            lag: lag
        )
    }

    private static func difference(_ stored: RollupRow?, _ wanted: RollupRow) -> String? {
        guard let stored else { return "the row is unreadable" }
        guard stored != wanted else { return nil }
        if stored.state != wanted.state { return "its state is \(stored.state) and should be \(wanted.state)" }
        let kept = Dictionary(stored.cells.map { ($0.metric, $0) }) { first, _ in first }
        for cell in wanted.cells {
            guard let found = kept[cell.metric] else { return "\(cell.metric.name) is missing" }
            if found.value != cell.value {
                return "\(cell.metric.name) is \(found.value) and should be \(cell.value)"
            }
            if found != cell { return "count, sum, minimum or maximum of \(cell.metric.name) differ" }
        }
        return "there are metrics that no current value has"
    }
}
