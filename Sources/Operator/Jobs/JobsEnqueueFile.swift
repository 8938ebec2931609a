import Configuration
import FleetCore
import JSON
import Postgres

/// Jobs that come one per line or row. All are checked first; nothing is ordered while one of them is wrong.
struct JobCollector {
    /// Faults told one by one; further ones are counted.
    private static let shownFaults = 50

    let draft: JobDraft
    /// Where the lines are from, for messages.
    let name: String
    private var jobs: [Job] = []
    private var lines: [Int] = []
    private var ids: Set<FleetCore.UUID> = []
    private var faults: [(line: Int, text: String)] = []

    init(draft: JobDraft, name: String) {
        self.draft = draft
        self.name = name
    }

    mutating func take(_ line: ArraySlice<UInt8>, number: Int) {
        if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return }
        do throws(Death) {
            let job = try draft.job(line: line)
            if ids.insert(job.id).inserted {
                jobs.append(job)
                lines.append(number)
            } else {
                faults.append((number, "duplicate id: \(job.id) stands in an earlier line"))
            }
        } catch {
            faults.append((number, "\(error.cause.rawValue): \(error.detail)"))
        }
    }

    /// The jobs, when every one is right and, with a database configured, its account can be collected.
    mutating func finish(_ call: CommandCall) async throws -> [Job] {
        if call.hasDatabase, !jobs.isEmpty {
            let wanted = jobs
            let found = try await call.withPool { pool in try await AccountCheck(pool: pool).faults(wanted) }
            faults += found.map { (lines[$0.key], "unknown_account: \($0.value)") }
        }
        guard faults.isEmpty else {
            faults.sort { $0.line < $1.line }
            for fault in faults.prefix(Self.shownFaults) { call.output.error("\(name):\(fault.line): \(fault.text)") }
            throw CommandFailure(
                .usage,
                "\(Words.count(Int64(faults.count), "line")) of \(name) cannot be published; nothing was"
            )
        }
        guard !jobs.isEmpty else { throw CommandFailure(.usage, "\(name) holds no jobs") }
        return jobs
    }
}

extension JobsCommands {
    /// The jobs of a file or of a query, all of them checked.
    static func manyJobs(file: String?, query: String?, _ draft: JobDraft, _ call: CommandCall) async throws -> [Job] {
        guard let file else { return try await jobs(ofQuery: query ?? "", draft, call) }
        var collector = JobCollector(draft: draft, name: file == "-" ? "standard input" : file)
        var reader = try LineReader(file)
        while let line = try reader.next() { collector.take(line, number: reader.lineNumber) }
        return try await collector.finish(call)
    }

    /// Each row is a line: its columns are the fields of a job.
    private static func jobs(ofQuery query: String, _ draft: JobDraft, _ call: CommandCall) async throws -> [Job] {
        var text = query[...]
        while let last = text.last, last == ";" || last.isWhitespace { text.removeLast() }
        let statement = Statement(dynamic: "select jsonb_strip_nulls(to_jsonb(q))::text from (\(text)\n) q")
        let rows = try await call.withPool { pool in
            try await pool.withTransaction(readOnly: true) { connection in
                try await connection.query(statement).map { Array(try $0.text(0).utf8) }
            }
        }
        var collector = JobCollector(draft: draft, name: "the query's row")
        for (index, row) in rows.enumerated() { collector.take(row[...], number: index + 1) }
        return try await collector.finish(call)
    }

    static func enqueueMany(_ jobs: [Job], _ route: JobRoute, _ call: CommandCall) async throws -> ExitCode {
        if route == .database { return try await submitMany(jobs, call) }
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
}
