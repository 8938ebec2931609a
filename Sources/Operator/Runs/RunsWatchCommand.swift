import Adapters
import Configuration
import FleetCore
import Postgres
import Runtime

extension RunsCommands {
    private static let timeout = Option(
        "timeout",
        .duration(.seconds(1) ... .seconds(7 * 86_400)),
        default: .seconds(86_400),
        help: "How long to watch."
    )

    static let watch = Command(
        "runs watch",
        help: "Follow a run until it is over, with its rate and the time left. Ends with 5 when some of its jobs died.",
        example: "flotilla runs watch latest",
        arguments: [reference],
        options: [timeout],
        exitCodes: [.notFound, .partial]
    ) { call in
        let limit = call[timeout]
        let run = try await call.withPool { pool in
            let store = ScheduleStore(pool: pool)
            let run = try await find(call[reference], store)
            return try await follow(run, store, Deadline(after: limit), call.output)
        }
        guard run.isOver else {
            throw CommandFailure(
                .failed,
                "the run is still \(run.state) after \(Words.span(limit)); go on with `flotilla runs watch \(run.id)`"
            )
        }
        call.output.show(run.document) {
            call.output.print(
                "run \(run.state): \(Words.number(run.stored)) stored, \(Words.number(run.partial)) partial, "
                    + "\(Words.number(run.dead)) dead"
            )
        }
        if run.dead > 0 { call.output.note("see `flotilla dead groups`") }
        return run.dead > 0 ? .partial : .ok
    }

    /// The run as it is when it is over or the time is up.
    private static func follow(
        _ first: StoredRun,
        _ store: ScheduleStore,
        _ deadline: Deadline,
        _ output: CommandOutput
    ) async throws -> StoredRun {
        var run = first
        var progress = ProgressReporter(output, unit: "jobs", total: run.expected)
        progress.report(run.ended, total: run.expected, force: true)
        while !run.isOver, !deadline.isPast() {
            do {
                try await Task.sleep(for: .milliseconds(250))
            } catch {
                progress.end(keeping: true)
                throw CommandFailure(
                    .interrupted,
                    "the run goes on without being watched; watch again with `flotilla runs watch \(run.id)`"
                )
            }
            run = try await find(.id(run.id), store)
            progress.report(run.ended, total: run.expected, force: run.isOver)
        }
        progress.end(keeping: true)
        return run
    }
}
