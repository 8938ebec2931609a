/// One bucket of an answer.
public struct FigureRow: Equatable, Sendable {
    public var dates: ClosedRange<CivilDate>
    public var start: Instant
    public var end: Instant
    /// What people call it.
    public var label: String
    public var state: RollupRow.State
    public var expected: Int32
    /// By metric, ascending.
    public var figures: [Figure]

    /// The figure of a metric, if the answer has one.
    public subscript(_ metric: MetricID) -> Figure? { figures.first { $0.metric == metric } }
}

/// The figures of one subject, or of all members on one platform, over time. Days are the platform's.
public struct FigureSeries: Equatable, Sendable {
    public var scope: FigureQuestion.Scope
    public var platform: PlatformName
    /// How many subjects were combined; one when the figures are a subject's own.
    public var members: Int
    /// Whether a simulator answers for the workspace.
    public var isSynthetic: Bool
    public var rows: [FigureRow]

    /// Answers a question from the readings of its members, which are of one platform.
    ///
    /// - Parameters:
    ///   - notes: what was told of metrics that gave nothing, by subject.
    ///   - now: when the question is put; with ``FigureQuestion/asOf``, that moment.
    public init(
        _ question: FigureQuestion,
        platform: PlatformName,
        of members: [SubjectReadings],
        notes: [Int64: [GapNote]] = [:],
        offer: FigureOffer = FigureOffer(),
        now: Instant
    ) {
        scope = question.scope
        self.platform = platform
        self.members = members.count
        isSynthetic = members.contains { $0.subject.isSynthetic }
        let builder = FigureBuilder(
            question: question,
            platform: platform,
            members: members,
            notes: notes,
            offer: offer,
            now: question.asOf ?? now
        )
        rows = builder.rows
    }
}

/// Cuts the buckets, computes their rows and says of each figure what may be said.
private struct FigureBuilder {
    let question: FigureQuestion
    let platform: PlatformName
    let members: [SubjectReadings]
    let notes: [Int64: [GapNote]]
    let offer: FigureOffer
    let now: Instant

    private typealias Bucket = (dates: ClosedRange<CivilDate>, start: Instant, end: Instant, label: String)

    var rows: [FigureRow] {
        let hours = hours
        let computed = buckets.map { bucket in (bucket: bucket, row: row(of: bucket, hours)) }
        let metrics = question.metrics.isEmpty ? known(computed.compactMap(\.row)) : question.metrics.sorted()
        return computed.map { bucket, row in
            FigureRow(
                dates: bucket.dates,
                start: bucket.start,
                end: bucket.end,
                label: bucket.label,
                state: row?.state ?? .open,
                expected: row?.expected ?? expected(bucket),
                figures: metrics.map { figure($0, row, bucket) }
            )
        }
    }

    private var zone: TimeZoneRules { platform.dayZone }

    private var buckets: [Bucket] {
        question.buckets.flatMap { dates -> [Bucket] in
            let (start, end) = (zone.startOfDay(dates.lowerBound), zone.endOfDay(dates.upperBound))
            switch question.cut {
            case .grain(.hour):
                // A day may have 23 or 25 of them.
                return stride(from: start.seconds, to: end.seconds, by: 3600).map { second in
                    let hour = Instant(seconds: second)
                    return (dates, hour, hour + .seconds(3600), hour.text(.seconds))
                }
            case .grain(let grain): return [(dates, start, end, grain.label(dates.lowerBound))]
            case .stretch: return [(dates, start, end, "\(dates.lowerBound) to \(dates.upperBound)")]
            }
        }
    }

    /// The bucket's row; nil when nothing is known of it.
    private func row(of bucket: Bucket, _ hours: [Int64: [Instant: RollupRow]]) -> RollupRow? {
        func own(_ member: SubjectReadings) -> RollupRow? {
            isHourly ? hours[member.subject.id]?[bucket.start] : member.bucket(bucket.dates)
        }
        let row: RollupRow?
        switch question.scope {
        case .subject: row = members.first.flatMap(own)
        case .posts: row = posts(members, bucket, own)
        case .accounts:
            let rows = members.compactMap(own)
            row = rows.isEmpty ? nil : workspace(rows, .subject, bucket)
        case .postsOf:
            let accounts = Dictionary(grouping: members) { $0.subject.account }.sorted { $0.key < $1.key }
            let rows = accounts.map { posts($0.value, bucket, own) }.filter { !$0.cells.isEmpty }
            row = rows.isEmpty ? nil : workspace(rows, .posts, bucket)
        }
        return row.flatMap { $0.cells.isEmpty ? nil : $0 }
    }

