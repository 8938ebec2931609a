import Adapters
import Configuration
import FleetCore
import JSON
import Monitoring
import Platforms
import Postgres
import Runtime

/// Gathers what the doctor decides on. Whatever does not answer is told, and left out.
struct DoctorExamination {
    var facts = FleetFacts()
    var troubles: [String] = []

    static func make(_ call: CommandCall) async -> DoctorExamination {
        var examination = DoctorExamination()
        await examination.note("database") { facts in
            guard call.hasDatabase else { return }
            facts.database = try await call.withPool { pool in try await DoctorStore(pool: pool).read() }
            facts.budgets = try await budgets(call)
        }
        await examination.note("broker") { facts in
            guard call.settings[CommonSettings.management] != nil || call.settings[OperatorSettings.amqp] != nil else {
                return
            }
            let live = try await TopologyCommands.snapshot(try TopologyCommands.management(call), .everything)
            facts.broker = FleetFacts.Broker(live, try TopologyCommands.topology(call))
        }
        await examination.note("Prometheus") { facts in
            guard let url = call.settings[DoctorCommand.prometheus] else { return }
            facts.firing = try await PrometheusAPI(url).holding()
        }
        examination.facts.versionDays = versions(call)
        return examination
    }

    private mutating func note(_ place: String, _ ask: (inout FleetFacts) async throws -> Void) async {
        do { try await ask(&facts) } catch { troubles.append("\(place): \(error)") }
    }

    private static func budgets(_ call: CommandCall) async throws -> [FleetFacts.Budget] {
        try await BudgetBoard.read(call, platform: nil, limit: 1000).rows.compactMap { row in
            guard row.key.subject.isEmpty, let limit = row.ledger.limit(row.terms), limit > 0 else { return nil }
            return FleetFacts.Budget(
                name: "\(row.key.platform.rawValue) \(row.name)",
                used: Double(row.ledger.used(row.terms, at: call.now)) / Double(limit),
                reset: row.ledger.blockedUntil.map { max(0, ($0 - call.now).inSeconds) } ?? 0
            )
        }
    }

    private static func versions(_ call: CommandCall) -> [(platform: String, days: Int)] {
        PlatformRegistry.all.compactMap { platform in
            guard let called = platform.versions.first(where: { $0.name == platform.defaultVersion }),
                let notice = VersionNotice(called, on: call.now.utcDate)
            else { return nil }
            return (platform.name.rawValue, notice.daysLeft)
        }
    }
}

extension FleetFacts.Broker {
    /// What a look at the broker tells of the fleet.
    init(_ live: BrokerSnapshot, _ topology: Topology) {
        self.init()
        connections = live.connections.map {
            Connection(
                role: String($0.name.prefix { $0 != "@" }),
                version: $0.version,
                isBlocked: $0.state == "blocked" || $0.state == "blocking"
            )
        }
        nodes = live.nodes.map { node in
            Node(
                name: node.name,
                alarms: (node.memoryAlarm ? ["memory"] : []) + (node.diskAlarm ? ["disk"] : [])
                    + (node.running ? [] : ["not running"]),
                diskFree: node.diskFree,
                diskLimit: node.diskLimit
            )
        }
        let read = Set(
            topology.specification.platforms.flatMap { topology.workQueues(platform: $0).map(\.queue) }
                + topology.resultQueues + [topology.deadQueue, topology.ingestQueue]
        )
        queues = live.queues.filter { read.contains($0.name) }
            .map { Queue(name: $0.name, messages: $0.messages ?? 0, consumers: $0.consumers ?? 0) }
    }
}
