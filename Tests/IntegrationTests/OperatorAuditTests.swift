import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Testing

@testable import Operator

@Suite(.enabled(if: OperatorLab.isAvailable)) struct OperatorAuditTests {
    @Test func `a sound store passes`() async throws {
        try await OperatorLab.run { lab in
            try await lab.store(jobs: 30)
            let (code, report) = try await lab.audit("--expect-quiet")
            #expect(code == .ok, "\(report)")
            for (name, value) in [("jobs", 30), ("observations", 60), ("rows", 60), ("rollups", 31 * 4)] {
                // A level read after the day's end belongs to the day after: two days, a week, a month; and the workspace's.
                #expect(report[name]?.int64 == Int64(value), "\(name)")
            }
        }
    }

    @Test(arguments: [
        ("delete from flotilla.rollups where ctid = (select min(ctid) from flotilla.rollups)", "different"),
        (
            """
            insert into flotilla.observations select * from flotilla.observations
            where ctid = (select min(ctid) from flotilla.observations)
            """, "twice"
        ),
        (
            """
            update flotilla.current_values set "values"[1] = "values"[1] + 1
            where ctid = (select min(ctid) from flotilla.current_values)
            """, "different"
        ),
        ("update flotilla.current_values set metrics = '{}' where subject_id = 1 and period = 1", "different"),
        (
            "update flotilla.rollups set state = 0 where subject_id = 1 and state = 1 and day = '2026-11-18'",
            "different"
        ),
        ("delete from flotilla.observations where subject_id = 2", "lost"),
        ("delete from flotilla.jobs where account_id = 3", "different"),
    ])
    func `damage is found`(damage: (sql: String, kind: String)) async throws {
        try await OperatorLab.run { lab in
            try await lab.store(jobs: 5)
            try await #expect(lab.audit().code == .ok)
            let touched = try await lab.pool.query(Statement(dynamic: damage.sql)).affected
            #expect(touched > 0)
            let (code, report) = try await lab.audit()
            #expect(code == .failed)
            #expect(report[damage.kind]?.int64 ?? 0 >= 1, "\(report)")
            #expect(report["problems"]?.array?.isEmpty == false)
        }
    }

    @Test func `an accepted job waits in the outbox, and is lost when it is nowhere`() async throws {
        try await OperatorLab.run { lab in
            try await lab.store(jobs: 1)
            try await lab.pool.query("select flotilla.enqueue('instagram', 1)")
            let waiting = try await lab.audit()
            #expect(waiting.code == .ok)
            #expect(waiting.json["in_flight"]?.int64 == 1)
            try await #expect(lab.audit("--expect-quiet").code == .failed)
            try await lab.pool.query("delete from flotilla.outbox")
            let lost = try await lab.audit("--expect-quiet")
            #expect(lost.code == .failed)
            #expect(lost.json["lost"]?.int64 == 1)
            #expect(lost.json["problems"]?[0]?.string?.hasSuffix("was accepted and is nowhere") == true)
        }
    }

    @Test func `ids that a door accepted must be in the ledger`() async throws {
        try await OperatorLab.run { lab in
            let results = try await lab.store(jobs: 3)
            let known = results.map { $0.job.description + "\n" }.joined()
            try await OperatorLab.withFile(known) { path in
                try await #expect(lab.audit("--expect-quiet --accepted-ids \(path)").code == .ok)
            }
            try await OperatorLab.withFile(known + "\(OperatorLab.id(77))\n") { path in
                let (code, report) = try await lab.audit("--expect-quiet --accepted-ids \(path)")
                #expect(code == .failed)
                #expect(report["lost"]?.int64 == 1)
            }
            try await OperatorLab.withFile("nonsense\n") { path in
                #expect(await lab("audit --accepted-ids \(path)").code == .usage)
            }
        }
    }

    @Test func `a run that ended with fewer jobs than it published has lost some`() async throws {
        try await OperatorLab.run { lab in
            _ = await lab("accounts seed --count 3 --platform instagram --without-credentials")
            let started = await lab("runs start --platform instagram --from 2026-11-17 --json")
            let run = try #require(FleetCore.UUID(try started.json["run"]?.string ?? ""))
            let parameters: [Parameter] = [.uuid(run.parameter)]
            try await lab.pool.query(
                "update flotilla.runs set state = 'published', published = 3 where id = $1",
                parameters
            )
            try await lab.store(jobs: 3, run: run)
            // Six accounts by now, three of them beyond what the run published.
            let tooMany = try await lab.audit()
            #expect(tooMany.json["twice"]?.int64 == 3)
            try await lab.pool.query("update flotilla.runs set published = 8 where id = $1", parameters)
            let tooFew = try await lab.audit()
            #expect(tooFew.json["lost"]?.int64 == 2)
            try await lab.pool.query("update flotilla.runs set published = 6, stored = 7 where id = $1", parameters)
            let miscounted = try await lab.audit()
            #expect(miscounted.json["different"]?.int64 == 1)
        }
    }
}