    private func posts(
        _ posts: [SubjectReadings],
        _ bucket: Bucket,
        _ own: (SubjectReadings) -> RollupRow?
    ) -> RollupRow {
        let published = posts.count { post in
            post.subject.publishedAt.map { $0 >= bucket.start && $0 < bucket.end } ?? false
        }
        return RollupRow.posts(
            posts.compactMap(own),
            dates: bucket.dates,
            published: Int64(published),
            rules: MetricRules.of(platform)
        )
    }

    private func workspace(_ rows: [RollupRow], _ level: RollupLevel, _ bucket: Bucket) -> RollupRow {
        RollupRow.workspace(
            rows,
            level: level,
            dates: bucket.dates,
            accounts: accounts(bucket),
            rules: MetricRules.of(platform)
        )
    }

    /// How many accounts were there before the bucket ended.
    private func accounts(_ bucket: Bucket) -> Int {
        members.count { member in member.subject.trackedSince.map { $0 < bucket.end } ?? true }
    }

    private var isHourly: Bool { question.cut == .grain(.hour) }

    /// The hours of all members, which are computed a day at a time.
    private var hours: [Int64: [Instant: RollupRow]] {
        guard isHourly else { return [:] }
        return members.reduce(into: [:]) { hours, member in
            for date in question.coveredDates {
                for hour in member.hours(of: date) { hours[member.subject.id, default: [:]][hour.start] = hour.row }
            }
        }
    }

    private func days(_ dates: ClosedRange<CivilDate>) -> Int32 { Int32(dates.upperBound - dates.lowerBound + 1) }

    /// How many days a bucket should have: those of the subject, or of all accounts that were there before it ended.
    private func expected(_ bucket: Bucket) -> Int32 {
        guard case .accounts = question.scope else { return days(bucket.dates) }
        return days(bucket.dates) * Int32(accounts(bucket))
    }

    /// What the answer speaks of when no metrics are named: whatever any bucket has, and whatever a note names.
    private func known(_ rows: [RollupRow]) -> [MetricID] {
        let low = buckets.first?.start ?? now
        let high = buckets.last?.end ?? now
        let noted = notes.values.joined().filter { $0.start < high && $0.end >= low }.compactMap(\.metric)
        return Set(rows.flatMap { $0.cells.map(\.metric) } + noted).sorted()
    }

    private func figure(_ metric: MetricID, _ row: RollupRow?, _ bucket: Bucket) -> Figure {
        var facts = FigureFacts()
        facts.isSynthetic = members.contains { $0.subject.isSynthetic }
        facts.isOffered = offer.offers(metric)
        facts.mayStillCome = now < bucket.end + offer.lag(of: metric, on: platform)
        facts.wasRead = row != nil
        let cell = row?[metric]
        if cell == nil {
            facts.reason =
                members.compactMap { member in
                    notes[member.subject.id]?.newest(about: metric, from: bucket.start, to: bucket.end)
                }.max { $0.fetchedAt < $1.fetchedAt }?.reason
        }
        return Figure(
            metric: metric,
            state: facts.state(of: cell),
            cell: cell,
            expected: row?.expected ?? expected(bucket)
        )
    }
}

extension FigureSeries {
    /// The buckets that have a number of a metric, most first: the best at the front, the worst at the end. Buckets that may
    /// still change are left out unless they are asked for.
    public func ranking(by metric: MetricID, settledOnly: Bool = true) -> [FigureRow] {
        rows.filter { row in row[metric]?.value != nil && (!settledOnly || row.state == .settled) }
            .sorted { left, right in
                let (first, second) = (left[metric]?.value ?? 0, right[metric]?.value ?? 0)
                return first == second ? left.start < right.start : first > second
            }
    }
}
