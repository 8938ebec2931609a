import AMQP
import Configuration
import FleetCore
import JSON

extension JobsCommands {
    /// Faults told one by one; further ones are counted.
    private static let shownFaults = 50

    /// Checks every line first; nothing is published while one of them is wrong.
    static func enqueueFile(_ path: String, _ draft: JobDraft, _ call: CommandCall) async throws -> ExitCode {
        let jobs = try await checkedJobs(path, draft, call)
        guard !jobs.isEmpty else { throw CommandFailure(.usage, "\(path) holds no jobs") }
        var progress = ProgressReporter(call.output, unit: "jobs", total: Int64(jobs.count))
        let publisher = try call.jobPublisher(limit: call[timeout] + .milliseconds(jobs.count))
        let outcomes = await publisher.publish(jobs) { progress.report($0) }
        progress.end()
        let tally = PublishTally(jobs, outcomes)
        switch call.output.format {
        case .ndjson:
            for (job, outcome) in zip(jobs, outcomes) {
                call.output.print(PublishTally.document(job, outcome).description)
            }
        case .json: call.output.print(tally.document.pretty())
        case .table:
            call.output.print(
                "accepted \(Words.number(tally.accepted)), refused \(Words.number(tally.refused.count)), "
                    + "unknown \(Words.number(tally.unknown.count))"
            )
            if let (job, reason) = tally.refused.first { call.output.error("refused: job \(job): \(reason)") }
            if let (job, reason) = tally.unknown.first {
                call.output.error("unknown: job \(job): \(reason); publishing again under the same ids is safe")
            }
        }
        return Task.isCancelled ? .interrupted : tally.exitCode
    }

    private static func checkedJobs(_ path: String, _ draft: JobDraft, _ call: CommandCall) async throws -> [Job] {
        let name = path == "-" ? "standard input" : path
        var reader = try LineReader(path)
        var jobs: [Job] = []
        var lines: [Int] = []
        var ids: Set<FleetCore.UUID> = []
        var faults: [(line: Int, text: String)] = []
        while let line = try reader.next() {
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
            do throws(Death) {
                let job = try draft.job(line: line)
                if ids.insert(job.id).inserted {
                    jobs.append(job)
                    lines.append(reader.lineNumber)
                } else {
                    faults.append((reader.lineNumber, "duplicate id: \(job.id) stands in an earlier line"))
                }
            } catch {
                faults.append((reader.lineNumber, "\(error.cause.rawValue): \(error.detail)"))
            }
        }
        if call.hasDatabase, !jobs.isEmpty {
            let found = try await call.withPool { pool in try await AccountCheck(pool: pool).faults(jobs) }
            faults += found.map { (lines[$0.key], "unknown_account: \($0.value)") }
        }
        guard !faults.isEmpty else { return jobs }
        faults.sort { $0.line < $1.line }
        for fault in faults.prefix(shownFaults) { call.output.error("\(name):\(fault.line): \(fault.text)") }
        throw CommandFailure(
            .usage,
            "\(Words.count(Int64(faults.count), "line")) of \(name) cannot be published; nothing was"
        )
    }
}
