/// Turns a batch of results into what the store must hold after it. No I/O: the shell reads what `buckets` names, hands it
/// to `load`, calls `merge`, and writes what `changedRows` and `rollups` say.
public struct AggregationBatch: Sendable {
    /// Names one row of current values.
    public struct RowKey: Hashable, Sendable {
        public var subject: Int64
        public var start: Instant
        public var period: Period

        public init(subject: Int64, start: Instant, period: Period) {
            self.subject = subject
            self.start = start
            self.period = period
        }
    }

    /// Names a post before its number is known.
    public struct PostKey: Hashable, Comparable, Sendable {
        public var account: Int64
        /// The platform's id.
        public var externalID: String

        public init(account: Int64, externalID: String) {
            self.account = account
            self.externalID = externalID
        }

        public static func < (left: PostKey, right: PostKey) -> Bool {
            (left.account, left.externalID) < (right.account, right.externalID)
        }
    }

    /// One day of one subject, in the platform's zone, as instants `start..<end`.
    public struct Bucket: Hashable, Sendable {
        public var subject: Int64
        public var account: Int64
        public var workspace: Int64
        public var platform: PlatformName
        public var day: CivilDate
        public var start: Instant
        public var end: Instant

        /// When the platform usually changes its figures no more.
        var settled: Instant { end + platform.settlingLag }
    }

    /// One reading as it is archived.
    public struct Observation: Equatable, Sendable {
        public var job: UUID
        public var subject: Int64
        public var workspace: Int64
        public var period: Period
        public var start: Instant
        public var fetchedAt: Instant
        public var attempt: Int
        public var apiVersion: String
        public var metrics: [MetricID]
        public var values: [Int64]
    }

    /// Everything fetched, in the order of arrival.
    public private(set) var observations: [Observation] = []
    /// The days touched, each once.
    public private(set) var buckets: [Bucket] = []
    private var bucketIndex: [DayKey: Int] = [:]
    private var bucketsOfSubject: [Int64: [Int]] = [:]
    private var bucketOfObservation: [Int] = []
    private var rows: [RowKey: CurrentRow] = [:]
    /// The rows of each bucket, so that a rollup sees all of its day.
    private var members: [[RowKey]] = []
    private var changed: [RowKey: Int] = [:]
    /// Days at whose very end something was read, which closes what was counted in them.
    private var closed: Set<Int> = []
    /// Rows that were settled before the batch, as they were.
    private var settled: [RowKey: CurrentRow] = [:]

    private struct DayKey: Hashable {
        var subject: Int64
        var day: CivilDate
    }

    /// Starts a batch. Results of jobs that the ledger already knows must be left out before.
    ///
    /// - Parameter posts: the numbers of posts. Readings of a post without one are left out: its account is gone.
    public init(_ results: some Sequence<JobResult>, posts: [PostKey: Int64] = [:]) {
        for result in results {
            take(result.readings, of: result.account, result)
            for post in result.postReadings {
                let key = PostKey(account: result.account, externalID: post.post)
                if let subject = posts[key] { take(post.readings, of: subject, result) }
            }
        }
    }

    private mutating func take(_ readings: [Reading], of subject: Int64, _ result: JobResult) {
        let zone = result.platform.dayZone
        for reading in readings where !reading.metrics.isEmpty {
            let day: CivilDate
            let start: Instant
            switch reading.start {
            case .date(let date): (day, start) = (date, zone.startOfDay(date))
            case .moment(let moment): (day, start) = (zone.date(at: moment), moment)
            }
            observations.append(
                Observation(
                    job: result.job,
                    subject: subject,
                    workspace: result.workspace,
                    period: reading.period,
                    start: start,
                    fetchedAt: result.fetchedAt,
                    attempt: result.attempt,
                    apiVersion: result.apiVersion,
                    metrics: reading.metrics,
                    values: reading.values
                )
            )
            bucketOfObservation.append(bucket(of: subject, result, day: day, zone: zone))
        }
    }

    private mutating func bucket(
        of subject: Int64,
        _ result: JobResult,
        day: CivilDate,
        zone: TimeZoneRules
    ) -> Int {
        let key = DayKey(subject: subject, day: day)
        if let known = bucketIndex[key] { return known }
        bucketIndex[key] = buckets.count
        bucketsOfSubject[key.subject, default: []].append(buckets.count)
        members.append([])
        buckets.append(
            Bucket(
                subject: subject,
                account: result.account,
                workspace: result.workspace,
                platform: result.platform,
                day: day,
                start: zone.startOfDay(day),
                end: zone.endOfDay(day)
            )
        )
        return buckets.count - 1
    }

    /// The position of the bucket that holds a moment of a subject, or nil.
    public func bucket(of subject: Int64, containing moment: Instant) -> Int? {
        bucketsOfSubject[subject]?.first { buckets[$0].start <= moment && moment < buckets[$0].end }
    }

