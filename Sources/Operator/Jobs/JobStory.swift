import Adapters
import Configuration
import FleetCore
import JSON
import Postgres

/// All that is stored about one job.
struct JobStory {
    struct Reading {
        var period: Period?
        var start: Instant
        var fetchedAt: Instant
        var apiVersion: String
        var metrics: [MetricID]
        var values: [Int64]
    }

    struct Death {
        var id: Int64
        var at: Instant
        var cause: String
        var detail: String
        var attempt: Int
    }

    var id: FleetCore.UUID
    /// What the ledger says; nil when it has not heard of the job.
    var state: String?
    var facts: [(name: String, value: JSONValue)] = []
    var readings: [Reading] = []
    var deaths: [Death] = []

    var hasEnded: Bool { state.map { $0 != "accepted" } ?? !deaths.isEmpty }

    /// Nil when neither the ledger nor the dead letters know the job.
    static func read(_ id: FleetCore.UUID, from pool: Pool) async throws -> JobStory? {
        let rows = try await pool.withConnection { connection in
            try await connection.pipeline([
                Postgres.Command(
                    """
                    select state, platform, account_id, collect, run_id, attempt, requests, enqueued_at, finished_at, cause
                    from flotilla.jobs where id = $1
                    """,
                    [.uuid(id.parameter)]
                ),
                // By account first: that is what the observations can be found by.
                Postgres.Command(
                    """
                    select o.period, o.start_at, o.fetched_at, o.api_version, o.metrics, o."values"
                    from flotilla.observations o
                    where o.subject_id = (select account_id from flotilla.jobs where id = $1) and o.job_id = $1
                    order by o.start_at, o.period
                    """,
                    [.uuid(id.parameter)]
                ),
                Postgres.Command(
                    """
                    select id, dead_at, cause, detail, attempt from flotilla.dead_letters where job_id = $1 order by id
                    """,
                    [.uuid(id.parameter)]
                ),
            ])
        }
        var story = JobStory(id: id)
        if let row = rows[0].first { try story.take(ledger: row) }
        for row in rows[1] { try story.take(reading: row) }
        for row in rows[2] { try story.take(death: row) }
        return story.state == nil && story.deaths.isEmpty ? nil : story
    }

    private mutating func take(ledger row: Row) throws {
        let state = try row.text(0)
        self.state = state
        func moment(_ column: Int) throws -> Instant? {
            try row.optionalTimestamp(column).map(Instant.init(microseconds:))
        }
        facts = [
            ("state", .string(state)), ("platform", .string(try row.text(1))), ("account", .int(try row.int8(2))),
            ("collect", .string(try row.text(3))),
            ("run", .text(try row.optionalUUID(4).map { FleetCore.UUID($0).description })),
            ("attempt", .int(try row.int2(5))), ("requests", .int(try row.int2(6))),
            ("enqueued_at", .time(try moment(7))), ("finished_at", .time(try moment(8))),
            ("cause", .text(try row.optionalText(9))),
        ]
    }

    private mutating func take(reading row: Row) throws {
        readings.append(
            Reading(
                period: Period(rawValue: try row.int2(0)),
                start: Instant(microseconds: try row.timestamp(1)),
                fetchedAt: Instant(microseconds: try row.timestamp(2)),
                apiVersion: try row.text(3),
                metrics: try row.int2Array(4).map(MetricID.init(rawValue:)),
                values: try row.int8Array(5)
            )
        )
    }

    private mutating func take(death row: Row) throws {
        deaths.append(
            Death(
                id: try row.int8(0),
                at: Instant(microseconds: try row.timestamp(1)),
                cause: try row.text(2),
                detail: try row.text(3),
                attempt: Int(try row.int4(4))
            )
        )
    }
}
