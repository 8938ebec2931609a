public import FleetCore
public import Postgres

/// Keeps the accounts' plans. A turn claims the accounts that are due, writes their jobs into the outbox and the ledger, and
/// moves the plans on, all in one transaction: a dispatcher that dies in between has done nothing, and none does it twice.
public struct CadenceStore: Sendable {
    /// What a turn came to.
    public struct Summary: Sendable, Equatable {
        public var accounts = 0
        public var jobs: [CadenceTask: Int] = [:]
    }

    let pool: Pool

    public init(pool: Pool) {
        self.pool = pool
    }

    /// How long a plan rests whose account is not active.
    private static let rest = Duration.seconds(3600)

    /// Those of the platforms that have a plan due.
    public func due(_ platforms: [PlatformName], now: Instant) async throws -> Set<PlatformName> {
        let rows = try await pool.query(
            """
            select k.platform from unnest($1::text[]) as k (platform)
            where exists (
                    select from flotilla.cadence c
                    where c.platform = k.platform and not c.paused and c.due_at <= $2)
                and not exists (select from flotilla.cadence_pauses p where p.platform = k.platform)
            """,
            [.textArray(platforms.map(\.rawValue)), .timestamp(now.microseconds)]
        )
        return Set(try rows.compactMap { PlatformName(rawValue: try $0.text(0)) })
    }

    /// Looks at the plans of a platform that are due, at most `limit` of them, the longest due first.
    public func turn(
        _ rules: CadenceRules,
        now: Instant,
        limit: Int,
        lease: String,
        epoch: Int64
    ) async throws -> Summary {
        try await pool.withTransaction { connection in
            let rows = try await connection.pipeline([
                Command("select flotilla.require_lease($1, $2)", [.text(lease), .int8(epoch)]),
                Self.claim(rules.platform, now, limit),
            ])[1]
            var summary = Summary(accounts: rows.count)
            if rows.isEmpty { return summary }
            var resting: [Int64] = []
            var states: [CadenceState] = []
            for row in rows {
                let state = try CadenceState(row: row)
                if try row.bool(CadenceState.columnCount) {
                    states.append(state)
                } else {
                    resting.append(state.account)
                }
            }
            let facts = try await Self.facts(of: states, rules, now: now, on: connection)
            let turns = states.map { state in
                CadencePlan(state, rules, facts[state.account] ?? CadenceFacts(), now: now).turn()
            }
            for order in turns.flatMap(\.orders) { summary.jobs[order.task, default: 0] += 1 }
            let writes =
                Self.enqueue(turns, rules.platform, now) + Self.note(turns, facts, now)
                + (resting.isEmpty ? [] : [Self.rest(resting, until: now + Self.rest)])
                + (states.isEmpty ? [] : [Self.advance(turns)])
            _ = try await connection.pipeline(writes)
            return summary
        }
    }

    private static func claim(_ platform: PlatformName, _ now: Instant, _ limit: Int) -> Command {
        Command(
            """
            select c.account_id, c.planned_at, c.metrics_day, c.stories_at, c.discovery_at, c.posts_until,
                c.demographics_at, c.gaps_at, c.history_first, c.history_next, c.history_last, c.history_at,
                a.state = 'active'
            from flotilla.cadence c join flotilla.accounts a on a.id = c.account_id
            where c.platform = $1 and not c.paused and c.due_at <= $2
                and not exists (select from flotilla.cadence_pauses p where p.platform = $1)
            order by c.due_at limit $3 for update of c skip locked
            """,
            [.text(platform.rawValue), .timestamp(now.microseconds), .int8(Int64(limit))]
        )
    }

