import Adapters
import Configuration
import FleetCore

/// Looks for accepted jobs that have not ended. Each must wait in the outbox or the broker, or be in a worker's hands;
/// what is in none of these places is lost.
struct JobSearch {
    /// Ids asked for at once.
    private static let chunk = 5000
    /// Work moves while it is counted, and the broker's counts are some seconds old: a job is lost only when it is still
    /// missing after so many looks.
    private static let looks = 6

    var call: CommandCall
    var store: AuditStore
    /// Nothing moves any more, so that one look is enough.
    var isQuiet: Bool

    func examine(idFile: String?) async throws -> AuditReport {
        var report = AuditReport()
        var missing = try await missingIDs(idFile)
        for look in 1... {
            let depth = try await BrokerDepth.read(call)
            let unfinished = try await store.unfinished()
            if !missing.isEmpty { missing = try await stillMissing(missing) }
            let searched = unfinished.accepted + unfinished.ofRuns + Int64(missing.count)
            guard searched > 0 else {
                report.inFlight = unfinished.outbox
                break
            }
            if depth == nil, !isQuiet {
                report.inFlight = unfinished.outbox + searched
                call.output.note(
                    "no broker is configured, so \(Words.count(searched, "job")) cannot be searched for there"
                )
                break
            }
            let lost = max(0, searched - (depth?.total ?? 0))
            if lost == 0 || isQuiet || look == Self.looks {
                report.inFlight = unfinished.outbox + searched - lost
                note(lost, unfinished, missing, into: &report)
                break
            }
            try await Task.sleep(for: .seconds(2))
        }
        return report
    }

    private func note(
        _ lost: Int64,
        _ unfinished: AuditStore.Unfinished,
        _ missing: [FleetCore.UUID],
        into report: inout AuditReport
    ) {
        guard lost > 0 else { return }
        // Which of several are lost and which wait in the broker cannot be told apart without reading its queues.
        let examples = (missing + unfinished.examples).prefix(Int(clamping: min(lost, 10)))
        for job in examples { report.note(.lost, "job \(job) was accepted and is nowhere") }
        report.note(
            .lost,
            count: lost - Int64(examples.count),
            "further accepted jobs are nowhere, \(Words.number(unfinished.ofRuns)) of open runs among those searched for"
        )
    }

    /// The ids of the file that have not ended.
    private func missingIDs(_ path: String?) async throws -> [FleetCore.UUID] {
        guard let path else { return [] }
        var reader = try LineReader(path)
        var missing: [FleetCore.UUID] = []
        var batch: [FleetCore.UUID] = []
        while let line = try reader.next() {
            guard !line.isEmpty else { continue }
            guard let id = FleetCore.UUID(utf8: line) else {
                throw CommandFailure(.usage, "\(path):\(reader.lineNumber): expects a UUID")
            }
            batch.append(id)
            if batch.count == Self.chunk {
                missing += try await store.missing(of: batch)
                batch.removeAll(keepingCapacity: true)
            }
        }
        return batch.isEmpty ? missing : missing + (try await store.missing(of: batch))
    }

    private func stillMissing(_ ids: [FleetCore.UUID]) async throws -> [FleetCore.UUID] {
        var missing: [FleetCore.UUID] = []
        for start in stride(from: 0, to: ids.count, by: Self.chunk) {
            missing += try await store.missing(of: Array(ids[start..<min(start + Self.chunk, ids.count)]))
        }
        return missing
    }
}
