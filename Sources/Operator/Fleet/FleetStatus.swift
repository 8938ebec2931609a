import Adapters
import FleetCore
import JSON
import Postgres

/// What the database says about the whole fleet, in one look.
struct FleetStatus {
    struct OldRun {
        var id: FleetCore.UUID
        var started: Instant
        var ended: Int64
        var expected: Int64
    }

    struct Lease {
        var name: String
        var holder: String
        var epoch: Int64
        var isHeld: Bool
    }

    var accounts: [(state: String, count: Int64)] = []
    var jobs: [(state: String, count: Int64)] = []
    var openRuns: Int64 = 0
    var oldestRun: OldRun?
    var outbox: Int64 = 0
    var oldestOutbox: Instant?
    var leases: [Lease] = []
    var dead: [(cause: String, count: Int64)] = []
    var now = Instant(microseconds: 0)

    static func read(from pool: Pool) async throws -> FleetStatus {
        let rows = try await pool.withConnection { connection in
            try await connection.pipeline([
                Postgres.Command("select state, count(*) from flotilla.accounts group by state order by state"),
                Postgres.Command("select state::text, count(*) from flotilla.jobs group by state order by state"),
                Postgres.Command(
                    """
                    select id, started_at, stored + partial + dead + cancelled, expected, count(*) over () from flotilla.runs
                    where state in ('planning', 'published') order by started_at limit 1
                    """
                ),
                Postgres.Command("select count(*), min(created_at), now() from flotilla.outbox"),
                Postgres.Command("select name, holder, epoch, expires_at > now() from flotilla.leases order by name"),
                Postgres.Command(
                    """
                    select g.cause, sum(t.letters)::bigint from flotilla.dead_tallies t
                    join flotilla.dead_groups g using (fingerprint) where t.state = 'open'
                    group by 1 having sum(t.letters) > 0 order by 2 desc, 1
                    """
                ),
            ])
        }
        var status = FleetStatus()
        status.accounts = try rows[0].map { (try $0.text(0), try $0.int8(1)) }
        status.jobs = try rows[1].map { (try $0.text(0), try $0.int8(1)) }
        if let row = rows[2].first {
            status.openRuns = try row.int8(4)
            status.oldestRun = OldRun(
                id: FleetCore.UUID(try row.uuid(0)),
                started: Instant(microseconds: try row.timestamp(1)),
                ended: try row.int8(2),
                expected: try row.int8(3)
            )
        }
        let outbox = try rows[3].only()
        status.outbox = try outbox.int8(0)
        status.oldestOutbox = try outbox.optionalTimestamp(1).map(Instant.init(microseconds:))
        status.now = Instant(microseconds: try outbox.timestamp(2))
        status.leases = try rows[4].map {
            Lease(name: try $0.text(0), holder: try $0.text(1), epoch: try $0.int8(2), isHeld: try $0.bool(3))
        }
        status.dead = try rows[5].map { (try $0.text(0), try $0.int8(1)) }
        return status
    }
}
