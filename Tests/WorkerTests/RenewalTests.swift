import Adapters
import Beacon
import FleetCore
import Platforms
import Postgres
import Runtime
import Synchronization
import Testing

@testable import Worker

/// An account in the database, and a platform that refuses some of its tokens.
@Suite("Renewing on the way", .enabled(if: WorkerLab.isAvailable))
struct RenewalTests {
    /// Counts renewals, and stores a next token as a renewal does.
    private final class Renewer: Sendable {
        private let count = Mutex(0)
        let pool: Pool
        let outcome: RefreshOutcome

        init(_ pool: Pool, _ outcome: RefreshOutcome = .renewed) {
            self.pool = pool
            self.outcome = outcome
        }

        var calls: Int { count.withLock { $0 } }

        @Sendable func refresh(_ account: Int64, _ seen: Int64?) async -> RefreshOutcome {
            count.withLock { $0 += 1 }
            guard outcome == .renewed else { return outcome }
            let sealed = try? WorkerLab.vault().seal(SecretText("new-token"), as: .accessToken(account: account))
            _ = try? await pool.query(
                """
                update flotilla.credentials set sealed = $2, generation = generation + 1,
                    expires_at = now() + interval '1 hour' where account_id = $1
                """,
                [.int8(account), .bytes(sealed ?? [])]
            )
            return .renewed
        }
    }

    private func account(_ lab: WorkerLab, endsIn seconds: Int = 3600, canRefresh: Bool = true) async throws -> Int64 {
        let account = try await lab.pool.query(
            """
            with w as (insert into flotilla.workspaces (name, sandbox) values ('w', true) returning id)
            insert into flotilla.accounts (workspace_id, platform, external_id) select id, $1, '77' from w returning id
            """,
            [.text(PlatformName.beacon.rawValue)]
        ).only().int8(0)
        let sealed = try WorkerLab.vault().seal(SecretText("old-token"), as: .accessToken(account: account))
        try await lab.pool.query(
            """
            insert into flotilla.credentials (account_id, sealed, expires_at, refresh_at)
            values ($1, $2, now() + make_interval(secs => $3), case when $4 then now() + interval '10 minutes' end)
            """,
            [.int8(account), .bytes(sealed), .float8(Double(seconds)), .bool(canRefresh)]
        )
        return account
    }

    private func run(
        _ lab: WorkerLab,
        _ account: Int64,
        _ renewer: Renewer,
        collect: CollectionKind = .accountDaily
    ) async throws -> (outcome: JobOutcome, alerts: [String]) {
        let (outcomes, alerts) = try await run(lab, account, renewer, collect: collect, jobs: 1)
        return (outcomes[0], alerts)
    }

    /// So many jobs of the account at once, in one worker.
    private func run(
        _ lab: WorkerLab,
        _ account: Int64,
        _ renewer: Renewer,
        collect: CollectionKind = .accountDaily,
        jobs: Int
    ) async throws -> (outcomes: [JobOutcome], alerts: [String]) {
        let member = try await lab.member(refresh: { await renewer.refresh($0, $1) })
        return try await withThrowingTaskGroup(of: JobOutcome?.self) { group in
            group.addTask {
                await member.directory.run()
                return nil
            }
            for _ in 0..<jobs {
                group.addTask { try await member.runner.run(Self.job(account, collect), attempt: 1) }
            }
            var outcomes: [JobOutcome] = []
            while outcomes.count < jobs, let outcome = try await group.next() {
                if let outcome { outcomes.append(outcome) }
            }
            group.cancelAll()
            return (outcomes, member.alerts)
        }
    }

    private static func job(_ account: Int64, _ collect: CollectionKind) -> Job {
        var generator = SystemRandomNumberGenerator()
        return Job(
            id: .version7(milliseconds: ProcessClock.wallNow / 1000, using: &generator),
            platform: .beacon,
            account: account,
            collect: collect,
            date: CivilDate("2026-11-20")!,
            reason: "test",
            enqueuedAt: Instant(microseconds: ProcessClock.wallNow)
        )
    }

    private func state(_ lab: WorkerLab, _ account: Int64) async throws -> String {
        try await lab.pool.query("select state from flotilla.accounts where id = $1", [.int8(account)]).only().text(0)
    }

    @Test func `an expired token is renewed once and the job goes on`() async throws {
        try await WorkerLab.run { lab in
            let account = try await account(lab)
            let renewer = Renewer(lab.pool)
            lab.beacon.rule { $0.tokens = ["old-token": "token_ended"] }
            let (outcome, _) = try await run(lab, account, renewer)
            guard case .finished(let result) = outcome else { Issue.record("\(outcome)"); return }
            #expect(!result.readings.isEmpty && renewer.calls == 1)
        }
    }

    @Test func `a platform that refuses every token is asked no more than three times`() async throws {
        try await WorkerLab.run { lab in
            let account = try await account(lab)
            let renewer = Renewer(lab.pool)
            lab.beacon.rule { $0.tokens = ["old-token": "token_ended", "new-token": "token_ended"] }
            _ = try await run(lab, account, renewer)
            #expect(renewer.calls == 1 && lab.beacon.calls.count <= 2)
        }
    }

