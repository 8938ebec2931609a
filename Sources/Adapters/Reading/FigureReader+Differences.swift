public import FleetCore
internal import Postgres

// What changed between two moments.
extension FigureReader {
    /// A comparison of what was known at two moments.
    public struct DifferenceQuestion: Sendable {
        /// An account with its posts, or a workspace with all that it has.
        public enum Whose: Hashable, Sendable {
            case account(Int64)
            case workspace(Int64)
        }

        public var whose: Whose
        public var earlier: Instant
        public var later: Instant
        public var grain: Grain
        /// Nil for every bucket that had begun at the earlier moment.
        public var dates: ClosedRange<CivilDate>?
        public var metrics: Set<MetricID>

        public init(
            _ whose: Whose,
            earlier: Instant,
            later: Instant,
            grain: Grain = .day,
            dates: ClosedRange<CivilDate>? = nil,
            metrics: Set<MetricID> = []
        ) {
            self.whose = whose
            self.earlier = earlier
            self.later = later
            self.grain = grain
            self.dates = dates
            self.metrics = metrics
        }
    }

    /// Every figure that is another at the later moment, with the fetches that made it so: by subject, bucket and metric.
    /// Only subjects and days that were fetched in between are looked at; nothing else can have changed.
    public func differences(_ question: DifferenceQuestion) async throws -> [FigureDifference] {
        try await snapshot { connection in
            let members = try await members(of: question.whose, on: connection)
            let touched = try await touched(members, question, on: connection)
            var found: [FigureDifference] = []
            for subject in members {
                guard let span = touched[subject.id], let dates = dates(span, question, on: subject.platform) else {
                    continue
                }
                let loader = ReadingLoader(connection, dates, on: subject.platform)
                let archive = try await loader.archive([subject], asOf: question.later)
                found += FigureDifference.between(
                    (question.earlier, question.later),
                    of: subject,
                    archive[subject.id] ?? [],
                    dates: dates,
                    cut: .grain(question.grain),
                    metrics: question.metrics,
                    offer: FigureOffer(subject.platform)
                )
            }
            return found
        }
    }

    private func members(
        of whose: DifferenceQuestion.Whose,
        on connection: Connection
    ) async throws -> [FigureSubject] {
        let directory = SubjectDirectory(connection: connection)
        switch whose {
        case .account(let id):
            return try await directory.subject(id).asArray + directory.members(of: .posts(ofAccount: id))
        case .workspace(let id):
            return try await directory.members(of: .accounts(ofWorkspace: id))
                + directory.members(of: .postsOf(workspace: id))
        }
    }

    /// The first and last start that was fetched of each subject between the two moments.
    private func touched(
        _ members: [FigureSubject],
        _ question: DifferenceQuestion,
        on connection: Connection
    ) async throws -> [Int64: ClosedRange<Instant>] {
        let rows = try await connection.query(
            """
            select o.subject_id, min(o.start_at), max(o.start_at) from flotilla.observations o
            where o.subject_id = any ($1) and o.fetched_at > $2 and o.fetched_at <= $3 group by o.subject_id
            """,
            [
                .int8Array(members.map(\.id)), .timestamp(question.earlier.microseconds),
                .timestamp(question.later.microseconds),
            ]
        )
        var touched: [Int64: ClosedRange<Instant>] = [:]
        for row in rows {
            let (first, last) = (
                Instant(microseconds: try row.timestamp(1)), Instant(microseconds: try row.timestamp(2))
            )
            touched[try row.int8(0)] = first...last
        }
        return touched
    }

    /// The days to look at: those touched and those around them that they bear on, as far as they had begun.
    private func dates(
        _ span: ClosedRange<Instant>,
        _ question: DifferenceQuestion,
        on platform: PlatformName
    ) -> ClosedRange<CivilDate>? {
        let zone = platform.dayZone
        let first = zone.date(at: span.lowerBound) - RollupRow.reach
        let last = min(zone.date(at: span.upperBound) + RollupRow.reach, zone.date(at: question.earlier))
        guard let wanted = question.dates else { return first <= last ? first...last : nil }
        let touched = first...max(first, zone.date(at: span.upperBound) + RollupRow.reach)
        return touched.overlaps(wanted) ? touched.clamped(to: wanted) : nil
    }
}

extension Optional {
    fileprivate var asArray: [Wrapped] { map { [$0] } ?? [] }
}
