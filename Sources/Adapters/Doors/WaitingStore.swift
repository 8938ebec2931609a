public import FleetCore
public import Postgres

/// The lane of jobs that are newer than the workers which saw them. They wait here, not among the dead, and go back by
/// themselves when a worker of their platform reads their version.
public struct WaitingStore: Sendable {
    /// Jobs of one version and platform that wait.
    public struct Group: Sendable, Equatable {
        public var version: Int
        public var platform: String
        public var jobs: Int64
        public var oldest: Instant
        /// How often the one that was longest on its way came back.
        public var returns: Int
        /// The newest version that a worker of the platform reads, if one said so within two minutes.
        public var readable: Int?
        /// The first that came.
        public var example: FleetCore.UUID
    }

    private let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// Takes jobs into the lane. One that comes back, because the worker that got it did not know its version either, waits
    /// longer each time.
    public func hold(_ jobs: [WaitingJob]) async throws {
        if jobs.isEmpty { return }
        let latest = Dictionary(jobs.map { ($0.job, $0) }, uniquingKeysWith: { $1 })
        let held = latest.values.sorted { $0.job < $1.job }
        try await pool.query(
            """
            insert into flotilla.waiting_jobs as w (job_id, version, account_id, platform, routing_key, body)
            select * from unnest($1::uuid[], $2::integer[], $3::bigint[], $4::text[], $5::text[], $6::text[])
            on conflict (job_id) do update set returns = w.returns + 1, released_at = null,
                not_before = clock_timestamp() + least(interval '5 s' * power(2, least(w.returns, 10)), interval '10 min')
                where w.released_at is not null
            """,
            [
                .uuidArray(held.map(\.job.parameter)),
                .int4Array(held.map { Int32(clamping: $0.version) }),
                .optionalInt8Array(held.map(\.account)),
                .textArray(held.map(\.platform)),
                .textArray(held.map(\.routingKey)),
                .textArray(held.map(\.body)),
            ]
        )
    }

    /// Puts jobs into the outbox that some worker reads now, and takes away keys of orders whose time is over. Returns how
    /// many jobs went.
    public func release(most: Int) async throws -> Int {
        let rows = try await pool.withConnection { connection in
            try await connection.pipeline([
                Command("select flotilla.release_waiting($1)", [.int4(Int32(clamping: most))]),
                Command("select flotilla.forget_keys($1)", [.int4(10_000)]),
            ])
        }
        return Int(try rows[0].only().int4(0))
    }

    /// How many wait, and since when the first of them does.
    public func measure() async throws -> (jobs: Int64, oldestSeconds: Double) {
        let row = try await pool.query(
            """
            select count(*), coalesce(extract(epoch from clock_timestamp() - min(arrived_at)), 0)::double precision
            from flotilla.waiting_jobs where released_at is null
            """
        ).only()
        return (try row.int8(0), try row.float8(1))
    }

    /// What waits, the most first.
    public func groups() async throws -> [Group] {
        try await pool.query(
            """
            select w.version, w.platform, count(*), min(w.arrived_at), max(w.returns),
                (select max(v.version) from flotilla.message_versions v where v.platform = w.platform
                    and v.seen_at > clock_timestamp() - interval '2 minutes'),
                (array_agg(w.job_id order by w.arrived_at))[1]
            from flotilla.waiting_jobs w where w.released_at is null group by w.version, w.platform
            order by count(*) desc, w.platform, w.version
            """
        ).map { row in
            Group(
                version: Int(try row.int4(0)),
                platform: try row.text(1),
                jobs: try row.int8(2),
                oldest: Instant(microseconds: try row.timestamp(3)),
                returns: Int(try row.int4(4)),
                readable: try row.optionalInt4(5).map { Int($0) },
                example: FleetCore.UUID(try row.uuid(6))
            )
        }
    }

    /// Says, for a worker, which versions it reads of the jobs of its platforms.
    public func announce(_ platforms: [String]) async throws {
        try await pool.query(
            "select flotilla.know_versions($1, $2)",
            [.textArray(platforms), .int4(Int32(clamping: Job.versions.upperBound))]
        )
    }
}
