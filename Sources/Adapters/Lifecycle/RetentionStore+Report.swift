public import FleetCore
internal import Postgres

extension RetentionStore {
    /// A line of the report, as names and texts.
    public typealias Fact = [(name: String, value: String?)]

    /// What the report says besides the policy.
    public struct Facts: Sendable {
        public var stored: [Fact]
        public var drops: [Fact]
        public var sweeps: [Fact]
        public var holds: [Fact]
        public var erasures: [Fact]
    }

    /// What is stored, and what was taken away or held since a moment.
    public func facts(since moment: Instant) async throws -> Facts {
        let since: [Parameter] = [.timestamp(moment.microseconds)]
        let answers = try await pool.withConnection { connection in
            try await connection.pipeline([
                Command(Self.stored), Command(Self.drops, since), Command(Self.sweeps), Command(Self.holds, since),
                Command(Self.erasures, since),
            ])
        }
        let facts = try answers.map { rows in
            try rows.map { row in
                try rows.columns.enumerated().map { (name: $0.element, value: try row.optionalText($0.offset)) }
            }
        }
        return Facts(stored: facts[0], drops: facts[1], sweeps: facts[2], holds: facts[3], erasures: facts[4])
    }

    /// Partitions that are due and wait for something.
    public func waiting() async throws -> [(part: String, reason: String)] {
        try await pool.query(
            "select part, waits_for from flotilla.retention_drops where state <> 'dropped' and waits_for is not null order by low"
        ).map { (try $0.text(0), try $0.text(1)) }
    }

    /// About how many rows there are, by the planner's statistics, and what they take.
    private static let stored: Statement = """
        select k.class, sum(greatest(c.reltuples, 0))::bigint::text as about_rows,
            pg_size_pretty(sum(pg_total_relation_size(c.oid))) as size,
            (select min(f.floor)::text from flotilla.retention_floors f where f.class = k.class and f.platform = '') as complete_since
        from (values ('observations', 'observations'), ('breakdowns', 'breakdowns'), ('jobs', 'jobs'),
            ('dead_letters', 'dead_letters'), ('days', 'current_values'), ('rollups', 'rollups'),
            ('workspaces', 'workspace_rollups')) as k (class, name)
        join pg_class c on c.oid in (select relid from pg_partition_tree('flotilla.' || k.name)
            union select to_regclass('flotilla.' || k.name))
        group by k.class order by k.class
        """

    private static let drops: Statement = """
        select part, state, coalesce(case when state in ('verified', 'dropped') then rows end, counted_rows)::text as rows,
            coalesce(case when state in ('verified', 'dropped') then checksum end, counted_checksum)::text as checksum,
            coalesce(dropped_at, planned_at)::text as at, waits_for
        from flotilla.retention_drops where coalesce(dropped_at, now()) >= $1 order by low, part
        """

    private static let sweeps: Statement = """
        select class, platform, case when real_only then 'terms' else 'set' end as because, before::text, deleted::text as rows,
            coalesce(finished_at::text, 'under way') as finished
        from flotilla.retention_sweeps where deleted > 0 or finished_at is null order by class, platform, real_only
        """

    private static let holds: Statement = """
        select id::text as hold, coalesce('account ' || account_id, 'workspace ' || workspace_id, 'all') as whose, reason,
            placed_at::text as placed, coalesce(lifted_at::text, 'in force') as until
        from flotilla.legal_holds where coalesce(lifted_at, now()) >= $1 order by id
        """

    private static let erasures: Statement = """
        select id::text as receipt, kind, step, reason, began_at::text as began, coalesce(finished_at::text, '') as finished
        from flotilla.erasures where coalesce(finished_at, now()) >= $1 order by id
        """
}
