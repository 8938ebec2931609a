import Adapters
import Configuration
import FleetCore
import JSON

extension TopologyCommands {
    static let everyQueue = Option(
        "every-queue",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Also examine the queues of the virtual host that are not the fleet's."
    )

    static let doctor = Command(
        "topology doctor",
        help: "Name each silent hazard that can be seen on the broker, why it bites, and how to put it right. "
            + "Ends with 0 when there is none, and with 1 when there is one.",
        example: "flotilla topology doctor --amqp amqp://broker.example/fleet",
        options: [everyQueue, forVersion],
        exitCodes: [.notFound]
    ) { call in
        let topology = try topology(call)
        var live = try await snapshot(try management(call), .everything)
        if let version = call[forVersion] { live.version = version }
        let findings = TopologyDoctor(topology: topology, live: live, everyQueue: call[everyQueue]).examine()
        let report = DoctorReport(version: live.version, virtualHost: live.virtualHost, findings: findings)
        switch call.output.format {
        case .json: call.output.print(report.json.pretty())
        case .ndjson: for finding in report.json["findings"]?.array ?? [] { call.output.print(finding.description) }
        case .table: call.output.print(report.text)
        }
        return report.isClean ? .ok : .failed
    }
}