    /// What the store knows of the accounts.
    static func facts(
        of states: [CadenceState],
        _ rules: CadenceRules,
        now: Instant,
        on connection: Connection
    ) async throws -> [Int64: CadenceFacts] {
        let oldest = now - CadencePlan.oldest - .seconds(86_400)
        let looking = states.compactMap { state in
            CadencePlan(state, rules, now: now).gapsFrom.map { (account: state.account, from: $0) }
        }
        let accounts = looking.map(\.account)
        let from = looking.map(\.from).min().map { rules.platform.dayZone.startOfDay($0) } ?? now
        let rows = try await connection.pipeline([
            Command(
                """
                select p.account_id, p.id, p.kind, coalesce(p.published_at, p.discovered_at), p.state = 'missing',
                    p.discovered_at
                from flotilla.posts p
                where p.account_id = any ($1) and p.state <> 'gone'
                    and coalesce(p.published_at, p.discovered_at) > $2
                """,
                [.int8Array(states.map(\.account)), .timestamp(oldest.microseconds)]
            ),
            Command(
                "select account_id, day, attempts, asked_at from flotilla.cadence_gaps where account_id = any ($1)",
                [.int8Array(states.map(\.account))]
            ),
            Command(
                """
                select subject_id, start_at from flotilla.current_values
                where subject_id = any ($1) and period = 1 and start_at >= $2
                """,
                [.int8Array(accounts), .timestamp(from.microseconds)]
            ),
        ])
        var facts: [Int64: CadenceFacts] = [:]
        for row in rows[0] {
            let post = CadenceFacts.Post(
                id: try row.int8(1),
                kind: PostKind(rawValue: try row.text(2)) ?? .post,
                publishedAt: Instant(microseconds: try row.timestamp(3)),
                knownAt: Instant(microseconds: try row.timestamp(5)),
                isMissing: try row.bool(4)
            )
            facts[try row.int8(0), default: CadenceFacts()].posts.append(post)
        }
        for account in accounts { facts[account, default: CadenceFacts()].storedDays = [] }
        for row in rows[1] {
            let gap = CadenceFacts.Gap(
                attempts: Int(try row.int2(2)),
                askedAt: Instant(microseconds: try row.timestamp(3))
            )
            facts[try row.int8(0), default: CadenceFacts()].gaps[CivilDate(daysSinceEpoch: try row.date(1))] = gap
        }
        for row in rows[2] {
            let day = rules.platform.dayZone.date(at: Instant(microseconds: try row.timestamp(1)))
            facts[try row.int8(0)]?.storedDays?.insert(day)
        }
        return facts
    }

    // MARK: Writing

    /// The jobs, as the SQL door enters them: in the ledger as accepted and in the outbox, from where they are published.
    private static func enqueue(_ turns: [CadencePlan.Turn], _ platform: PlatformName, _ now: Instant) -> [Command] {
        var generator = SystemRandomNumberGenerator()
        var jobs: [Job] = []
        for turn in turns {
            for order in turn.orders {
                let id = UUID.version7(milliseconds: now.milliseconds, using: &generator)
                jobs.append(order.job(id: id, account: turn.state.account, platform: platform, enqueuedAt: now))
            }
        }
        if jobs.isEmpty { return [] }
        return [
            Command(
                """
                insert into flotilla.jobs (id, state, account_id, platform, collect, enqueued_at)
                select k.id, 'accepted', k.account, $4, k.collect, $5
                from unnest($1::uuid[], $2::bigint[], $3::text[]) as k (id, account, collect)
                """,
                [
                    .uuidArray(jobs.map(\.id.parameter)), .int8Array(jobs.map(\.account)),
                    .textArray(jobs.map(\.collect.rawValue)), .text(platform.rawValue),
                    .timestamp(now.microseconds),
                ]
            ),
            Command(
                """
                insert into flotilla.outbox (job_id, routing_key, body)
                select k.id, k.key, k.body
                from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality as k (id, key, body, position)
                order by k.position
                """,
                [
                    .uuidArray(jobs.map(\.id.parameter)), .textArray(jobs.map(\.routingKey)),
                    .textArray(jobs.map { String(decoding: $0.encoded(), as: UTF8.self) }),
                ]
            ),
            Command("select pg_notify('flotilla_outbox', '')"),
        ]
    }

