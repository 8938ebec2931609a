import Adapters
import Configuration
import FleetCore
import Postgres
import Runtime
import Testing

@testable import Dispatcher

/// A database with accounts and a leading dispatcher's keeper that looks when it is told to.
struct ScheduleLab {
    let lab: OperatorLab
    let store: ScheduleStore
    let epoch: Int64
    private let keeper: ScheduleKeeper

    static func run(accounts: Int = 3, _ body: (ScheduleLab) async throws -> Void) async throws {
        try await OperatorLab.run { lab in
            let seed = "accounts seed --count \(accounts) --platform instagram --without-credentials"
            #expect(await lab(seed).code == .ok)
            let store = ScheduleStore(pool: lab.pool)
            let epoch = try #require(
                try await store.lease(Leadership.lease, holder: "test", time: .seconds(60))
            )
            let logger = Logger(label: "schedule-tests")
            let leadership = Leadership(store: store, time: .seconds(60), logger: logger)
            let keeper = ScheduleKeeper(store: store, leadership: leadership, logger: logger)
            try await body(ScheduleLab(lab: lab, store: store, epoch: epoch, keeper: keeper))
        }
    }

    /// How often a schedule fires: seldom, so that no further fire comes due while a test looks.
    enum Rhythm: String {
        case hour, year

        // Words of the expression are joined by tabs: this caller's lines are cut at spaces.
        var cron: String { self == .hour ? "0\t*\t*\t*\t*" : "0\t0\t1\t1\t*" }
    }

    /// Adds a schedule whose last so many fires are due.
    func add(_ name: String, every rhythm: Rhythm = .year, due: Int = 1, _ more: String = "") async throws {
        let line = "schedules add \(name) --cron \(rhythm.cron) --platform instagram \(more)"
        #expect(await lab(line).code == .ok)
        try await lab.pool.query(
            """
            update flotilla.schedules set next_fire_at = date_trunc($2, now()) - $3 * ('1 ' || $2)::interval
            where name = $1
            """,
            [.text(name), .text(rhythm.rawValue), .float8(Double(due - 1))]
        )
    }

    func look() async throws { try await keeper.keep(epoch) }

    /// The ledger as `verdict reason`, oldest first.
    func ledger(_ name: String) async throws -> [String] {
        let schedule = try #require(try await store.schedules(named: name).first)
        return try await store.fires(of: schedule, limit: 1000).reversed().map { fire in
            fire.reason.isEmpty ? fire.verdict.rawValue : "\(fire.verdict.rawValue) \(fire.reason)"
        }
    }

    /// Ends all open runs.
    func finishRuns() async throws {
        try await lab.pool.query(
            "update flotilla.runs set state = 'finished', finished_at = now() where state in ('planning', 'published')"
        )
    }

    func number(_ statement: Statement) async throws -> Int64 {
        try await lab.pool.query(statement).only().int8(0)
    }
}
