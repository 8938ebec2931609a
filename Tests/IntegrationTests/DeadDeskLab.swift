import AMQP
import Adapters
import FleetCore
import JSON
import Postgres
import Runtime
import Testing

/// Dead letters in a real database, made as a worker would have left them.
struct DeadDeskLab {
    let lab: OperatorLab
    var pool: Pool { lab.pool }
    var store: SelectionStore { SelectionStore(pool: pool) }
    var desk: LetterDesk { LetterDesk(pool: pool) }

    static func run(_ body: @escaping (DeadDeskLab) async throws -> Void) async throws {
        try await OperatorLab.run { lab in
            let desk = DeadDeskLab(lab: lab)
            try await desk.addAccounts()
            try await body(desk)
        }
    }

    init(lab: OperatorLab) { self.lab = lab }

    func addAccounts() async throws {
        try await pool.query("insert into flotilla.workspaces (name, sandbox) values ('one', true)")
        try await pool.query(
            """
            insert into flotilla.accounts (id, workspace_id, platform, external_id)
            select k, 1, 'x', 'account-' || k from generate_series(1, 40) k
            """
        )
    }

    static var now: Instant { Instant(microseconds: ProcessClock.wallNow) }

    static func job(_ number: Int, account: Int64? = nil) -> Job {
        Job(
            id: OperatorLab.id(number),
            platform: .x,
            account: account ?? Int64(number % 40 + 1),
            date: now.utcDate - 2,
            lane: .bulk,
            reason: "test",
            enqueuedAt: now - .seconds(3600)
        )
    }

    /// One letter for each number; returns the letters' numbers.
    @discardableResult
    func die(
        _ numbers: some Sequence<Int>,
        cause: DeadCause = .transientTooOften,
        detail: String = "gave up after 6 attempts: answered 503",
        body: (Int) -> [UInt8] = { DeadDeskLab.job($0).encoded() }
    ) async throws -> [Int64] {
        var letters: [Int64] = []
        for number in numbers {
            letters.append(
                try await pool.query(
                    """
                    insert into flotilla.dead_letters (job_id, account_id, platform, cause, detail, attempt, routing_key,
                        headers, body, identity, properties)
                    values ($1, $2, 'x', $3, $4, 6, 'x.' || $3,
                        '{"traceparent":"00-1-2-01","x-flotilla-cause":"old","x-flotilla-attempt":6}', $5,
                        gen_random_uuid(), '{"correlation_id":"c-1","type":"flotilla.job.v1"}')
                    returning id
                    """,
                    [
                        .uuid(OperatorLab.id(number).parameter), .int8(Self.job(number).account), .text(cause.rawValue),
                        .text(detail), .bytes(body(number)),
                    ]
                ).only().int8(0)
            )
        }
        return letters
    }

    func order(_ action: LetterAction = .replay, cause: DeadCause = .transientTooOften) -> SelectionOrder {
        var filter = LetterFilter()
        filter.cause = cause.rawValue
        return SelectionOrder(action, of: filter, reason: "test", person: "ann@desk")
    }

    func freeze(_ order: SelectionOrder, isKept: Bool = true) async throws -> SelectionPlan {
        try await store.freeze(order, isKept: isKept, now: Self.now)
    }

    func count(_ state: LetterState) async throws -> Int64 {
        var filter = LetterFilter()
        filter.state = state
        return try await desk.count(filter)
    }

    /// What the aggregator does when a job ended well.
    func resolve(_ numbers: some Sequence<Int>) async throws {
        for number in numbers {
            try await pool.query(
                "update flotilla.dead_letters set state = 'resolved' where job_id = $1",
                [.uuid(OperatorLab.id(number).parameter)]
            )
        }
    }
}
