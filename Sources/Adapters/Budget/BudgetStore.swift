public import FleetCore
public import Postgres

/// The fleet's ledgers in the database. A row is locked, decides in Swift, and is written back: many keys in one transaction
/// of two network turns.
public struct BudgetStore: Sendable {
    let pool: Pool

    public init(pool: Pool) {
        self.pool = pool
    }

    /// Lets the ledgers decide about questions, which come back in their order with the time at which all rows were locked.
    ///
    /// - Parameters:
    ///   - terms: the rule of a key; a question about a key without one is answered as void.
    ///   - now: read once everything is locked.
    public func decide(
        _ asks: [BudgetAsk],
        terms: @Sendable (BudgetKey) -> BudgetTerms?,
        now: @Sendable () -> Instant
    ) async throws -> [BudgetAnswer] {
        let keys = Set(asks.map(\.key)).sorted()
        return try await pool.withConnection { connection in
            var rows = try await connection.pipeline([Command("begin"), Self.lock(keys)])[1]
            if rows.count < keys.count {
                // Rows are locked in one order by everyone: the new ones must not come after the others.
                rows = try await connection.pipeline([
                    Command("rollback"), Command("begin"), Self.lockOrCreate(keys, at: now()),
                ])[2]
            }
            var ledgers = try Self.ledgers(rows)
            let moment = now()
            let answers = asks.map { ask -> BudgetAnswer in
                guard let terms = terms(ask.key) else { return .void(ask, at: moment) }
                return ledgers[ask.key, default: BudgetLedger()].decide(ask, terms, at: moment)
            }
            _ = try await connection.pipeline([Self.write(keys, ledgers, terms, at: moment), Command("commit")])
            return answers
        }
    }

    private static func lock(_ keys: [BudgetKey]) -> Command {
        Command(
            """
            select l.platform, l.rule, l.subject, l.endpoint, l.state
            from flotilla.budget_ledgers l
            join unnest($1::text[], $2::text[], $3::text[], $4::text[]) k (platform, rule, subject, endpoint)
                on l.platform = k.platform and l.rule = k.rule and l.subject = k.subject and l.endpoint = k.endpoint
            order by l.platform collate "C", l.rule collate "C", l.subject collate "C", l.endpoint collate "C"
            for update of l
            """,
            columns(keys)
        )
    }

    /// Locks rows and makes those that are missing, in the same order as ``lock(_:)``.
    private static func lockOrCreate(_ keys: [BudgetKey], at now: Instant) -> Command {
        Command(
            """
            insert into flotilla.budget_ledgers as l (platform, rule, subject, endpoint, state, changed_at, idle_at)
            select platform, rule, subject, endpoint, $5, $6, $6
            from unnest($1::text[], $2::text[], $3::text[], $4::text[]) k (platform, rule, subject, endpoint)
            order by platform collate "C", rule collate "C", subject collate "C", endpoint collate "C"
            on conflict (platform, rule, subject, endpoint) do update set changed_at = l.changed_at
            returning platform, rule, subject, endpoint, state
            """,
            columns(keys) + [.bytes(BudgetLedger().packed), .timestamp(now.microseconds)]
        )
    }

    private static func write(
        _ keys: [BudgetKey],
        _ ledgers: [BudgetKey: BudgetLedger],
        _ terms: (BudgetKey) -> BudgetTerms?,
        at now: Instant
    ) -> Command {
        let known = keys.filter { ledgers[$0] != nil && terms($0) != nil }
        let idle = known.map { key in terms(key).flatMap { ledgers[key]?.idle($0, at: now) } ?? now }
        // Postgres has no array of timestamps with nulls here: the distant past stands for none.
        let steered = known.map { ledgers[$0]?.blockedUntil?.microseconds ?? 0 }
        return Command(
            """
            update flotilla.budget_ledgers l
            set state = k.state, changed_at = $8, idle_at = k.idle_at,
                steered_until = nullif(k.steered_until, timestamptz 'epoch')
            from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[],
                $7::timestamptz[]) k (platform, rule, subject, endpoint, state, idle_at, steered_until)
            where l.platform = k.platform and l.rule = k.rule and l.subject = k.subject and l.endpoint = k.endpoint
            """,
            columns(known) + [
                .bytesArray(known.map { ledgers[$0]?.packed ?? [] }), .timestampArray(idle.map(\.microseconds)),
                .timestampArray(steered), .timestamp(now.microseconds),
            ]
        )
    }

    static func columns(_ keys: [BudgetKey]) -> [Parameter] {
        [
            .textArray(keys.map(\.platform.rawValue)), .textArray(keys.map(\.rule)), .textArray(keys.map(\.subject)),
            .textArray(keys.map(\.endpoint)),
        ]
    }

    private static func ledgers(_ rows: Rows) throws -> [BudgetKey: BudgetLedger] {
        var ledgers: [BudgetKey: BudgetLedger] = [:]
        for row in rows {
            guard let key = try key(row) else { continue }
            // A row that cannot be read is begun anew: it is from an older version, whose leases soon run out.
            ledgers[key] = BudgetLedger(packed: try row.bytes(4)) ?? BudgetLedger()
        }
        return ledgers
    }

    static func key(_ row: Row) throws -> BudgetKey? {
        guard let platform = PlatformName(rawValue: try row.text(0)) else { return nil }
        return BudgetKey(platform, rule: try row.text(1), subject: try row.text(2), endpoint: try row.text(3))
    }
}

extension BudgetAnswer {
    fileprivate static func void(_ ask: BudgetAsk, at now: Instant) -> BudgetAnswer {
        var answer = BudgetAnswer(key: ask.key, pot: ask.pot, life: ask.life, granted: 0, expires: now)
        answer.isVoid = true
        return answer
    }
}
