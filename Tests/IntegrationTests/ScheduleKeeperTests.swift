import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime
import Testing

@testable import Dispatcher

@Suite(.enabled(if: OperatorLab.isAvailable)) struct ScheduleKeeperTests {
    @Test func `fires that were missed become what the schedule says, once, however often one looks`() async throws {
        try await ScheduleLab.run { world in
            try await world.add("once", due: 3, "--catch-up once --overlap allow")
            try await world.add("each", due: 3, "--catch-up each --overlap allow")
            try await world.add("skip", every: .hour, due: 3, "--catch-up skip --grace 60m --overlap allow")
            for _ in 0..<3 { try await world.look() }
            #expect(try await world.ledger("once") == ["merged caught_up", "merged caught_up", "run"])
            #expect(try await world.ledger("each") == ["run", "run", "run"])
            let skip = try await world.ledger("skip")
            #expect(skip.first == "skipped late" && skip.last == "run")
            #expect(
                try await world.number("select count(*) from flotilla.runs where expected = 3 and accounts = 3") >= 5
            )
            let open = try await world.number("select count(*) from flotilla.schedules where next_fire_at <= now()")
            #expect(open == 0)
        }
    }

    @Test func `hundreds of missed fires become one run`() async throws {
        try await ScheduleLab.run { world in
            try await world.add("hourly", every: .hour, due: 1200)
            for _ in 0..<3 { try await world.look() }
            // One, and another where an hour begins just now.
            #expect(try await world.number("select count(*) from flotilla.runs") <= 2)
            #expect(try await world.number("select count(*) from flotilla.fires where verdict = 'merged'") >= 1199)
        }
    }

    @Test func `a leader that was replaced decides nothing, and two that look at once decide once`() async throws {
        try await ScheduleLab.run { world in
            try await world.add("yearly")
            let pool = Pool(
                address: try PostgresAddress(url: world.lab.url),
                size: 4,
                name: "schedule-tests",
                logger: .init(label: "schedule-tests")
            )
            let store = ScheduleStore(pool: pool)
            let leadership = Leadership(store: store, time: .seconds(60), logger: .init(label: "schedule-tests"))
            let second = ScheduleKeeper(store: store, leadership: leadership, logger: .init(label: "schedule-tests"))
            await #expect(throws: (any Error).self) { try await second.keep(world.epoch + 1) }
            #expect(try await world.number("select count(*) from flotilla.fires") == 0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { try await second.keep(world.epoch) } }
                try await group.waitForAll()
            }
            #expect(try await world.number("select count(*) from flotilla.runs") == 1)
            await pool.close()
        }
    }

    @Test func `a fire waits for the run before it, and is then what catch-up says`() async throws {
        try await ScheduleLab.run { world in
            try await world.add("waiting", "--overlap wait --catch-up once")
            try await world.look()
            try await world.lab.pool.query(
                "update flotilla.schedules set next_fire_at = date_trunc('year', now())"
            )
            try await world.lab.pool.query(
                "update flotilla.fires set fire_at = fire_at - interval '1 year'"
            )
            try await world.look()
            #expect(try await world.ledger("waiting") == ["run"])
            let shown = await world.lab("schedules list")
            #expect(shown.output.contains("waits for a run"), "\(shown.output)")
            try await world.finishRuns()
            try await world.look()
            #expect(try await world.ledger("waiting") == ["run", "run"])
        }
    }

    @Test func `a fire that may cancel ends the run before it, with the reason`() async throws {
        try await ScheduleLab.run { world in
            try await world.add("eager", "--overlap cancel")
            try await world.look()
            #expect(await world.lab("schedules run eager --wait 0s --reason now").code == .partial)
            try await world.look()
            let runs = try await world.store.recent(2)
            #expect(runs.map(\.state) == ["planning", "cancelled"])
            #expect(runs[1].endedBy == "schedule" && !runs[1].endedReason.isEmpty)
        }
    }

    @Test func `fires of long ago that did not run are forgotten, others are kept`() async throws {
        try await ScheduleLab.run { world in
            try await world.add("old", due: 3)
            try await world.look()
            try await world.lab.pool.query("update flotilla.fires set decided_at = decided_at - interval '900 days'")
            #expect(try await world.store.tidyFires() == 2)
            #expect(try await world.ledger("old") == ["run"])
        }
    }

    @Test func `a pause ends by itself`() async throws {
        try await ScheduleLab.run { world in
            try await world.add("nightly")
            #expect(await world.lab("schedules pause nightly --for 1h --reason maintenance").code == .ok)
            try await world.look()
            #expect(try await world.ledger("nightly").isEmpty)
            let shown = await world.lab("schedules show nightly")
            #expect(shown.output.contains("goes on in") && shown.output.contains("maintenance"), "\(shown.output)")
            try await world.lab.pool.query("update flotilla.schedules set paused_until = now() - interval '1 second'")
            try await world.look()
            #expect(try await world.ledger("nightly") == ["run"])
        }
    }

    @Test func `another scheduler fires by SQL, once a minute, and not while the schedule is paused`() async throws {
        try await ScheduleLab.run { world in
            #expect(
                await world.lab("schedules add driven --cron none --platform instagram --overlap allow").code == .ok
            )
            func fire() async throws -> String {
                try await world.lab.pool.query(
                    "select flotilla.fire('driven', date_trunc('day', now()))"
                ).only().text(0)
            }
            #expect(try await fire() == "waiting")
            try await world.look()
            #expect(try await fire() == "run")
            try await world.look()
            #expect(try await world.number("select count(*) from flotilla.runs where trigger = 'driven'") == 1)
            #expect(await world.lab("schedules pause driven --reason quiet").code == .ok)
            let paused = try await world.lab.pool.query("select flotilla.fire('driven', now())").only().text(0)
            #expect(paused == "skipped")
            #expect(try await world.ledger("driven").last == "skipped paused")
            await #expect(throws: (any Error).self) {
                try await world.lab.pool.query("select flotilla.fire('nobody')")
            }
            await #expect(throws: (any Error).self) {
                try await world.lab.pool.query("select flotilla.fire('driven', now() + interval '1 day')")
            }
        }
    }

    @Test func `who may publish may fire, and nobody else of the processes`() async throws {
        try await ScheduleLab.run { world in
            for (role, allowed) in [("flotilla_publisher", true), ("flotilla_worker", false)] {
                let row = try await world.lab.pool.query(
                    "select has_function_privilege($1, 'flotilla.fire(text, timestamptz, text)', 'execute')",
                    [.text(role)]
                ).only()
                #expect(try row.bool(0) == allowed)
            }
        }
    }

    @Test func `a backfill runs the fires that did not run, one after the other, in the lane for bulk`() async throws {
        try await ScheduleLab.run { world in
            let cron = "0\t2\t*\t*\t*"
            let added = await world.lab("schedules add nightly --cron \(cron) --platform instagram --overlap skip")
            #expect(added.code == .ok)
            let days = [4, 2].map { CivilDate(daysSinceEpoch: Self.today - Int32($0)) }
            let line = "schedules backfill nightly --from \(days[0]) --to \(days[1]) --reason gap --json"
            let dry = try await world.lab("\(line) --dry-run").json
            #expect(dry["fires"]?.array?.count == 3 && dry["entered"]?.int64 == 0 && dry["jobs_per_fire"]?.int64 == 3)
            try #expect(await world.lab(line).json["entered"]?.int64 == 3)
            try #expect(await world.lab(line).json["entered"]?.int64 == 0)
            for expected in 1...3 {
                try await world.look()
                try await world.look()
                #expect(try await world.number("select count(*) from flotilla.runs") == Int64(expected))
                try await world.finishRuns()
            }
            let runs = try await world.store.recent(3)
            #expect(runs.allSatisfy { $0.lane == "bulk" && $0.trigger == .backfill && $0.schedule == "nightly" })
            #expect(Set(runs.map(\.firstDate)).count == 3)
            try #expect(await world.lab(line).json["left_out"]?["ran already"]?.int64 == 3)
            let withdrawn = await world.lab("schedules withdraw nightly --reason enough")
            #expect(withdrawn.output == "0 fires withdrawn\n")
        }
    }

    private static let today = Int32(Instant(microseconds: ProcessClock.wallNow).utcDate.daysSinceEpoch)

    @Test func `what cannot be filled in is refused with the reason`() async throws {
        try await ScheduleLab.run { world in
            let cron = "0\t2\t*\t*\t*"
            let add = "schedules add stories --cron \(cron) --platform instagram --collect stories"
            #expect(await world.lab(add).code == .ok)
            let refused = await world.lab("schedules backfill stories --from 2026-01-01 --reason gap")
            #expect(refused.code == .refused && refused.error.contains("of now only"), "\(refused.error)")
            #expect(await world.lab("schedules add asked --cron none --platform instagram").code == .ok)
            let asked = await world.lab("schedules backfill asked --from 2026-01-01 --reason gap")
            #expect(asked.code == .refused && asked.error.contains("fires when asked"))
            #expect(await world.lab("schedules backfill nobody --from 2026-01-01 --reason gap").code == .notFound)
        }
    }

    @Test func `a change of the expression plans the schedule anew, and is in the audit log`() async throws {
        try await ScheduleLab.run { world in
            try await world.add("nightly", due: 10)
            let cron = "30\t3\t*\t*\t*"
            #expect(await world.lab("schedules change nightly --cron \(cron) --reason later").code == .ok)
            #expect(await world.lab("schedules change nightly --cron nonsense --reason later").code == .usage)
            #expect(await world.lab("schedules change nightly --reason later").code == .usage)
            try await world.look()
            #expect(try await world.ledger("nightly").isEmpty)
            let next = try #require(try await world.store.schedules(named: "nightly").first?.nextFire)
            #expect(next.text(.seconds).hasSuffix("T03:30:00Z"))
            let entries = try await AuditLog(pool: world.lab.pool).entries(action: "schedule", limit: 10)
            #expect(entries.map(\.action) == ["schedule.change"] && entries.first?.target == "schedule nightly")
        }
    }
}