    /// Writes down which days were asked for again, and forgets those that came.
    private static func note(
        _ turns: [CadencePlan.Turn],
        _ facts: [Int64: CadenceFacts],
        _ now: Instant
    ) -> [Command] {
        let asked = turns.flatMap { turn in turn.gaps.map { (turn.state.account, $0) } }
        let came = facts.flatMap { account, facts in
            facts.gaps.keys.filter { facts.storedDays?.contains($0) == true }.map { (account, $0) }
        }
        var commands: [Command] = []
        if !asked.isEmpty {
            commands.append(
                Command(
                    """
                    insert into flotilla.cadence_gaps as g (account_id, day, attempts, asked_at)
                    select k.account, k.day, 1, $3 from unnest($1::bigint[], $2::date[]) as k (account, day)
                    on conflict (account_id, day) do update
                        set attempts = g.attempts + 1, asked_at = excluded.asked_at
                    """,
                    [
                        .int8Array(asked.map(\.0)), .dateArray(asked.map(\.1.daysSinceEpoch)),
                        .timestamp(now.microseconds),
                    ]
                )
            )
        }
        if !came.isEmpty {
            commands.append(
                Command(
                    """
                    delete from flotilla.cadence_gaps g using unnest($1::bigint[], $2::date[]) as k (account, day)
                    where g.account_id = k.account and g.day = k.day
                    """,
                    [.int8Array(came.map(\.0)), .dateArray(came.map(\.1.daysSinceEpoch))]
                )
            )
        }
        return commands
    }

    private static func rest(_ accounts: [Int64], until moment: Instant) -> Command {
        Command(
            "update flotilla.cadence set due_at = $2 where account_id = any ($1)",
            [.int8Array(accounts), .timestamp(moment.microseconds)]
        )
    }

    private static func advance(_ turns: [CadencePlan.Turn]) -> Command {
        let states = turns.map(\.state)
        func moments(_ moment: (CadenceState) -> Instant?) -> Parameter {
            .optionalInt8Array(states.map { moment($0)?.microseconds })
        }
        func days(_ day: (CadenceState) -> CivilDate?) -> Parameter {
            .optionalInt8Array(states.map { state in day(state).map { Int64($0.daysSinceEpoch) } })
        }
        return Command(
            """
            update flotilla.cadence c
            set due_at = k.due, metrics_day = date '1970-01-01' + k.metrics::integer,
                stories_at = 'epoch'::timestamptz + k.stories * interval '1 us',
                discovery_at = 'epoch'::timestamptz + k.discovery * interval '1 us',
                posts_until = 'epoch'::timestamptz + k.posts * interval '1 us',
                demographics_at = 'epoch'::timestamptz + k.demographics * interval '1 us',
                gaps_at = 'epoch'::timestamptz + k.gaps * interval '1 us',
                history_first = date '1970-01-01' + k.first::integer,
                history_next = date '1970-01-01' + k.next::integer,
                history_last = date '1970-01-01' + k.last::integer,
                history_at = 'epoch'::timestamptz + k.history * interval '1 us'
            from unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[])
                as k (account, due, metrics, stories, discovery, posts, demographics, gaps, first, next, last, history)
            where c.account_id = k.account
            """,
            [
                .int8Array(states.map(\.account)),
                // Nothing is due until there is news: at the end of time.
                .timestampArray(turns.map { $0.dueAt?.microseconds ?? .max }),
                days(\.metricsDay), moments(\.storiesAt), moments(\.discoveryAt), moments(\.postsUntil),
                moments(\.demographicsAt), moments(\.gapsAt), days(\.history?.first), days(\.history?.next),
                days(\.history?.last), moments(\.historyAt),
            ]
        )
    }
}

extension CadenceState {
    /// How many columns ``init(row:)`` reads.
    static let columnCount = 12

    /// Reads the columns of `flotilla.cadence` from `account_id` and `planned_at` to `history_at`.
    init(row: Row) throws {
        func moment(_ column: Int) throws -> Instant? {
            try row.optionalTimestamp(column).map(Instant.init(microseconds:))
        }
        func day(_ column: Int) throws -> CivilDate? {
            try row.isNull(column) ? nil : CivilDate(daysSinceEpoch: try row.date(column))
        }
        self.init(account: try row.int8(0), plannedAt: Instant(microseconds: try row.timestamp(1)))
        metricsDay = try day(2)
        storiesAt = try moment(3)
        discoveryAt = try moment(4)
        postsUntil = try moment(5)
        demographicsAt = try moment(6)
        gapsAt = try moment(7)
        if let first = try day(8), let next = try day(9), let last = try day(10) {
            history = History(first: first, next: next, last: last)
        }
        historyAt = try moment(11)
    }
}
