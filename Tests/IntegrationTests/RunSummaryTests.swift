import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Testing

@Suite(.enabled(if: OperatorLab.isAvailable)) struct RunSummaryTests {
    /// A run over four accounts of which one is whole, one lacks a metric, one died and one is open.
    private func world(_ body: (OperatorLab, StoredRun) async throws -> Void) async throws {
        try await OperatorLab.run { lab in
            let day = OperatorLab.day
            #expect(await lab("accounts seed --count 4 --platform instagram --without-credentials").code == .ok)
            #expect(await lab("runs start --platform instagram --from \(day)").code == .ok)
            let store = ScheduleStore(pool: lab.pool)
            let run = try #require(try await store.recent(1).first)
            let plan = try #require(run.plan())
            let rows = try await lab.pool.query("select id, workspace_id from flotilla.accounts order by id")
            let fetched = Instant(milliseconds: run.id.milliseconds)
            var results: [JobResult] = []
            for (index, row) in rows.enumerated().prefix(2) {
                let job = plan.jobs(of: try row.int8(0), enqueuedAt: fetched)[0]
                var result = JobResult(
                    job: job.id,
                    run: run.id,
                    platform: .instagram,
                    account: job.account,
                    workspace: try row.int8(1),
                    isPartial: index == 1,
                    enqueuedAt: fetched,
                    fetchedAt: fetched,
                    apiVersion: "v25.0",
                    requests: 1,
                    skipped: index == 1 ? [.init(metric: "reach", reason: "no_data")] : [],
                    readings: [
                        Reading(period: .day, start: .date(day), metrics: [.views], values: [7])
                    ]
                )
                result.dates = index == 1 ? day...day : nil
                results.append(result)
            }
            _ = try await ResultStore(pool: lab.pool).store(results, shard: 0)
            let dead = plan.jobs(of: try rows[2].int8(0), enqueuedAt: fetched)[0]
            try await lab.pool.query(
                """
                insert into flotilla.jobs (id, state, run_id, account_id, platform, collect, enqueued_at, finished_at, cause)
                values ($1, 'dead', $2, $3, 'instagram', 'account_daily', now(), now(), 'auth_expired')
                """,
                [.uuid(dead.id.parameter), .uuid(run.id.parameter), .int8(dead.account)]
            )
            try await lab.pool.query("update flotilla.runs set dead = 1, published = 4")
            try await body(lab, try #require(try await store.run(run.id)))
        }
    }

    @Test func `a run says what was expected and stored, and what is missing for which reason`() async throws {
        try await world { lab, run in
            let shown = try await lab("runs show latest --json").json
            #expect(shown["expected"]?.int64 == 4 && shown["stored"]?.int64 == 1 && shown["partial"]?.int64 == 1)
            #expect(shown["figures"]?.int64 == 2 && shown["figures_missing"]?.int64 == 1)
            let accounts = ["accounts", "accounts_whole", "accounts_partial", "accounts_failed", "accounts_open"]
            #expect(accounts.map { shown[$0]?.int64 } == [4, 1, 1, 1, 1])
            let missing = try #require(shown["missing"]?.array)
            #expect(missing.map { $0["reason"]?.string } == ["auth_expired", "no_data"])
            #expect(missing.map { $0["jobs"]?.int64 } == [1, 1])
            let text = await lab("runs show \(run.id)")
            #expect(text.output.contains("1 whole, 1 partial, 1 failed, 1 open"), "\(text.output)")
        }
    }

    @Test func `each account of a run has a line with its reasons`() async throws {
        try await world { lab, _ in
            let all = try await lab("runs accounts latest --json").json.array ?? []
            #expect(all.map { $0["state"]?.string } == ["whole", "partial", "failed", "open"])
            let missing = try await lab("runs accounts latest --missing --json").json.array ?? []
            #expect(missing.compactMap { $0["reasons"]?[0]?.string } == ["no_data", "auth_expired"])
        }
    }

    @Test func `the summary adds up a platform's runs and ends with 5 when something is missing`() async throws {
        try await world { lab, _ in
            let answer = await lab("runs summary --json")
            #expect(answer.code == .partial)
            let line = try #require(try answer.json[0])
            #expect(line["platform"]?.string == "instagram" && line["accounts_failed"]?.int64 == 1)
            #expect(line["missing"]?["auth_expired"]?.int64 == 1)
            #expect(await lab("runs summary --platform x --json").code == .ok)
        }
    }

    @Test func `a run that is cancelled stays so, with who and why, and is not published on`() async throws {
        try await world { lab, run in
            let store = ScheduleStore(pool: lab.pool)
            let epoch = try #require(try await store.lease("dispatcher", holder: "test", time: .seconds(60)))
            #expect(await lab("runs cancel latest --reason mistaken").code == .ok)
            #expect(await lab("runs cancel latest --reason mistaken").code == .refused)
            let isWanted = try await store.advance(
                run.id,
                cursor: 1,
                published: 4,
                finished: true,
                lease: "dispatcher",
                epoch: epoch
            )
            #expect(!isWanted)
            let cancelled = try #require(try await store.run(run.id))
            #expect(cancelled.state == "cancelled" && cancelled.endedReason == "mistaken" && cancelled.isOver)
            // Its summary goes to the log once.
            #expect(try await store.ended(lease: "dispatcher", epoch: epoch).map(\.id) == [run.id])
            #expect(try await store.ended(lease: "dispatcher", epoch: epoch).isEmpty)
            let entries = try await AuditLog(pool: lab.pool).entries(action: "run.cancel", limit: 2)
            #expect(entries.map(\.reason) == ["mistaken"])
        }
    }
}
