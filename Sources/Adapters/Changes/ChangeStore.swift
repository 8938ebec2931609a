public import FleetCore
public import Postgres

/// The buckets that changed and were not told of yet.
///
/// The keys are noted in the transaction that changes the buckets, a row per statement. A publisher claims rows for a while,
/// tells of each bucket as it is then (so that several changes of one bucket are told as one), and deletes the rows. Who dies
/// in between leaves the claim to run out, and the buckets are told of again, under the same ids unless they changed again.
public struct ChangeStore: Sendable {
    /// What waits.
    public struct Backlog: Sendable, Equatable {
        /// Rows of keys; of those noted while others were deleted, some may be counted too much.
        public var batches: Int64
        /// When the oldest was noted.
        public var oldest: Instant?
    }

    /// What a turn came to.
    public struct Turn: Sendable, Equatable {
        /// Events that were handed over.
        public var events = 0
        /// Whether all of them were accepted; then their keys are gone.
        public var isComplete = true
    }

    /// About so many buckets are claimed at once.
    private static let most: Int64 = 5000
    /// Events published together.
    private static let chunk = 500

    let pool: Pool
    private let lease: Duration

    /// - Parameter lease: how long a claim lasts when its publisher says nothing more.
    public init(pool: Pool, lease: Duration = .seconds(60)) {
        self.pool = pool
        self.lease = lease
    }

    /// Claims the oldest changes, hands their events to `publish` in parts, and forgets them when it says that all of each
    /// part were accepted.
    public func turn(_ publish: ([ChangeEvent]) async -> Bool) async throws -> Turn {
        let claimed = try await claim()
        guard !claimed.isEmpty else { return Turn() }
        // What a bucket that is gone was called follows from its platform, which may be a source registered just now.
        try await SourceDirectory(pool: pool).introduceAll()
        var turn = Turn()
        let events = try await buckets(of: claimed) { buckets in
            let isAccepted = await publish(buckets.map { ChangeEvent($0) })
            if !isAccepted { turn.isComplete = false }
            return isAccepted
        }
        turn.events = events
        _ = try await pool.query(turn.isComplete ? Self.forget : Self.release, [.int8Array(claimed)])
        return turn
    }

    private func claim() async throws -> [Int64] {
        let rows = try await pool.query(
            """
            update flotilla.changes_pending p set claimed_until = clock_timestamp() + $2 * interval '1 us'
            where p.id in (
                select c.id from (
                    select l.id, sum(l.size) over (order by l.id) - l.size as before
                    from (
                        select w.id, cardinality(w.generations) as size from flotilla.changes_pending w
                        where w.claimed_until <= clock_timestamp() order by w.id limit 64 for update skip locked) l
                ) c where c.before < $1)
            returning p.id
            """,
            [.int8(Self.most), .int8(lease.wholeMicroseconds)]
        )
        return try rows.map { try $0.int8(0) }
    }

    /// Lends the buckets of the claimed keys in parts until `body` says no; returns how many were lent.
    private func buckets(of claimed: [Int64], _ body: ([StoredBucket]) async -> Bool) async throws -> Int {
        var count = 0
        for statement in [Self.subjects, Self.groups] {
            let goesOn = try await pool.withStream(statement, [.int8Array(claimed)], chunk: Self.chunk) { stream in
                for try await rows in stream {
                    let part = try rows.compactMap(BucketColumns.noted)
                    count += part.count
                    guard await body(part) else { return false }
                }
                return true
            }
            if !goesOn { break }
        }
        return count
    }

    /// The buckets of accounts and posts, as ``BucketColumns/noted(_:)`` reads them.
    private static let subjects: Statement = """
        select a.workspace_id, a.platform, a.id, k.subject, p.external_id, k.level, k.grain, k.start, r.end_at, r.day,
            coalesce(r.generation, k.generation), coalesce(r.changed_at, k.noted), r.state, r.expected, r.metrics,
            r."values", r.counts, r.sums, r.minimums, r.maximums, r.weights, r.flags
        from (
            select u.subject, u.level, u.grain, u.start, max(u.generation) as generation, max(c.noted_at) as noted
            from flotilla.changes_pending c
            cross join lateral unnest(c.subjects, c.levels, c.grains, c.starts, c.generations)
                as u (subject, level, grain, start, generation)
            where c.id = any ($1) and c.subjects is not null
            group by u.subject, u.level, u.grain, u.start) k
        left join flotilla.posts p on p.id = k.subject
        cross join lateral (
            select * from flotilla.accounts c where c.id = coalesce(p.account_id, k.subject) offset 0) a
        left join flotilla.rollups r on r.subject_id = k.subject and r.level = k.level and r.grain = k.grain
            and r.start_at = k.start
        """

    /// The same for workspaces.
    private static let groups: Statement = """
        select k.workspace, k.platform, null::bigint, k.workspace, null::text, k.level, k.grain, r.start_at, r.end_at, k.day,
            coalesce(r.generation, k.generation), coalesce(r.changed_at, k.noted), r.state, r.expected, r.metrics,
            r."values", r.counts, r.sums, r.minimums, r.maximums, r.weights, r.flags
        from (
            select u.workspace, u.platform, u.level, u.grain, u.day, max(u.generation) as generation,
                max(c.noted_at) as noted
            from flotilla.changes_pending c
            cross join lateral unnest(c.workspaces, c.platforms, c.levels, c.grains, c.days, c.generations)
                as u (workspace, platform, level, grain, day, generation)
            where c.id = any ($1) and c.workspaces is not null
            group by u.workspace, u.platform, u.level, u.grain, u.day) k
        left join flotilla.workspace_rollups r on r.workspace_id = k.workspace and r.platform = k.platform
            and r.level = k.level and r.grain = k.grain and r.day = k.day
        """
    private static let forget: Statement = "delete from flotilla.changes_pending where id = any ($1)"
    private static let release: Statement = """
        update flotilla.changes_pending set claimed_until = clock_timestamp() + interval '1 second' where id = any ($1)
        """

    /// How much waits.
    public func backlog() async throws -> Backlog {
        let row = try await pool.query(
            """
            select coalesce((select max(id) from flotilla.changes_pending)
                    - (select min(id) from flotilla.changes_pending) + 1, 0),
                (select noted_at from flotilla.changes_pending order by id limit 1)
            """
        ).only()
        return Backlog(
            batches: try row.int8(0),
            oldest: try row.optionalTimestamp(1).map(Instant.init(microseconds:))
        )
    }

    /// Forgets what was noted longer ago than that; returns how many buckets nobody will hear of unless they are told again
    /// from the store.
    public func drop(olderThan age: Duration) async throws -> Int64 {
        try await pool.query(
            """
            with gone as (
                delete from flotilla.changes_pending where noted_at < clock_timestamp() - $1 * interval '1 us'
                returning cardinality(generations) as size)
            select coalesce(sum(size), 0)::bigint from gone
            """,
            [.int8(age.wholeMicroseconds)]
        ).only().int8(0)
    }
}
