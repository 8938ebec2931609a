import Adapters
import Configuration
import FleetCore
import JSON

/// `flotilla jobs cancel`.
enum JobsCancelCommand {
    private static let jobs = Argument("job", .id, help: "The jobs' ids.").repeated

    static let command = Configuration.Command(
        "jobs cancel",
        help:
            "Cancel jobs, waiting or running. One that the ledger knows is cancelled at once, and a result that still comes "
            + "is dropped; of any other the next worker that meets it is told, for two days.",
        example: "flotilla jobs cancel 019aa5c6-3b7e-7c1a-9d2e-4f60718293a4 --reason \"wrong account\"",
        arguments: [jobs],
        options: [ControlOptions.reason],
        exitCodes: [.refused, .partial]
    ) { call in
        let verdicts = try await call.withPool { pool in
            try await ControlDesk(pool: pool).cancel(call[jobs], reason: call[ControlOptions.reason])
        }
        var table = TextTable("job", "what becomes of it")
        for (job, verdict) in verdicts { table.add(job.description, sentence(verdict)) }
        let documents: [JSONValue] = verdicts.map {
            ["job": .string($0.job.description), "verdict": .string(word($0.1))]
        }
        call.output.list(documents, table: table, empty: "no job was named")
        let late = verdicts.count { if case .ended = $0.1 { true } else { false } }
        return late == 0 ? .ok : late == verdicts.count ? .refused : .partial
    }

    private static func word(_ verdict: ControlDesk.Cancellation) -> String {
        switch verdict {
        case .cancelled: "cancelled"
        case .marked: "marked"
        case .ended(let state): "ended_\(state)"
        }
    }

    private static func sentence(_ verdict: ControlDesk.Cancellation) -> String {
        switch verdict {
        case .cancelled: "cancelled"
        case .marked: "will be cancelled by the worker that has it or takes it next; the ledger does not know it yet"
        case .ended("cancelled"): "was cancelled before"
        case .ended(let state): "had ended before: \(state)"
        }
    }
}
