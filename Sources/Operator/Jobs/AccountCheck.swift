import FleetCore
import Postgres

/// Looks up whether jobs name accounts that exist, before anything is published.
struct AccountCheck {
    private static let chunk = 5000

    var pool: Pool

    /// What is wrong with each job's account, by the job's position.
    func faults(_ jobs: [Job]) async throws -> [Int: String] {
        var known: [Int64: (platform: String, state: String)] = [:]
        let accounts = Set(jobs.map(\.account)).sorted()
        for start in stride(from: 0, to: accounts.count, by: Self.chunk) {
            let rows = try await pool.query(
                "select id, platform, state from flotilla.accounts where id = any ($1)",
                [.int8Array(Array(accounts[start..<min(start + Self.chunk, accounts.count)]))]
            )
            for row in rows { known[try row.int8(0)] = (try row.text(1), try row.text(2)) }
        }
        var faults: [Int: String] = [:]
        for (position, job) in jobs.enumerated() { faults[position] = Self.fault(job, known[job.account]) }
        return faults
    }

    private static func fault(_ job: Job, _ account: (platform: String, state: String)?) -> String? {
        guard let account else { return "there is no account \(job.account); see `flotilla accounts list`" }
        guard account.platform == job.platform.rawValue else {
            return "account \(job.account) is on \(account.platform), not on \(job.platform.rawValue)"
        }
        guard account.state == "active" else { return "account \(job.account) is \(account.state), not active" }
        return nil
    }
}
