import Adapters
import Configuration
import FleetCore
import JSON
import Monitoring

/// `flotilla doctor`.
enum DoctorCommand {
    static let prometheus = Setting(
        "prometheus.url",
        ValueKind<ServiceURL>.url(["http", "https"]).optional,
        default: nil,
        flag: "--prometheus",
        help: "Address of a Prometheus that has the fleet's rules, for what only it can know."
    )

    private static let only = Argument(
        "check",
        ValueKind<Alert>.choice,
        help: "One check only."
    ).optional

    static let command = Configuration.Command(
        "doctor",
        help:
            "One check per alert: what is wrong now, and where its runbook is. Asks the database, the broker's management, "
            + "and Prometheus where one is configured. Ends with 1 when something is wrong.",
        example: "flotilla doctor",
        arguments: [only]
    ) { call in
        let examination = await DoctorExamination.make(call)
        for trouble in examination.troubles { call.output.note(trouble) }
        let doctor = Doctor(examination.facts)
        let checks = (call[only].map { [$0] } ?? Alert.allCases).map { ($0, doctor.check($0)) }
        show(checks, call.output)
        return checks.contains { $0.1.isWrong } ? .failed : .ok
    }

    private static func show(_ checks: [(Alert, Verdict)], _ output: CommandOutput) {
        var table = TextTable("", "check", "what is so", "runbook")
        for (alert, verdict) in checks {
            table.add(verdict.word, alert.rawValue, verdict.detail, verdict.isWrong ? alert.runbook : "")
        }
        let items: [JSONValue] = checks.map { alert, verdict in
            [
                "check": .string(alert.rawValue), "alert": .string(alert.title), "verdict": .string(verdict.word),
                "detail": .string(verdict.detail), "runbook": .string(alert.runbook),
            ]
        }
        output.list(items, table: table, empty: "no checks")
    }
}