    /// Notes that something was read at a moment: a day that ends then is more than its own windows.
    public mutating func close(_ subject: Int64, at moment: Instant) {
        for position in bucketsOfSubject[subject] ?? [] where buckets[position].end == moment {
            closed.insert(position)
        }
    }

    /// Takes in one stored row of one of the batch's buckets, by the bucket's position.
    public mutating func load(_ key: RowKey, _ row: CurrentRow, bucket: Int) {
        rows[key] = row
        members[bucket].append(key)
    }

    /// Merges the observations into the rows.
    public mutating func merge() {
        for (observation, bucket) in zip(observations, bucketOfObservation) {
            let key = RowKey(subject: observation.subject, start: observation.start, period: observation.period)
            let known = rows[key] != nil
            if known { watch(key, bucket) }
            let source = CurrentRow.Source(fetchedAt: observation.fetchedAt, job: observation.job)
            if rows[key, default: CurrentRow()].merge(
                metrics: observation.metrics,
                values: observation.values,
                from: source
            ) {
                changed[key] = bucket
            }
            if !known { members[bucket].append(key) }
            if !observation.period.isWindow { close(observation.subject, at: observation.start) }
        }
    }

    /// Keeps a settled row as it is before anything changes it.
    private mutating func watch(_ key: RowKey, _ bucket: Int) {
        // A range is kept by its first day, and its last one is not known.
        guard key.period.isWindow, key.period != .range, settled[key] == nil,
            rows[key]?.entries.contains(where: { $0.source.fetchedAt >= buckets[bucket].settled }) == true
        else { return }
        settled[key] = rows[key]
    }

    /// Settled figures that the batch changed further than people should have to find out by themselves.
    public var restatements: [Restatement] {
        settled.flatMap { key, before in
            guard let bucket = changed[key].map({ buckets[$0] }), let after = rows[key] else { return [Restatement]() }
            return Restatement.between(before, after, settled: bucket.settled).map { change in
                Restatement(
                    subject: key.subject,
                    workspace: bucket.workspace,
                    metric: change.before.metric,
                    period: key.period,
                    start: key.start,
                    before: change.before,
                    after: change.after
                )
            }
        }.sorted { ($0.subject, $0.start, $0.metric) < ($1.subject, $1.start, $1.metric) }
    }

    /// The rows that differ from the store, with their workspace; sorted by key, so that two writers cannot deadlock.
    public var changedRows: [(key: RowKey, workspace: Int64, row: CurrentRow)] {
        changed
            .sorted {
                ($0.key.subject, $0.key.start, $0.key.period.rawValue) < (
                    $1.key.subject, $1.key.start, $1.key.period.rawValue
                )
            }
            .map { ($0.key, buckets[$0.value].workspace, rows[$0.key]!) }
    }

    /// The rows of every day in which a row changed and that holds windows only; sorted by key. Days with readings at
    /// moments need more than their own rows and are left to whoever takes ``dirt``. A day that holds windows of several
    /// days only has none: they say nothing of the day.
    public var rollups: [RollupEntry] {
        Set(changed.values)
            .compactMap { position in
                guard isWindowed(position) else { return nil }
                let bucket = buckets[position]
                let native = members[position].first { $0.period == .day }.flatMap { rows[$0] }
                let lag = bucket.platform.settlingLag.wholeMicroseconds
                var row = RollupRow.day(native: native, end: bucket.end, lag: lag)
                if row.cells.isEmpty { return nil }
                row.derive(MetricRules.of(bucket.platform))
                return RollupEntry(
                    RollupKey(subject: bucket.subject, grain: .day, start: bucket.start),
                    account: bucket.account,
                    workspace: bucket.workspace,
                    day: bucket.day,
                    end: bucket.end,
                    row: row
                )
            }
            .sorted { $0.key < $1.key }
    }

    /// The days in which a row changed; days in a row as one. Sorted by subject and day.
    public var dirt: [DirtyDays] {
        let days = Set(changed.values)
            .map { position in
                let bucket = buckets[position]
                return DirtyDays(
                    workspace: bucket.workspace,
                    account: bucket.account,
                    subject: bucket.subject,
                    days: bucket.day...bucket.day,
                    isComputed: isWindowed(position)
                )
            }
            .sorted { ($0.subject, $0.days.lowerBound) < ($1.subject, $1.days.lowerBound) }
        var joined: [DirtyDays] = []
        joined.reserveCapacity(days.count)
        for next in days {
            if let last = joined.last, last.subject == next.subject, last.isComputed == next.isComputed,
                last.days.upperBound + 1 == next.days.lowerBound
            {
                joined[joined.count - 1].days = last.days.lowerBound...next.days.upperBound
            } else {
                joined.append(next)
            }
        }
        return joined
    }

    private func isWindowed(_ position: Int) -> Bool {
        !closed.contains(position) && members[position].allSatisfy { $0.period.isWindow }
    }
}
