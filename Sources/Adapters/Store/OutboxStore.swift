public import FleetCore
public import Postgres

/// The jobs that came by the SQL door and wait to be published.
public struct OutboxStore: Sendable {
    /// One waiting job.
    public struct Entry: Sendable, Equatable {
        public var id: Int64
        public var job: UUID
        public var routingKey: String
        public var body: [UInt8]
        /// Which attempt comes next, and what the one before was in doubt about, for a job that was here before.
        public var attempt: Int
        public var doubt: String?
    }

    private let pool: Pool

    public init(pool: Pool) {
        self.pool = pool
    }

    /// Hands the oldest entries to `publish` and removes those that it says were accepted, in one transaction: a crash in
    /// between publishes them again under the same ids, which the ledger absorbs. Returns how many were removed.
    public func relay(
        limit: Int,
        publish: ([Entry]) async -> [Bool]
    ) async throws -> (found: Int, removed: Int) {
        try await pool.withConnection { connection in
            let rows = try await connection.pipeline([
                Command("begin"),
                Command(
                    """
                    select o.id, o.job_id, o.routing_key, o.body, o.attempt, o.doubt from flotilla.outbox o
                    where not (exists (select from flotilla.controls c where c.verb = 'drain' and c.lifted_at is null)
                        and flotilla.is_drained(o.routing_key, o.body))
                    order by o.id limit $1 for update skip locked
                    """,
                    [.int8(Int64(limit))]
                ),
            ])[1]
            var entries: [Entry] = []
            for row in rows {
                entries.append(
                    Entry(
                        id: try row.int8(0),
                        job: UUID(try row.uuid(1)),
                        routingKey: try row.text(2),
                        body: Array(try row.text(3).utf8),
                        attempt: Int(try row.int2(4)),
                        doubt: try row.optionalText(5)
                    )
                )
            }
            let accepted = entries.isEmpty ? [] : await publish(entries)
            let done = zip(entries, accepted).filter(\.1).map(\.0.id)
            _ = try await connection.pipeline([
                Command("delete from flotilla.outbox where id = any ($1)", [.int8Array(done)]), Command("commit"),
            ])
            return (entries.count, done.count)
        }
    }
}