@Suite(.enabled(if: OperatorLab.isAvailable)) struct LeaseTests {
    @Test func `a lease of a clock that was set back holds nobody up, and its former holder writes nothing`()
        async throws
    {
        try await ScheduleLab.run { world in
            #expect(try await world.store.lease(Leadership.lease, holder: "spare", time: .seconds(8)) == nil)
            try await world.lab.pool.query(
                """
                update flotilla.leases set renewed_at = renewed_at + interval '3 hours',
                    expires_at = expires_at + interval '3 hours'
                """
            )
            let epoch = try await world.store.lease(Leadership.lease, holder: "spare", time: .seconds(8))
            #expect(epoch == world.epoch + 1)
            try await world.add("yearly")
            await #expect(throws: (any Error).self) { try await world.look() }
            #expect(try await world.number("select count(*) from flotilla.fires") == 0)
        }
    }

    @Test func `a lease that runs out passes to a spare, one that is given up does at once`() async throws {
        try await ScheduleLab.run { world in
            try await world.lab.pool.query("update flotilla.leases set expires_at = now() - interval '1 second'")
            #expect(
                try await world.store.lease(Leadership.lease, holder: "spare", time: .seconds(60)) == world.epoch + 1
            )
            #expect(try await world.store.lease(Leadership.lease, holder: "test", time: .seconds(60)) == nil)
            try await world.store.release(Leadership.lease, holder: "spare")
            #expect(
                try await world.store.lease(Leadership.lease, holder: "test", time: .seconds(60)) == world.epoch + 2
            )
        }
    }
}
