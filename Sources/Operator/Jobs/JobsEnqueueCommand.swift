import AMQP
import Configuration
import FleetCore
import JSON
import Runtime

extension JobsCommands {
    static let account = Option("account", .number, help: "The account's number.").optional
    private static let date = Option("date", NamedDay.kind, default: .yesterday, help: "Which day.")
    private static let metrics = Option(
        "metrics",
        SharedOptions.metrics,
        default: [],
        help: "Only these; all that the collection offers when none is named."
    )
    private static let id = Option(
        "id",
        .id,
        help: "The job's id, to try again what had no outcome; a new one when not given."
    ).optional
    private static let wait = Option(
        "wait",
        .duration(.milliseconds(100) ... .seconds(3600)),
        help: "Wait that long for the result, and show it."
    ).optional
    private static let file = Option(
        "file",
        ValueKind<String>.path,
        help:
            "Publish the jobs of a file, one JSON object per line; - reads standard input. A line is a job message or a "
            + "part of one; what it leaves out comes from the options."
    ).optional
    private static let query = Option(
        "query",
        ValueKind<String>.text(longest: 64 << 10),
        help:
            "Order the jobs that a query of the database gives, one per row; its columns are named like the fields of a job "
            + "message."
    ).optional
    private static let key = Option(
        "key",
        ValueKind<String>.text(longest: JobContract.maximumKey),
        help:
            "Your own name for this order: under the same name again, the first job is the answer and nothing is ordered."
    ).optional
    private static let uniqueFor = Option(
        "unique-for",
        .duration(.seconds(1) ... .seconds(Int64(JobContract.maximumUniqueFor))),
        help: "How long the key counts; without a key, how long the same content is the same order."
    ).optional
    private static let via = Option(
        "via",
        ValueKind<JobRoute>.choice,
        help:
            "Straight to the broker, or by the database, which keeps keys and answers new, same or conflict. The database "
            + "when there is a key or a time to be unique, otherwise the broker."
    ).optional
    static let timeout = Option(
        "timeout",
        .duration(.milliseconds(100) ... .seconds(86_400)),
        default: .seconds(30),
        help: "How long publishing may take."
    )

    static let enqueue = Command(
        "jobs enqueue",
        help:
            "Order one job, or those of a file or a query, and say what became of each: accepted, refused, or unknown (no "
            + "answer came; the same id again is safe). With a database configured, accounts are checked first.",
        example: "flotilla jobs enqueue --platform instagram --account 12 --date yesterday --wait 10s",
        options: [
            SharedOptions.anyPlatform, account, SharedOptions.collect, date, SharedOptions.lane, metrics, id, wait,
            file, query, key, uniqueFor, via, timeout,
        ],
        exitCodes: [.refused, .partial]
    ) { call in
        let draft = JobDraft(
            platform: call[SharedOptions.anyPlatform],
            collect: call[SharedOptions.collect],
            day: call[date],
            lane: call[SharedOptions.lane],
            metrics: call[metrics],
            key: call[key],
            uniqueFor: call[uniqueFor],
            now: call.now
        )
        if call[file] != nil || call[query] != nil {
            guard call[account] == nil, call[id] == nil, call[wait] == nil, call[key] == nil else {
                throw CommandFailure(.usage, "--file and --query go without --account, --id, --key and --wait")
            }
            guard call[file] == nil || call[query] == nil else {
                throw CommandFailure(.usage, "give --file or --query")
            }
            let jobs = try await manyJobs(file: call[file], query: call[query], draft, call)
            return try await enqueueMany(jobs, try route(jobs, call), call)
        }
        let job = try singleJob(draft, call)
        if try route([job], call) == .database { return try await submit(job, waiting: call[wait], call) }
        try await checkAccounts([job], call) { _, fault in CommandFailure(.refused, fault) }
        return try await publish(job, call)
    }

    /// Which way the jobs go.
    private static func route(_ jobs: [Job], _ call: CommandCall) throws(CommandFailure) -> JobRoute {
        let needsAnswer = jobs.contains { $0.idempotencyKey != nil || $0.uniqueFor != nil }
        guard call[via] == .broker, needsAnswer else { return call[via] ?? (needsAnswer ? .database : .broker) }
        throw CommandFailure(.usage, "the broker keeps no keys; leave --via out, or take --via database")
    }

    private static func singleJob(_ draft: JobDraft, _ call: CommandCall) throws(CommandFailure) -> Job {
        guard draft.platform != nil, let account = call[account] else {
            throw CommandFailure(.usage, "give --platform and --account, or --file with many jobs")
        }
        var line: [JSONValue.Member] = [.init("account", .int(account))]
        if let id = call[id] { line.append(.init("id", .string(id.description))) }
        do throws(Death) { return try draft.job(line: JSONValue.object(line).rendered()[...]) } catch {
            throw CommandFailure(.refused, "\(error.detail) (\(error.cause.rawValue))")
        }
    }

    private static func publish(_ job: Job, _ call: CommandCall) async throws -> ExitCode {
        let output = call.output
        let publisher = try call.jobPublisher(limit: call[timeout])
        let outcome = await publisher.publish([job])[0]
        let tally = PublishTally([job], [outcome])
        let (word, reason) = PublishTally.verdict(outcome)
        guard outcome == .accepted else {
            output.show(PublishTally.document(job, outcome)) { output.print("\(word) \(job.id)") }
            let advice = word == "unknown" ? "; it is safe to try again with --id \(job.id)" : ""
            throw CommandFailure(tally.exitCode, reason + advice)
        }
        guard let limit = call[wait] else {
            output.show(PublishTally.document(job, outcome)) { output.print("accepted \(job.id)") }
            return .ok
        }
        output.note("accepted \(job.id); waiting for its result")
        return try await showWhenEnded(job.id, limit, call)
    }

    /// Waits until the ledger has the job's end.
    static func showWhenEnded(_ job: FleetCore.UUID, _ limit: Duration, _ call: CommandCall) async throws -> ExitCode {
        let deadline = Deadline(after: limit)
        return try await call.withPool { pool in
            while true {
                let story = try await JobStory.read(job, from: pool)
                if let story, story.hasEnded {
                    story.show(call)
                    return story.state == "dead" ? .failed : .ok
                }
                guard !deadline.isPast() else {
                    throw CommandFailure(
                        .partial,
                        "job \(job) has not ended within \(Words.span(limit)); look with `flotilla jobs show \(job)`"
                    )
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Refuses jobs of accounts that cannot be collected, when a database is configured.
    static func checkAccounts(
        _ jobs: [Job],
        _ call: CommandCall,
        _ failure: (Int, String) -> CommandFailure
    ) async throws {
        guard call.hasDatabase else { return }
        let faults = try await call.withPool { pool in try await AccountCheck(pool: pool).faults(jobs) }
        if let first = faults.min(by: { $0.key < $1.key }) { throw failure(first.key, first.value) }
    }
}
