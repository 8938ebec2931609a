import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime

/// `flotilla audit`.
enum AuditCommand {
    private static let acceptedIDs = Option(
        "accepted-ids",
        ValueKind<String>.path,
        help:
            "File with the ids of jobs that some door accepted, one per line; - reads standard input. Each must have ended, "
            + "or be on its way."
    ).optional
    private static let expectQuiet = Option(
        "expect-quiet",
        ValueKind<Bool>.toggle,
        default: false,
        help: "All work has ended: anything still on its way is a failure."
    )

    static let command = Configuration.Command(
        "audit",
        help:
            "Prove that no accepted job is lost, none is stored twice, and every current value and rollup follows from "
            + "the readings. Reads everything as of one moment and changes nothing. Ends with 1 when something is wrong.",
        example: "flotilla audit --accepted-ids ids.txt --json",
        options: [acceptedIDs, expectQuiet]
    ) { call in
        let report = try await call.withPool(size: AuditStore.connections, silence: nil) { pool in
            let store = AuditStore(pool: pool)
            var report = try await store.examine { subjects in
                if subjects % 100_000 == 0 { call.output.note("\(Words.number(subjects)) subjects examined") }
            }
            let search = JobSearch(call: call, store: store, isQuiet: call[expectQuiet])
            report.add(try await search.examine(idFile: call[acceptedIDs]))
            return report
        }
        let isQuiet = !call[expectQuiet] || report.inFlight == 0 && report.pending == 0
        show(report, isQuiet: isQuiet, call.output)
        return report.isClean && isQuiet ? .ok : .failed
    }

    private static func show(_ report: AuditReport, isQuiet: Bool, _ output: CommandOutput) {
        output.show([
            "lost": .int(report.lost), "twice": .int(report.twice), "different": .int(report.different),
            "in_flight": .int(report.inFlight), "jobs": .int(report.jobs), "observations": .int(report.observations),
            "rows": .int(report.rows), "rollups": .int(report.rollups), "posts": .int(report.posts),
            "breakdowns": .int(report.breakdowns), "unchecked": .int(report.unchecked),
            "pending": .int(report.pending),
            "problems": .array(report.problems.map { .string($0) }),
        ]) {
            for problem in report.problems { output.print(output.style(.bad, problem)) }
            let all = report.lost + report.twice + report.different
            output.print(
                "examined \(Words.count(report.jobs, "job")), \(Words.count(report.observations, "observation")), "
                    + "\(Words.count(report.rows, "current row")), \(Words.count(report.rollups, "rollup")), "
                    + "\(Words.count(report.posts, "post")), \(Words.count(report.breakdowns, "breakdown"))"
            )
            if report.inFlight > 0 { output.print("\(Words.count(report.inFlight, "job")) on the way") }
            if report.unchecked > 0 {
                output.print("rollups of \(Words.count(report.unchecked, "subject")) without an account were left out")
            }
            if report.pending > 0 {
                output.print("rollups of \(Words.count(report.pending, "subject")) are still to be computed")
            }
            let verdict =
                "lost \(Words.number(report.lost)), twice \(Words.number(report.twice)), "
                + "different \(Words.number(report.different))"
            output.print(output.style(all == 0 && isQuiet ? .good : .bad, verdict))
            if !isQuiet { output.print(output.style(.bad, "the fleet was to be quiet, and work is on its way")) }
        }
    }
}
