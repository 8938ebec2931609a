public import FleetCore
public import Postgres
internal import Runtime

/// Browses the dead letters. The broker's queue is never looked into; pages are read by indexes, groups from totals, so that
/// neither depends on how many letters there are.
public struct LetterDesk: Sendable {
    private let pool: Pool

    public init(pool: Pool) {
        self.pool = pool
    }

    /// A page, newest first.
    ///
    /// - Parameter after: the last letter of the page before.
    public func page(_ filter: LetterFilter, after: Int64? = nil, limit: Int) async throws -> [StoredLetter] {
        var (conditions, parameters) = filter.conditions
        if let after {
            parameters.append(.int8(after))
            conditions += """
                 and (d.dead_at, d.id) < ((select k.dead_at from flotilla.dead_letters k where k.id = $\(parameters.count)),
                    $\(parameters.count))
                """
        }
        let statement = Statement(
            dynamic: """
                select \(StoredLetter.columns) from flotilla.dead_letters d where \(conditions)
                order by d.dead_at desc, d.id desc limit \(limit)
                """
        )
        return try await pool.query(statement, parameters).map(StoredLetter.init)
    }

    /// How many letters there are; from the totals where they know.
    public func count(_ filter: LetterFilter) async throws -> Int64 {
        let (conditions, parameters) = filter.isTallied ? tallied(filter) : filter.conditions
        let source =
            filter.isTallied
            ? "coalesce(sum(t.letters), 0)::bigint from flotilla.dead_tallies t join flotilla.dead_groups g using (fingerprint)"
            : "count(*) from flotilla.dead_letters d"
        return try await pool.query(Statement(dynamic: "select \(source) where \(conditions)"), parameters).only().int8(
            0
        )
    }

    /// One letter with its content; nil when there is none.
    public func letter(_ id: Int64) async throws -> LetterContent? {
        let statement = Statement(
            dynamic: """
                select \(StoredLetter.columns), d.routing_key, d.headers::text, d.properties::text, d.body
                from flotilla.dead_letters d where d.id = $1
                """
        )
        guard let row = try await pool.query(statement, [.int8(id)]).first else { return nil }
        return LetterContent(
            letter: try StoredLetter(row),
            routingKey: try row.text(15),
            headers: try row.text(16),
            properties: try row.text(17),
            body: try row.bytes(18)
        )
    }

    /// Every death of a job, oldest first.
    public func deaths(of job: FleetCore.UUID) async throws -> [StoredLetter] {
        let statement = Statement(
            dynamic:
                "select \(StoredLetter.columns) from flotilla.dead_letters d where d.job_id = $1 order by d.dead_at, d.id"
        )
        return try await pool.query(statement, [.uuid(job.parameter)]).map(StoredLetter.init)
    }

    // MARK: Groups

    /// The largest groups first.
    public func groups(_ filter: LetterFilter, limit: Int = 100) async throws -> [LetterGroup] {
        let (conditions, parameters) = filter.isTallied ? tallied(filter) : filter.conditions
        let counted =
            filter.isTallied
            ? """
            select t.fingerprint, sum(t.letters)::bigint as letters
            from flotilla.dead_tallies t join flotilla.dead_groups g using (fingerprint)
            where \(conditions) group by 1 having sum(t.letters) > 0
            """
            : "select d.fingerprint, count(*) as letters from flotilla.dead_letters d where \(conditions) group by 1"
        let rows = try await pool.query(
            Statement(
                dynamic: """
                    select g.fingerprint, g.cause, g.pattern, k.letters, g.first_seen, g.last_seen
                    from (\(counted) order by 2 desc, 1 limit \(limit)) k join flotilla.dead_groups g using (fingerprint)
                    order by k.letters desc, 1
                    """
            ),
            parameters
        )
        var groups = try rows.map { row in
            LetterGroup(
                fingerprint: try row.text(0),
                cause: try row.text(1),
                pattern: try row.text(2),
                letters: try row.int8(3),
                firstSeen: Instant(microseconds: try row.timestamp(4)),
                lastSeen: Instant(microseconds: try row.timestamp(5)),
                hours: Array(repeating: 0, count: 24),
                dayBefore: 0
            )
        }
        try await addTrends(&groups, platform: filter.platform)
        return groups
    }

    /// How the groups developed over two days, whatever became of the letters since.
    private func addTrends(_ groups: inout [LetterGroup], platform: String?) async throws {
        let rows = try await pool.query(
            """
            select fingerprint, floor(extract(epoch from date_trunc('hour', now(), 'UTC') - hour) / 3600)::integer,
                sum(letters)::bigint
            from flotilla.dead_hours
            where fingerprint = any ($1) and hour > now() - interval '49 hours' and ($2::text is null or platform = $2)
            group by 1, 2
            """,
            [.textArray(groups.map(\.fingerprint)), platform.map { .text($0) } ?? .null]
        )
        var places: [String: Int] = [:]
        for (place, group) in groups.enumerated() { places[group.fingerprint] = place }
        for row in rows {
            guard let place = places[try row.text(0)] else { continue }
            let (age, letters) = (Int(try row.int4(1)), try row.int8(2))
            if (0..<24).contains(age) { groups[place].hours[23 - age] += letters }
            if (24..<48).contains(age) { groups[place].dayBefore += letters }
        }
    }

    /// The filter's conditions on `t` and `g`, totals and groups.
    private func tallied(_ filter: LetterFilter) -> (sql: String, parameters: [Parameter]) {
        let (sql, parameters) = filter.conditions
        let words = [
            ("d.state", "t.state"), ("d.platform", "t.platform"), ("d.fingerprint", "t.fingerprint"),
            ("d.cause", "g.cause"),
        ]
        return (words.reduce(sql) { text, pair in text.replacing(pair.0, with: pair.1) }, parameters)
    }
}
