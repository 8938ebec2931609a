public import FleetCore
public import Postgres

/// The orders of operators, as workers read them and as workers report back. Every call acts with a worker's rights.
public struct ControlStore: Sendable {
    /// What a worker is told when it reports.
    public struct Orders: Sendable {
        public var board: ControlBoard
        /// Why it is to end; nil when it is to go on.
        public var drain: String?
        /// Jobs ready in the worker's queues, by routing key, as far as somebody looked lately.
        public var ready: [String: Int]
    }

    private let pool: Pool

    public init(pool: Pool) {
        self.pool = pool
    }

    /// Reports a worker, and learns what is ordered, in one turn of the network.
    public func beat(_ report: WorkerReport) async throws -> Orders {
        let keys = report.queues.map(\.key)
        let rows = try await pool.withConnection { connection in
            try await connection.pipeline([
                Self.beat(report),
                Command(
                    """
                    select id, verb, platform, lane, workspace_id, account_id, collect, reason, expires_at
                    from flotilla.active_controls()
                    """
                ),
                Command("select job_id, reason from flotilla.active_cancellations()"),
                Command(
                    "select key, ready from flotilla.loads_of($1) where seen_at > now() - interval '1 minute'",
                    [.textArray(keys)]
                ),
            ])
        }
        let controls = try rows[1].compactMap { try FleetControl($0) }
        var cancelled: [FleetCore.UUID: String] = [:]
        for row in rows[2] { cancelled[FleetCore.UUID(try row.uuid(0))] = try row.text(1) }
        var ready: [String: Int] = [:]
        for row in rows[3] { ready[try row.text(0)] = Int(try row.int8(1)) }
        return Orders(
            board: ControlBoard(controls, cancelled: cancelled),
            drain: try rows[0].only().optionalText(0),
            ready: ready
        )
    }

    private static func beat(_ report: WorkerReport) -> Command {
        let queues = report.queues
        func moments(_ moment: (WorkerReport.Queue) -> Instant?) -> Parameter {
            .timestampArray(queues.map { moment($0)?.microseconds ?? Int64.min })
        }
        return Command(
            """
            select flotilla.worker_beat($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
            """,
            [
                .uuid(report.id.parameter), .text(report.host), .int4(Int32(clamping: report.pid)),
                .text(report.version), .timestamp(report.startedAt.microseconds), .text(report.state.rawValue),
                .int4(Int32(clamping: report.inHand)), .int4(Int32(clamping: report.handedBack)),
                .textArray(queues.map(\.key)), .int4Array(queues.map { Int32(clamping: $0.prefetch) }),
                .int4Array(queues.map { Int32(clamping: $0.holding) }), .int8Array(queues.map { Int64($0.taken) }),
                .int8Array(queues.map { Int64($0.ended) }),
                .int8Array(queues.map { Int64($0.busy / .milliseconds(1)) }),
                .int8Array(queues.map { Int64($0.requests) }), moments(\.takenAt), moments(\.enqueuedAt),
            ]
        )
    }

    /// Sets a job aside for an order; false when the order does not hold any more, and the job is to be run. Waits while
    /// the database is away.
    public func hold(_ job: Job, body: [UInt8], attempt: Int, doubt: DeadCause?, for control: Int64) async throws
        -> Bool
    {
        let rows = try await pool.withConnection(whenDown: .retry) { connection in
            try await connection.query(
                "select flotilla.hold_job($1, $2, $3, $4, $5, $6, $7)",
                [
                    .int8(control), .uuid(job.id.parameter), .int8(job.account), .text(job.routingKey),
                    .text(String(decoding: body, as: UTF8.self)), .int4(Int32(clamping: attempt)),
                    doubt.map { .text($0.rawValue) } ?? .null,
                ]
            )
        }
        return try rows.only().bool(0)
    }
}

extension FleetControl {
    /// A row of `id, verb, platform, lane, workspace_id, account_id, collect, reason, expires_at`; nil when it names
    /// something that this version does not know: a newer one does.
    init?(_ row: Row) throws {
        guard let verb = Verb(rawValue: try row.text(1)) else { return nil }
        var scope = ControlScope()
        if let name = try row.optionalText(2) {
            guard let platform = PlatformName(rawValue: name) else { return nil }
            scope.platform = platform
        }
        if let name = try row.optionalText(3) {
            guard let lane = Lane(rawValue: name) else { return nil }
            scope.lane = lane
        }
        scope.workspace = try row.optionalInt8(4)
        scope.account = try row.optionalInt8(5)
        if let name = try row.optionalText(6) {
            guard let collect = CollectionKind(rawValue: name) else { return nil }
            scope.collect = collect
        }
        self.init(
            id: try row.int8(0),
            verb: verb,
            scope: scope,
            reason: try row.text(7),
            expiresAt: try row.optionalTimestamp(8).map(Instant.init(microseconds:))
        )
    }
}
