public import FleetCore
internal import Postgres

// Growth, comparison, freshness, best and worst.
extension FigureReader {
    /// How a level of an account grew, now or as of a moment; nil when there is no such account.
    public func growth(
        ofAccount account: Int64,
        over dates: ClosedRange<CivilDate>,
        metric: MetricID = .followers,
        asOf moment: Instant? = nil
    ) async throws -> FollowerGrowth? {
        let wider = dates.lowerBound - 1 - FollowerGrowth.staleness...dates.upperBound
        return try await readings(of: account, wider, asOf: moment).map { $0.growth(over: dates, of: metric) }
    }

    /// Two stretches of the same scope beside each other, platform by platform.
    public struct Compared: Sendable {
        public var period: ComparisonPeriod
        public var platform: PlatformName
        public var current: FigureRow
        public var other: FigureRow
        public var figures: [FigureComparison]
    }

    /// Compares a stretch of days with another; stretches of which no day is over are left out.
    public func compare(
        _ question: FigureQuestion,
        by basis: ComparisonBasis,
        now: Instant
    ) async throws -> [Compared] {
        try await snapshot { connection in
            var found: [Compared] = []
            for platform in Set(
                try await SubjectDirectory(connection: connection).members(of: question.scope).map(\.platform)
            )
            .sorted(by: { $0.rawValue < $1.rawValue }) {
                let last = platform.dayZone.date(at: question.asOf ?? now) - 1
                let period = ComparisonPeriod(question.dates, by: basis, last: last)
                guard let elapsed = period.elapsed, let other = period.other else { continue }
                var rows: [FigureRow] = []
                for dates in [elapsed, other] {
                    var part = question
                    (part.dates, part.cut) = (dates, .stretch)
                    let materials = try await material(for: part, on: connection)
                    let series = materials.first { $0.platform == platform }?.series(part, now: now)
                    rows += series?.rows ?? []
                }
                guard rows.count == 2 else { continue }
                found.append(
                    Compared(
                        period: period,
                        platform: platform,
                        current: rows[0],
                        other: rows[1],
                        figures: FigureComparison.all(rows[0], rows[1])
                    )
                )
            }
            return found
        }
    }

    /// How current each metric of a subject is; nil when there is none of that number.
    public func freshness(of subject: Int64, now: Instant) async throws -> [Freshness]? {
        try await snapshot { connection in
            guard let subject = try await SubjectDirectory(connection: connection).subject(subject) else { return nil }
            let today = subject.platform.dayZone.date(at: now)
            let loader = ReadingLoader(connection, today - 90...today, on: subject.platform)
            let readings = try await loader.current([subject])
            let notes = try await GapNoteReader(connection: connection).notes(about: [subject], loader.span, asOf: nil)
            return readings.first.map { Freshness.all(of: $0, notes: notes[subject.id] ?? []) }
        }
    }

    /// The posts of an account over a stretch of days.
    public func posts(
        ofAccount account: Int64,
        over dates: ClosedRange<CivilDate>,
        mode: PostReview.Mode,
        by metric: MetricID,
        asOf moment: Instant? = nil,
        now: Instant
    ) async throws -> PostReview {
        // Totals are those of now, or of the moment.
        let zone = try await subject(account)?.platform.dayZone ?? .utc
        let last = mode == .published ? max(dates.upperBound, zone.date(at: moment ?? now)) : dates.upperBound
        let question = FigureQuestion(
            .posts(ofAccount: account),
            dates: dates.lowerBound...last,
            cut: .stretch,
            asOf: moment
        )
        return try await snapshot { connection in
            let material = try await material(for: question, on: connection).first
            return PostReview(material?.readings ?? [], dates: dates, mode: mode, metric: metric)
        }
    }

    /// Figures that the platforms changed after they were settled, newest first.
    public func restatements(
        of whose: DifferenceQuestion.Whose,
        since: Instant,
        limit: Int
    ) async throws -> [Restatement] {
        let (account, workspace): (Parameter, Parameter) =
            switch whose {
            case .account(let id): (.int8(id), .null)
            case .workspace(let id): (.null, .int8(id))
            }
        return try await snapshot { connection in
            try await connection.query(
                """
                select r.subject_id, r.workspace_id, r.metric, r.period, r.start_at, r.before_value, r.before_at, r.before_job,
                    r.after_value, r.after_at, r.after_job
                from flotilla.restatements r
                where ($1::bigint is null or r.subject_id = $1
                        or r.subject_id in (select p.id from flotilla.posts p where p.account_id = $1))
                    and ($2::bigint is null or r.workspace_id = $2) and r.after_at >= $3
                order by r.after_at desc, r.subject_id, r.start_at, r.metric limit $4
                """,
                [account, workspace, .timestamp(since.microseconds), .int8(Int64(limit))]
            ).compactMap { try Restatement(row: $0) }
        }
    }

    private func readings(
        of subject: Int64,
        _ dates: ClosedRange<CivilDate>,
        asOf moment: Instant?
    ) async throws -> SubjectReadings? {
        let question = FigureQuestion(.subject(subject), dates: dates, asOf: moment)
        return try await snapshot { try await material(for: question, on: $0).first?.readings.first }
    }
}

extension Restatement {
    /// Reads a row of `flotilla.restatements`; nil for a period that is not known.
    fileprivate init?(row: Row) throws {
        guard let period = Period(rawValue: try row.int2(3)) else { return nil }
        let metric = MetricID(rawValue: try row.int2(2))
        func entry(_ column: Int) throws -> CurrentRow.Entry {
            CurrentRow.Entry(
                metric: metric,
                value: try row.int8(column),
                source: CurrentRow.Source(
                    fetchedAt: Instant(microseconds: try row.timestamp(column + 1)),
                    job: FleetCore.UUID(try row.uuid(column + 2))
                )
            )
        }
        self.init(
            subject: try row.int8(0),
            workspace: try row.int8(1),
            metric: metric,
            period: period,
            start: Instant(microseconds: try row.timestamp(4)),
            before: try entry(5),
            after: try entry(8)
        )
    }
}
