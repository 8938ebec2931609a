import Adapters
import Configuration
import FleetCore
import Postgres

/// `flotilla jobs enqueue | show | waiting | cancel`.
enum JobsCommands {
    static let group = CommandGroup("jobs", help: "Single jobs: publish them, and see what became of one.")
    static let all: [Configuration.Command] = [enqueue, show, waiting, JobsCancelCommand.command]

    static let job = Argument("job", .id, help: "The job's id.")

    static let show = Configuration.Command(
        "jobs show",
        help: "Show what became of a job: its line in the ledger, its readings, its dead letters.",
        example: "flotilla jobs show 019aa5c6-3b7e-7c1a-9d2e-4f60718293a4",
        arguments: [job],
        exitCodes: [.notFound]
    ) { call in
        let id = call[job]
        return try await call.withPool { pool in
            if let story = try await JobStory.read(id, from: pool) {
                story.show(call)
                return .ok
            }
            if let run = try await openRun(of: id, pool) {
                throw CommandFailure(
                    .notFound,
                    "job \(id) has not ended; by its id it belongs to run \(run.id), which is open "
                        + "(\(Words.number(run.ended)) of \(Words.number(run.expected)) jobs ended)"
                )
            }
            throw CommandFailure(
                .notFound,
                "job \(id) is neither in the ledger nor among the dead letters; if it was accepted, it may still be on its way"
            )
        }
    }

    /// The open run whose time the job's id carries, as the ids of a run's jobs do.
    private static func openRun(of job: FleetCore.UUID, _ pool: Pool) async throws -> StoredRun? {
        let store = ScheduleStore(pool: pool)
        let rows = try await pool.query("select id from flotilla.runs where state in ('planning', 'published')")
        let ids = try rows.map { FleetCore.UUID(try $0.uuid(0)) }
        guard let id = ids.first(where: { $0.milliseconds == job.milliseconds }) else { return nil }
        return try await store.run(id)
    }
}
