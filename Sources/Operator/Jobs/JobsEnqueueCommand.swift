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
    static let timeout = Option(
        "timeout",
        .duration(.milliseconds(100) ... .seconds(86_400)),
        default: .seconds(30),
        help: "How long publishing may take."
    )

    static let enqueue = Command(
        "jobs enqueue",
        help: "Publish one job, or those of a file, and say what became of each: accepted, refused, or unknown (no "
            + "answer came; the same id again is safe). With a database configured, accounts are checked first.",
        example: "flotilla jobs enqueue --platform instagram --account 12 --date yesterday --wait 10s",
        options: [
            SharedOptions.anyPlatform, account, SharedOptions.collect, date, SharedOptions.lane, metrics, id, wait,
            file,
            timeout,
        ],
        exitCodes: [.refused, .partial]
    ) { call in
        let draft = JobDraft(
            platform: call[SharedOptions.anyPlatform],
            collect: call[SharedOptions.collect],
            day: call[date],
            lane: call[SharedOptions.lane],
            metrics: call[metrics],
            now: call.now
        )
        if let path = call[file] {
            guard call[account] == nil, call[id] == nil, call[wait] == nil else {
                throw CommandFailure(.usage, "--file goes without --account, --id and --wait")
            }
            return try await enqueueFile(path, draft, call)
        }
        let job = try singleJob(draft, call)
        try await checkAccounts([job], call) { _, fault in CommandFailure(.refused, fault) }
        return try await publish(job, call)
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
        return try await showWhenEnded(job, limit, call)
    }

    /// Waits until the ledger has the job's end.
    private static func showWhenEnded(_ job: Job, _ limit: Duration, _ call: CommandCall) async throws -> ExitCode {
        let deadline = Deadline(after: limit)
        return try await call.withPool { pool in
            while true {
                let story = try await JobStory.read(job.id, from: pool)
                if let story, story.hasEnded {
                    story.show(call)
                    return story.state == "dead" ? .failed : .ok
                }
                guard !deadline.isPast() else {
                    throw CommandFailure(
                        .partial,
                        "job \(job.id) has not ended within \(Words.span(limit)); look with `flotilla jobs show \(job.id)`"
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