    @Test func `a token that ends within seconds is renewed before the call`() async throws {
        try await WorkerLab.run { lab in
            let account = try await account(lab, endsIn: 10)
            let renewer = Renewer(lab.pool)
            lab.beacon.rule { $0.tokens = ["old-token": "token_ended"] }
            let (outcome, _) = try await run(lab, account, renewer)
            guard case .finished = outcome else { Issue.record("\(outcome)"); return }
            #expect(renewer.calls == 1)
        }
    }

    @Test func `a refused token marks the account, with one alert for all jobs`() async throws {
        try await WorkerLab.run { lab in
            let account = try await account(lab)
            let renewer = Renewer(lab.pool)
            lab.beacon.rule { $0.tokens = ["old-token": "token_revoked"] }
            let (first, alerts) = try await run(lab, account, renewer)
            guard case .dead(let death) = first else { Issue.record("\(first)"); return }
            #expect(death.cause == .authInvalid && alerts.count == 1 && renewer.calls == 0)
            #expect(try await state(lab, account) == "needs_reconnect")
            let calls = lab.beacon.calls.count
            let (second, more) = try await run(lab, account, renewer)
            guard case .dead(let other) = second else { Issue.record("\(second)"); return }
            #expect(other.cause == .accountNotActive && more.isEmpty && lab.beacon.calls.count == calls)
        }
    }

    @Test func `a revoked account costs one call, however many of its jobs are in hand`() async throws {
        try await WorkerLab.run { lab in
            let account = try await account(lab)
            lab.beacon.rule { $0.tokens = ["old-token": "token_revoked"] }
            let (outcomes, alerts) = try await run(lab, account, Renewer(lab.pool), jobs: 20)
            for outcome in outcomes {
                guard case .dead(let death) = outcome else { Issue.record("\(outcome)"); return }
                #expect([.authInvalid, .accountNotActive].contains(death.cause))
            }
            #expect(lab.beacon.calls.count == 1 && alerts.count == 1)
        }
    }

    @Test func `an expired token is tried once and renewed once for all jobs that are in hand`() async throws {
        try await WorkerLab.run { lab in
            let account = try await account(lab)
            let renewer = Renewer(lab.pool)
            lab.beacon.rule { $0.tokens = ["old-token": "token_ended"] }
            let (outcomes, _) = try await run(lab, account, renewer, jobs: 12)
            for outcome in outcomes {
                guard case .finished(let result) = outcome else { Issue.record("\(outcome)"); return }
                #expect(!result.readings.isEmpty)
            }
            #expect(lab.beacon.calls.count % 12 == 1, "\(lab.beacon.calls.count) calls")
        }
    }

    @Test func `an expired token that nothing renews marks the account`() async throws {
        try await WorkerLab.run { lab in
            let account = try await account(lab, canRefresh: false)
            lab.beacon.rule { $0.tokens = ["old-token": "token_ended"] }
            let (outcome, alerts) = try await run(lab, account, Renewer(lab.pool))
            guard case .dead(let death) = outcome else { Issue.record("\(outcome)"); return }
            #expect(death.cause == .authInvalid && alerts.count == 1)
            #expect(try await state(lab, account) == "needs_reconnect")
        }
    }

    @Test(arguments: [
        (RefreshOutcome.held(.seconds(4)), "snooze"), (.failed("http_503", wait: .seconds(9)), "retry"),
        (.refused("invalid_grant", isNew: true), "dead"),
    ])
    func `who cannot renew waits, comes back or ends`(outcome: RefreshOutcome, end: String) async throws {
        try await WorkerLab.run { lab in
            let account = try await account(lab)
            lab.beacon.rule { $0.tokens = ["old-token": "token_ended"] }
            let (ending, _) = try await run(lab, account, Renewer(lab.pool, outcome))
            #expect("\(ending)".hasPrefix(end), "\(ending)")
        }
    }

    @Test func `a job that renews ends in an empty result, and no call for data`() async throws {
        try await WorkerLab.run { lab in
            let account = try await account(lab)
            let renewer = Renewer(lab.pool)
            let (outcome, _) = try await run(lab, account, renewer, collect: .credentialRefresh)
            guard case .finished(let result) = outcome else { Issue.record("\(outcome)"); return }
            #expect(result.readings.isEmpty && result.collect == .credentialRefresh)
            #expect(lab.beacon.calls.isEmpty && renewer.calls == 1)
        }
    }

    @Test func `a platform that repeats the token in an error gets it masked`() async throws {
        try await WorkerLab.run { lab in
            let account = try await account(lab)
            lab.beacon.rule { $0.tokens = ["old-token": "wrong"] }
            let (outcome, alerts) = try await run(lab, account, Renewer(lab.pool))
            #expect(!"\(outcome)\(alerts)".contains("old-token"))
        }
    }
}
