public import FleetCore
public import Postgres

/// The orders as operators give and lift them.
public struct ControlDesk: Sendable {
    /// An order with its history.
    public struct Entry: Sendable {
        public var control: FleetControl
        public var createdBy: String
        public var createdAt: Instant
        public var liftedAt: Instant?
        public var liftedBy: String?
        /// Jobs set aside for it.
        public var held: Int64
    }

    /// What became of the wish to cancel a job.
    public enum Cancellation: Sendable, Equatable {
        /// It is cancelled.
        case cancelled
        /// No worker will finish it: the next that meets it writes it down.
        case marked
        /// It had ended before, in this state.
        case ended(String)
    }

    private let pool: Pool

    public init(pool: Pool) {
        self.pool = pool
    }

    /// Gives an order; the same that holds already is given again, with the new reason and end. Returns its number.
    public func give(
        _ verb: FleetControl.Verb,
        _ scope: ControlScope,
        reason: String,
        lasting: Duration?
    ) async throws -> Int64 {
        let subject = [.text(verb.rawValue)] + Self.parameters(scope)
        let terms: [Parameter] = [.text(reason), lasting.map { .int8(Int64($0 / .milliseconds(1))) } ?? .null]
        let rows = try await pool.atomically([
            Command(
                """
                update flotilla.controls set lifted_at = now(), lifted_by = session_user, lifted_because = 'given anew'
                where verb = $1 and platform is not distinct from $2 and lane is not distinct from $3
                    and workspace_id is not distinct from $4 and account_id is not distinct from $5
                    and collect is not distinct from $6 and lifted_at is null
                    and (expires_at is null or expires_at > now())
                """,
                subject
            ),
            Command(
                """
                insert into flotilla.controls (verb, platform, lane, workspace_id, account_id, collect, reason, expires_at)
                values ($1, $2, $3, $4, $5, $6, $7, now() + $8::bigint * interval '1 millisecond') returning id
                """,
                subject + terms
            ),
            AuditLog.command("queue.\(verb.rawValue)", target: scope.description, reason: reason),
            Command("select pg_notify('flotilla_outbox', '')"),
        ])
        return try rows[1].only().int8(0)
    }

    /// Lifts orders by number; jobs set aside for them go on at once. Returns those that held until now.
    public func lift(_ ids: [Int64], reason: String) async throws -> [Int64] {
        let rows = try await pool.atomically([
            Command(
                """
                update flotilla.controls set lifted_at = now(), lifted_by = session_user, lifted_because = $2
                where id = any ($1) and lifted_at is null and (expires_at is null or expires_at > now()) returning id
                """,
                [.int8Array(ids), .text(reason)]
            ),
            AuditLog.command(
                "queue.resume",
                target: "controls \(ids.map(String.init).joined(separator: ", "))",
                reason: reason
            ),
        ])
        let lifted = try rows[0].map { try $0.int8(0) }
        while try await pool.query("select flotilla.release_held()").only().int4(0) > 0 {}
        return lifted
    }

    /// Orders of exactly this scope that hold.
    public func holding(_ scope: ControlScope) async throws -> [Int64] {
        try await pool.query(
            """
            select id from flotilla.controls
            where platform is not distinct from $1 and lane is not distinct from $2
                and workspace_id is not distinct from $3 and account_id is not distinct from $4
                and collect is not distinct from $5
                and lifted_at is null and (expires_at is null or expires_at > now()) order by id
            """,
            Self.parameters(scope)
        ).map { try $0.int8(0) }
    }

    /// Orders, newest first; with `all`, those that ended too.
    public func list(all: Bool, limit: Int) async throws -> [Entry] {
        let rows = try await pool.query(
            """
            select c.id, c.verb, c.platform, c.lane, c.workspace_id, c.account_id, c.collect, c.reason, c.expires_at,
                c.created_by, c.created_at, coalesce(c.lifted_at, case when c.expires_at <= now() then c.expires_at end),
                c.lifted_by, (select count(*) from flotilla.held_jobs h where h.control_id = c.id)
            from flotilla.controls c
            where $1 or c.lifted_at is null and (c.expires_at is null or c.expires_at > now())
            order by c.id desc limit $2
            """,
            [.bool(all), .int8(Int64(limit))]
        )
        return try rows.compactMap { row in
            guard let control = try FleetControl(row) else { return nil }
            return Entry(
                control: control,
                createdBy: try row.text(9),
                createdAt: Instant(microseconds: try row.timestamp(10)),
                liftedAt: try row.optionalTimestamp(11).map(Instant.init(microseconds:)),
                liftedBy: try row.optionalText(12),
                held: try row.int8(13)
            )
        }
    }

    /// Cancels jobs; what became of each.
    public func cancel(_ jobs: [FleetCore.UUID], reason: String) async throws -> [(job: FleetCore.UUID, Cancellation)] {
        let rows = try await pool.atomically(
            [
                Command(
                    """
                    select k.id, flotilla.cancel_job(k.id, $2) from unnest($1::uuid[]) with ordinality as k (id, n)
                    order by k.n
                    """,
                    [.uuidArray(jobs.map(\.parameter)), .text(reason)]
                )
            ] + jobs.map { AuditLog.command("job.cancel", target: "job \($0)", reason: reason) }
        )[0]
        return try rows.map { row in
            let verdict: Cancellation =
                switch try row.text(1) {
                case "marked": .marked
                case "now": .cancelled
                case let state: .ended(state)
                }
            return (FleetCore.UUID(try row.uuid(0)), verdict)
        }
    }

    /// Asks workers to end; returns those that will.
    public func drain(_ workers: [FleetCore.UUID], reason: String) async throws -> [FleetCore.UUID] {
        try await pool.atomically(
            [
                Command(
                    """
                    update flotilla.workers set drain_asked_at = coalesce(drain_asked_at, now()),
                        drain_asked_by = coalesce(drain_asked_by, session_user), drain_reason = coalesce(drain_reason, $2)
                    where id = any ($1) and state = 'working' and seen_at > now() - interval '1 minute' returning id
                    """,
                    [.uuidArray(workers.map(\.parameter)), .text(reason)]
                )
            ] + workers.map { AuditLog.command("worker.drain", target: "worker \($0)", reason: reason) }
        )[0].map { FleetCore.UUID(try $0.uuid(0)) }
    }

    /// The state of a job that the ledger knows.
    public func state(of job: FleetCore.UUID) async throws -> String? {
        try await pool.query("select state::text from flotilla.jobs where id = $1", [.uuid(job.parameter)]).first?.text(
            0
        )
    }

    private static func parameters(_ scope: ControlScope) -> [Parameter] {
        [
            scope.platform.map { .text($0.rawValue) } ?? .null, scope.lane.map { .text($0.rawValue) } ?? .null,
            scope.workspace.map { .int8($0) } ?? .null, scope.account.map { .int8($0) } ?? .null,
            scope.collect.map { .text($0.rawValue) } ?? .null,
        ]
    }
}
