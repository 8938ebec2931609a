import AMQP
import Configuration
import FleetCore
import JSON

/// What became of published jobs, told honestly.
struct PublishTally {
    private(set) var accepted = 0
    private(set) var refused: [(job: FleetCore.UUID, reason: String)] = []
    private(set) var unknown: [(job: FleetCore.UUID, reason: String)] = []

    init(_ jobs: [Job], _ outcomes: [PublishOutcome]) {
        for (job, outcome) in zip(jobs, outcomes) {
            switch Self.verdict(outcome) {
            case ("accepted", _): accepted += 1
            case ("refused", let reason): refused.append((job.id, reason))
            case (_, let reason): unknown.append((job.id, reason))
            }
        }
    }

    /// One word, and why.
    static func verdict(_ outcome: PublishOutcome) -> (word: String, reason: String) {
        switch outcome {
        case .accepted: ("accepted", "")
        case .returned(312, _):
            ("refused", "no queue takes this platform and lane; look with `flotilla topology plan`")
        case .returned(let code, let reason): ("refused", "the broker returned it: \(code) \(reason)")
        case .refused: ("refused", "the broker could not take it, a queue may be at its limit; try again later")
        case .unknown(let reason): ("unknown", reason)
        }
    }

    static func document(_ job: Job, _ outcome: PublishOutcome) -> JSONValue {
        let (word, reason) = verdict(outcome)
        return [
            "id": .string(job.id.description), "outcome": .string(word), "reason": .text(reason.isEmpty ? nil : reason),
        ]
    }

    /// Unknown is a failure, refused a refusal; both beside accepted ones are a part of the work done.
    var exitCode: ExitCode {
        if refused.isEmpty, unknown.isEmpty { return .ok }
        if accepted > 0 { return .partial }
        return unknown.isEmpty ? .refused : .failed
    }

    var document: JSONValue {
        func list(_ jobs: [(job: FleetCore.UUID, reason: String)]) -> JSONValue {
            .array(jobs.map { ["id": .string($0.job.description), "reason": .string($0.reason)] })
        }
        return [
            "accepted": .int(accepted), "refused": .int(refused.count), "unknown": .int(unknown.count),
            "refused_jobs": list(refused), "unknown_jobs": list(unknown),
        ]
    }
}
