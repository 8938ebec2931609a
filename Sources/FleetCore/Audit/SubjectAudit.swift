/// Everything stored about one subject, to be held against what follows from its readings. No I/O.
///
/// Current values are computed anew from the readings, and rollups from those, by the same functions that the aggregator
/// uses; what is stored must equal them.
public struct SubjectAudit: Sendable {
    /// One stored observation.
    public struct Reading: Sendable {
        public var job: UUID
        public var workspace: Int64
        public var period: Int16
        public var start: Instant
        public var fetchedAt: Instant
        public var metrics: [MetricID]
        public var values: [Int64]

        public init(
            job: UUID,
            workspace: Int64,
            period: Int16,
            start: Instant,
            fetchedAt: Instant,
            metrics: [MetricID],
            values: [Int64]
        ) {
            self.job = job
            self.workspace = workspace
            self.period = period
            self.start = start
            self.fetchedAt = fetchedAt
            self.metrics = metrics
            self.values = values
        }
    }

    /// One stored row of current values; nil content for a row that makes no sense by itself.
    public struct Row: Sendable {
        public var period: Int16
        public var start: Instant
        public var workspace: Int64
        public var content: CurrentRow?

        public init(period: Int16, start: Instant, workspace: Int64, content: CurrentRow?) {
            self.period = period
            self.start = start
            self.workspace = workspace
            self.content = content
        }
    }

    /// One stored rollup; nil content for a row that makes no sense by itself.
    public struct Rollup: Sendable {
        public var grain: Grain
        public var start: Instant
        public var end: Instant
        public var day: CivilDate
        public var workspace: Int64
        public var content: RollupRow?

        public init(
            grain: Grain = .day,
            start: Instant,
            end: Instant,
            day: CivilDate,
            workspace: Int64,
            content: RollupRow?
        ) {
            (self.grain, self.start, self.end, self.day) = (grain, start, end, day)
            (self.workspace, self.content) = (workspace, content)
        }
    }

    struct RowKey: Hashable, Comparable {
        var start: Instant
        var period: Int16

        static func < (left: RowKey, right: RowKey) -> Bool {
            (left.start, left.period) < (right.start, right.period)
        }
    }

    public var subject: Int64
    /// Nil when it is not known any more.
    public var platform: PlatformName?
    /// The week that its workspace counts by. Rows of other weeks are of a setting that was, and are not looked at.
    public var week = Grain.weekFromMonday
    /// When all counters were zero, if that was after the account was connected.
    public var birth: Instant?
    /// Whether rollups are still to be computed from what changed last; they are not looked at then.
    public var isPending = false
    /// What retention took away of it.
    public var floors = AuditFloors()
    public var readings: [Reading] = []
    public var rows: [Row] = []
    public var rollups: [Rollup] = []

    public init(subject: Int64, platform: PlatformName?) {
        self.subject = subject
        self.platform = platform
    }

    /// Notes everything that is wrong, and how much was looked at.
    public func examine(into report: inout AuditReport) {
        report.observations += Int64(readings.count)
        report.rows += Int64(rows.count)
        report.rollups += Int64(rollups.count)
        examineRepetitions(into: &report)
        let expected = currentRows()
        examineRows(expected, into: &report)
        if isPending {
            report.pending += 1
        } else if readings.isEmpty, floors.readings != nil {
            // Whose week and birth it was, the readings said.
            report.unchecked += 1
        } else if let platform {
            examineRollups(expected, platform, into: &report)
        } else {
            report.unchecked += 1
        }
    }

    private func examineRepetitions(into report: inout AuditReport) {
        struct Key: Hashable {
            var job: UUID
            var row: RowKey
        }
        var seen: Set<Key> = []
        for reading in readings {
            let key = RowKey(start: reading.start, period: reading.period)
            guard !seen.insert(Key(job: reading.job, row: key)).inserted else { continue }
            report.note(.twice, "job \(reading.job) has a second observation of \(place(key))")
        }
    }

    /// What the readings come to.
    private func currentRows() -> [RowKey: CurrentRow] {
        var rows: [RowKey: CurrentRow] = [:]
        for reading in readings where !reading.metrics.isEmpty {
            _ = rows[RowKey(start: reading.start, period: reading.period), default: CurrentRow()].merge(
                metrics: reading.metrics,
                values: reading.values,
                from: CurrentRow.Source(fetchedAt: reading.fetchedAt, job: reading.job)
            )
        }
        // What was fetched before the floor has no reading any more, and is believed.
        for row in self.rows {
            for entry in row.content?.entries ?? [] where floors.isAged(entry.source) {
                let key = RowKey(start: row.start, period: row.period)
                _ = rows[key, default: CurrentRow()].merge(
                    metrics: [entry.metric],
                    values: [entry.value],
                    from: entry.source
                )
            }
        }
        return rows.filter { !floors.isGone($0.key.start) }
    }

    private func examineRows(_ expected: [RowKey: CurrentRow], into report: inout AuditReport) {
        let workspaces = Set(readings.map(\.workspace))
        var missing = expected
        for row in rows {
            let key = RowKey(start: row.start, period: row.period)
            guard let wanted = missing.removeValue(forKey: key) else {
                report.note(.different, "the current values of \(place(key)) rest on no observation")
                continue
            }
            if let fault = Self.difference(row.content, wanted) {
                report.note(.different, "the current values of \(place(key)): \(fault)")
            } else if !workspaces.isEmpty, !workspaces.contains(row.workspace) {
                report.note(.different, "the current values of \(place(key)) are in workspace \(row.workspace)")
            }
        }
        for key in missing.keys.sorted() {
            report.note(.different, "the current values of \(place(key)) are missing")
        }
    }

    func place(_ key: RowKey) -> String {
        let period = Period(rawValue: key.period)?.name ?? "period \(key.period)"
        return "subject \(subject), \(period) from \(key.start.text(.seconds))"
    }

    private static func difference(_ stored: CurrentRow?, _ wanted: CurrentRow) -> String? {
        guard let stored else { return "the row is unreadable" }
        guard stored != wanted else { return nil }
        let kept = Dictionary(stored.entries.map { ($0.metric, $0) }) { first, _ in first }
        for entry in wanted.entries {
            guard let found = kept[entry.metric] else { return "\(entry.metric.name) is missing" }
            if found.value != entry.value {
                return "\(entry.metric.name) is \(found.value) and should be \(entry.value)"
            }
            if found.source != entry.source { return "\(entry.metric.name) names another fetch" }
        }
        return "there are metrics that were never read"
    }
}
