import Adapters
import Configuration
import FleetCore
import JSON
import Runtime

/// Which way a job goes.
enum JobRoute: String, CaseIterable { case broker, database }

extension JobsCommands {
    /// Jobs in one transaction.
    private static let chunk = 500

    /// Orders one job by the database and says what the door found.
    static func submit(_ job: Job, waiting limit: Duration?, _ call: CommandCall) async throws -> ExitCode {
        let answer = try await answers([job], call)[0]
        let document = document(answer)
        switch answer.verdict {
        case .conflict:
            call.output.show(document) { call.output.print("conflict \(answer.job)") }
            throw CommandFailure(.refused, "another order has this key or id; its job is \(answer.job)")
        case .new, .same:
            let word = answer.verdict == .new ? "accepted" : "same"
            guard let limit else {
                call.output.show(document) { call.output.print("\(word) \(answer.job)") }
                return .ok
            }
            call.output.note("\(word) \(answer.job); waiting for its result")
            return try await showWhenEnded(answer.job, limit, call)
        }
    }

    /// Orders many jobs by the database, some hundreds at a time. What was ordered before it stopped is ordered; the same
    /// again is safe where the lines have ids or keys.
    static func submitMany(_ jobs: [Job], _ call: CommandCall) async throws -> ExitCode {
        var progress = ProgressReporter(call.output, unit: "jobs", total: Int64(jobs.count))
        var answers: [JobDoor.Answer] = []
        for start in stride(from: 0, to: jobs.count, by: chunk) where !Task.isCancelled {
            answers += try await self.answers(Array(jobs[start..<min(start + chunk, jobs.count)]), call)
            progress.report(Int64(answers.count))
        }
        progress.end()
        let counts = JobDoor.Verdict.allCases.map { verdict in (verdict, answers.count { $0.verdict == verdict }) }
        switch call.output.format {
        case .ndjson: for answer in answers { call.output.print(document(answer).description) }
        case .json:
            call.output.print(JSONValue.object(counts.map { .init($0.0.rawValue, .int($0.1)) }).pretty())
        case .table:
            call.output.print(counts.map { "\($0.0.rawValue) \(Words.number($0.1))" }.joined(separator: ", "))
        }
        if Task.isCancelled { return .interrupted }
        let conflicts = answers.count { $0.verdict == .conflict }
        return conflicts == 0 ? .ok : conflicts == answers.count ? .refused : .partial
    }

    private static func answers(_ jobs: [Job], _ call: CommandCall) async throws -> [JobDoor.Answer] {
        try await call.withPool { pool in
            do {
                return try await JobDoor(pool: pool).submit(jobs.map { $0.encoded() })
            } catch {
                guard let refusal = JobDoor.Refusal(error) else { throw error }
                throw CommandFailure(.refused, refusal.reason)
            }
        }
    }

    private static func document(_ answer: JobDoor.Answer) -> JSONValue {
        [
            "id": .string(answer.job.description),
            "outcome": .string(answer.verdict == .conflict ? "refused" : "accepted"),
            "verdict": .string(answer.verdict.rawValue),
        ]
    }
}
