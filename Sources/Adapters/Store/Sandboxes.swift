internal import FleetCore
internal import Postgres
internal import Synchronization

/// Knows which workspaces may hold synthetic data. What a workspace is does not change once it has accounts, so a sandbox is
/// asked for once.
final class Sandboxes: Sendable {
    private let known = Mutex(Set<Int64>())

    /// Those of the results that must not be stored: a simulator's numbers for a workspace that is no sandbox.
    func refused(_ results: [JobResult], _ pool: Pool) async throws -> [JobResult] {
        // Most batches end here: all real, or all for sandboxes that are known.
        let doubtful = results.filter(\.isSynthetic)
        if doubtful.isEmpty { return [] }
        let unknown = known.withLock { known in Set(doubtful.map(\.workspace)).subtracting(known) }
        if unknown.isEmpty { return [] }
        let rows = try await pool.query(
            "select id from flotilla.workspaces where sandbox and id = any ($1)",
            [.int8Array(Array(unknown))]
        )
        let sandboxes = Set(try rows.map { try $0.int8(0) })
        known.withLock { $0.formUnion(sandboxes) }
        let forbidden = unknown.subtracting(sandboxes)
        return doubtful.filter { forbidden.contains($0.workspace) }
    }
}

extension DeadLetter {
    /// The letter of a result that was refused: its numbers stay to be looked at, and enter nothing.
    init(refused result: JobResult) {
        job = result.job
        run = result.run
        account = result.account
        platform = result.platform.rawValue
        collect = result.ledgerWord
        cause = DeadCause.syntheticRefused.rawValue
        detail = "a simulator's numbers came for workspace \(result.workspace), which is no sandbox"
        attempt = result.attempt
        routingKey = ""
        headers = #"{"type":"\#(JobResult.messageType)"}"#
        properties = "{}"
        body = result.encoded()
        identity = "\(DeadCause.syntheticRefused.rawValue)/\(result.job)"
    }
}
