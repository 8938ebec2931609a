internal import FleetCore
internal import JSON
internal import Platforms
internal import Postgres

/// Examines the letters of a selection, a page at a time: reads each message by today's contract, asks the database what became
/// of its job, its account and its days, and notes the refusals.
struct ReplayExamination {
    private static let page: Int64 = 1000
    private let order: SelectionOrder
    private let now: Instant
    private var seen: Set<FleetCore.UUID> = []

    init(order: SelectionOrder, now: Instant) {
        self.order = order
        self.now = now
    }

    /// One letter with what is to be asked about it.
    private struct Letter {
        var place: Int32
        var diedAt: Instant
        var account: Int64?
        var id: FleetCore.UUID?
        var replayCase: ReplayCase

        var job: Job? { try? replayCase.job.get() }
    }

    mutating func examine(selection: Int64, on connection: Connection) async throws {
        var last: Int32 = 0
        while true {
            var letters = try await read(selection, after: last, connection)
            guard let end = letters.last else { return }
            last = end.place
            try await ask(&letters, connection)
            let refusals = letters.compactMap { letter in refusal(of: letter).map { (letter.place, $0.0, $0.1) } }
            if !refusals.isEmpty { try await note(refusals, selection, connection) }
        }
    }

    private func read(_ selection: Int64, after place: Int32, _ connection: Connection) async throws -> [Letter] {
        try await connection.query(
            """
            select i.place, d.dead_at, d.account_id, d.job_id, d.state, d.replays, d.platform, d.routing_key,
                coalesce(i.body, d.body)
            from flotilla.selection_items i join flotilla.dead_letters d on d.id = i.letter_id
            where i.selection = $1 and i.place > $2 order by i.place limit $3
            """,
            [.int8(selection), .int4(place), .int8(Self.page)]
        ).map { row in
            let body = try row.bytes(8)
            let job: Result<Job, Death>
            do throws(Death) { job = .success(try JobContract().read(body, now: now)) } catch { job = .failure(error) }
            var replayCase = ReplayCase(
                job: job,
                // What was made of a result has no routing key; what was pushed is no job.
                isJob: try row.text(6) != DeadLetter.pushed && !row.text(7).isEmpty,
                letterState: LetterState(rawValue: try row.text(4)) ?? .open
            )
            replayCase.replays = Int(try row.int2(5))
            return Letter(
                place: try row.int4(0),
                diedAt: Instant(microseconds: try row.timestamp(1)),
                account: try row.optionalInt8(2),
                id: try row.optionalUUID(3).map { FleetCore.UUID($0) },
                replayCase: replayCase
            )
        }
    }

    /// Fills in what the database knows.
    private mutating func ask(_ letters: inout [Letter], _ connection: Connection) async throws {
        let jobs = letters.compactMap { $0.job?.id ?? $0.id }
        let accounts = Set(letters.compactMap { $0.job?.account ?? $0.account }).sorted()
        let days = letters.enumerated().compactMap { place, letter in Self.day(letter, place) }
        let rows = try await connection.pipeline([
            Command(
                "select id, state::text from flotilla.jobs where id = any ($1) and state <> 'accepted'",
                [.uuidArray(jobs.map(\.parameter))]
            ),
            Command(
                "select id, state, workspace_id, platform from flotilla.accounts where id = any ($1) and not erasing",
                [.int8Array(accounts)]
            ),
            Command(
                """
                select k.letter from unnest($1::integer[], $2::bigint[], $3::timestamptz[], $4::timestamptz[],
                    $5::timestamptz[]) as k (letter, account, first, after, died)
                group by k.letter having bool_and(exists (select from flotilla.current_values c
                    where c.subject_id = k.account and c.start_at >= k.first and c.start_at < k.after and c.period = 1
                        and k.died < any (c.source_times)))
                """,
                [
                    .int4Array(days.map(\.letter)), .int8Array(days.map(\.account)),
                    .timestampArray(days.map(\.first.microseconds)), .timestampArray(days.map(\.after.microseconds)),
                    .timestampArray(days.map(\.died.microseconds)),
                ]
            ),
        ])
        var states: [FleetCore.UUID: String] = [:]
        for row in rows[0] { states[FleetCore.UUID(try row.uuid(0))] = try row.text(1) }
        var known: [Int64: (state: String, workspace: Int64, platform: String)] = [:]
        for row in rows[1] { known[try row.int8(0)] = (try row.text(1), try row.int8(2), try row.text(3)) }
        let newer = Set(try rows[2].map { Int(try $0.int4(0)) })
        for place in letters.indices {
            let job = letters[place].job
            let id = job?.id ?? letters[place].id
            letters[place].replayCase.ledgerState = id.flatMap { states[$0] }
            letters[place].replayCase.hasNewerReadings = newer.contains(place)
            guard let job else { continue }
            let account = known[job.account]
            letters[place].replayCase.accountState = account?.state
            letters[place].replayCase.historyDays = PlatformRegistry[job.platform]?.historyDays
            letters[place].replayCase.isRepeated = !seen.insert(job.id).inserted
            if let account {
                let budget = SpentBudget(platform: account.platform, workspace: account.workspace)
                letters[place].replayCase.hasMoney = !order.withoutMoney.contains(budget)
            }
        }
    }

    /// The stretch of days whose newer figures would make a letter needless; nil when that cannot be told.
    private static func day(
        _ letter: Letter,
        _ place: Int
    ) -> (letter: Int32, account: Int64, first: Instant, after: Instant, died: Instant)? {
        guard let job = letter.job, job.collect == .accountDaily, job.metrics.isEmpty, job.days == 1 else { return nil }
        let zone = job.platform.dayZone
        return (Int32(place), job.account, zone.startOfDay(job.date), zone.endOfDay(job.date), letter.diedAt)
    }

    private func refusal(of letter: Letter) -> (ReplayRefusal, String)? {
        letter.replayCase.refusal(allowing: order.allowed, mostReplays: order.mostReplays, now: now)
            .map { ($0.reason, $0.detail) }
    }

    private func note(
        _ refusals: [(place: Int32, reason: ReplayRefusal, detail: String)],
        _ selection: Int64,
        _ connection: Connection
    ) async throws {
        try await connection.query(
            """
            update flotilla.selection_items i set state = 'refused', refusal = k.reason, detail = k.detail
            from unnest($2::integer[], $3::text[], $4::text[]) as k (place, reason, detail)
            where i.selection = $1 and i.place = k.place
            """,
            [
                .int8(selection), .int4Array(refusals.map(\.place)), .textArray(refusals.map(\.reason.rawValue)),
                .textArray(refusals.map { String($0.detail.prefix(300)) }),
            ]
        )
    }
}
