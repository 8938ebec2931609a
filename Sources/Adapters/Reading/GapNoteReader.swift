internal import FleetCore
internal import Postgres

/// Reads why figures are not there: what results skipped, and which jobs died.
struct GapNoteReader {
    let connection: Connection

    /// The notes about subjects and a stretch of time, by subject.
    func notes(
        about subjects: [FigureSubject],
        _ span: ClosedRange<Instant>,
        asOf moment: Instant?
    ) async throws -> [Int64: [GapNote]] {
        let until: Parameter = moment.map { .timestamp($0.microseconds) } ?? .null
        let bounds: [Parameter] = [.timestamp(span.lowerBound.microseconds), .timestamp(span.upperBound.microseconds)]
        let answers = try await connection.pipeline([
            Command(Self.noted, [.int8Array(subjects.map(\.id))] + bounds + [until]),
            Command(Self.dead, [.int8Array(Array(Set(subjects.map(\.account)))), bounds[0], until]),
        ])
        var notes: [Int64: [GapNote]] = [:]
        for row in answers[0] { notes[try row.int8(0), default: []].append(try GapNote(row: row)) }
        let accounts = Dictionary(grouping: subjects, by: \.account)
        for row in answers[1] {
            guard let death = try Death(row: row) else { continue }
            for subject in accounts[death.account] ?? [] where death.concerns(subject) {
                notes[subject.id, default: []].append(death.note)
            }
        }
        return notes
    }

    private static let noted: Statement = """
        select g.subject_id, g.metric, g.reason, g.said, g.start_at, g.end_at, g.fetched_at, g.job_id
        from flotilla.gap_notes g
        where g.subject_id = any ($1) and g.end_at >= $2 and g.start_at <= $3
            and ($4::timestamptz is null or g.fetched_at <= $4)
        """

    private static let dead: Statement = """
        select d.account_id, a.platform, d.job_id, d.cause, d.body, d.dead_at
        from flotilla.dead_letters d join flotilla.accounts a on a.id = d.account_id
        where d.account_id = any ($1) and d.dead_at >= $2 and ($3::timestamptz is null or d.dead_at <= $3)
            and d.state not in ('resolved', 'died_again')
        """

    /// A job that came to nothing.
    private struct Death {
        let account: Int64
        let posts: Set<Int64>
        let collect: CollectionKind
        let note: GapNote

        /// Nil when it is not known any more what the job was to collect.
        init?(row: Row) throws {
            let died = Instant(microseconds: try row.timestamp(5))
            guard let platform = PlatformName(rawValue: try row.text(1)),
                let job = try? JobContract().read(try row.bytes(4), now: died)
            else { return nil }
            account = try row.int8(0)
            // Posts that only the platform's ids name are nobody's here, which is not the same as everybody's.
            posts = Set(job.posts + (job.externalPosts.isEmpty ? [] : [0]))
            collect = job.collect
            let zone = platform.dayZone
            let isDaily = job.collect == .accountDaily
            note = GapNote(
                metric: nil,
                reason: .failed,
                said: try row.text(3),
                start: isDaily ? zone.startOfDay(job.date - (job.days - 1)) : died,
                end: isDaily ? zone.endOfDay(job.date) : died,
                fetchedAt: died,
                job: try row.optionalUUID(2).map { FleetCore.UUID($0) }
            )
        }

        func concerns(_ subject: FigureSubject) -> Bool {
            switch collect {
            case .accountDaily: subject.isAccount
            case .posts, .postMetrics, .stories: !subject.isAccount && (posts.isEmpty || posts.contains(subject.id))
            case .demographics, .credentialRefresh: false
            }
        }
    }
}

extension GapNote {
    /// Reads a row of `flotilla.gap_notes` whose first column is the subject.
    fileprivate init(row: Row) throws {
        self.init(
            metric: try row.optionalInt2(1).map(MetricID.init(rawValue:)),
            reason: GapReason(rawValue: try row.text(2)) ?? .failed,
            said: try row.text(3),
            start: Instant(microseconds: try row.timestamp(4)),
            end: Instant(microseconds: try row.timestamp(5)),
            fetchedAt: Instant(microseconds: try row.timestamp(6)),
            job: FleetCore.UUID(try row.uuid(7))
        )
    }
}
