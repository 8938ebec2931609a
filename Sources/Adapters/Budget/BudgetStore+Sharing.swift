public import FleetCore
internal import Postgres

/// What every worker must hear of soon.
public struct BudgetNews: Sendable {
    public var overrides: [BudgetPlan.Override] = []
    /// Keys that the platform holds back, and until when.
    public var steered: [(key: BudgetKey, until: Instant)] = []
    public var breakers: [BudgetDesk.Endpoint: CircuitBreaker.Opening] = [:]
    /// Endpoints whose next single call is ours to make.
    public var probes: Set<BudgetDesk.Endpoint> = []
}

extension BudgetStore {
    /// Tells the fleet of breakers and hears the news, in one network turn.
    ///
    /// - Parameter since: only what was held back after then is told again.
    public func exchange(
        openings: [BudgetDesk.Endpoint: CircuitBreaker.Opening?] = [:],
        probes: Set<BudgetDesk.Endpoint> = [],
        since: Instant,
        at now: Instant
    ) async throws -> BudgetNews {
        let told = openings.sorted { ($0.key.platform.rawValue, $0.key.name) < ($1.key.platform.rawValue, $1.key.name) }
        var commands = told.map { Self.tell($0.key, $0.value) }
        let first = commands.count
        let wanted = Array(probes)
        commands += wanted.map { Self.claim($0, at: now) }
        commands += [Self.rules, Self.breakers, Self.steered(since: since, at: now)]
        return try await pool.withConnection { connection in
            let rows = try await connection.pipeline(commands)
            var news = BudgetNews()
            for (endpoint, claimed) in zip(wanted, rows[first...]) where !claimed.isEmpty {
                news.probes.insert(endpoint)
            }
            let last = rows.count - 3
            for row in rows[last] { if let override = try Self.override(row) { news.overrides.append(override) } }
            for row in rows[last + 1] {
                guard let platform = PlatformName(rawValue: try row.text(0)) else { continue }
                news.breakers[BudgetDesk.Endpoint(platform, try row.text(1))] = CircuitBreaker.Opening(
                    since: Instant(microseconds: try row.timestamp(2)),
                    nextProbe: Instant(microseconds: try row.timestamp(3)),
                    successes: Int(try row.int4(4))
                )
            }
            for row in rows[last + 2] {
                if let key = try Self.key(row) {
                    news.steered.append((key, Instant(microseconds: try row.timestamp(4))))
                }
            }
            return news
        }
    }

    private static func tell(_ endpoint: BudgetDesk.Endpoint, _ opening: CircuitBreaker.Opening?) -> Command {
        guard let opening else {
            return Command(
                "delete from flotilla.budget_breakers where platform = $1 and endpoint = $2",
                [.text(endpoint.platform.rawValue), .text(endpoint.name)]
            )
        }
        // Who opens it a second time changes nothing; only a probe moves it on.
        return Command(
            """
            insert into flotilla.budget_breakers as b (platform, endpoint, since, next_probe, successes)
            values ($1, $2, $3, $4, $5)
            on conflict (platform, endpoint) do update
                set next_probe = greatest(b.next_probe, excluded.next_probe), successes = excluded.successes
                where b.since = excluded.since
            """,
            [
                .text(endpoint.platform.rawValue), .text(endpoint.name), .timestamp(opening.since.microseconds),
                .timestamp(opening.nextProbe.microseconds), .int4(Int32(opening.successes)),
            ]
        )
    }

    private static func claim(_ endpoint: BudgetDesk.Endpoint, at now: Instant) -> Command {
        Command(
            """
            update flotilla.budget_breakers set next_probe = $4
            where platform = $1 and endpoint = $2 and next_probe <= $3 returning endpoint
            """,
            [
                .text(endpoint.platform.rawValue), .text(endpoint.name), .timestamp(now.microseconds),
                .timestamp((now + CircuitBreaker.pause).microseconds),
            ]
        )
    }

    private static let breakers = Command(
        "select platform, endpoint, since, next_probe, successes from flotilla.budget_breakers"
    )

    private static func steered(since: Instant, at now: Instant) -> Command {
        Command(
            """
            select platform, rule, subject, endpoint, steered_until from flotilla.budget_ledgers
            where steered_until is not null and steered_until > $2 and changed_at >= $1
            order by changed_at desc limit 1000
            """,
            [.timestamp(since.microseconds), .timestamp(now.microseconds)]
        )
    }

    /// Which of the resources were not paid for on a day.
    public func unpaid(_ platform: PlatformName, day: CivilDate, _ resources: [Int64]) async throws -> Set<Int64> {
        let rows = try await pool.query(
            "select resource from flotilla.budget_paid where platform = $1 and day = $2 and resource = any ($3)",
            [.text(platform.rawValue), .date(day), .int8Array(resources)]
        )
        var unpaid = Set(resources)
        for row in rows { unpaid.remove(try row.int8(0)) }
        return unpaid
    }

    /// Remembers that resources were paid for.
    public func paid(_ platform: PlatformName, day: CivilDate, _ resources: [Int64]) async throws {
        try await pool.query(
            """
            insert into flotilla.budget_paid (platform, day, resource)
            select $1, $2, unnest($3::bigint[]) on conflict do nothing
            """,
            [.text(platform.rawValue), .date(day), .int8Array(Array(Set(resources)).sorted())]
        )
    }

    /// Removes ledgers in which nothing counts any more, and yesterday's payments; at most a few thousand at a time.
    public func sweep(at now: Instant) async throws {
        try await pool.withConnection { connection in
            _ = try await connection.pipeline([
                Command(
                    """
                    delete from flotilla.budget_ledgers where (platform, rule, subject, endpoint) in (
                        select platform, rule, subject, endpoint from flotilla.budget_ledgers
                        where idle_at < $1 limit 2000 for update skip locked) and idle_at < $1
                    """,
                    [.timestamp((now - .seconds(3600)).microseconds)]
                ),
                Command("delete from flotilla.budget_paid where day < $1", [.date(now.utcDate - 1)]),
            ])
        }
    }
}

extension Parameter {
    static func date(_ day: CivilDate) -> Parameter { .date(day.daysSinceEpoch) }
}
