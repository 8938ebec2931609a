import AMQP
import Adapters
import Configuration
import FleetCore

/// How many messages the fleet's queues hold.
struct BrokerDepth {
    struct Queue {
        var name: String
        var messages: Int64
        var consumers: Int64
    }

    /// Those that exist, in the order of the topology.
    var queues: [Queue]
    /// Whether messages in consumers' hands are counted too; the broker's own count of them is some seconds old.
    var countsUnacknowledged: Bool

    var total: Int64 { queues.reduce(0) { $0 + $1.messages } }

    /// Asks the management API where one is configured, otherwise the broker itself; nil when neither is.
    static func read(_ call: CommandCall) async throws -> BrokerDepth? {
        if call.settings[CommonSettings.management] != nil { return try await viaManagement(call) }
        if call.settings[OperatorSettings.amqp] != nil { return try await viaBroker(call) }
        return nil
    }

    private static func viaManagement(_ call: CommandCall) async throws -> BrokerDepth {
        let names = queueNames(try TopologyCommands.topology(call))
        let live = try await TopologyCommands.snapshot(try TopologyCommands.management(call), .topology)
        let found = Dictionary(live.queues.map { ($0.name, $0) }) { first, _ in first }
        return BrokerDepth(
            queues: names.compactMap { found[$0] }.map {
                Queue(name: $0.name, messages: $0.messages ?? 0, consumers: $0.consumers ?? 0)
            },
            countsUnacknowledged: true
        )
    }

    private static func viaBroker(_ call: CommandCall) async throws -> BrokerDepth {
        let names = queueNames(try TopologyCommands.topology(call))
        do {
            let queues = try await withAdministration(try call.endpoint(), role: "operator") { broker in
                var queues: [Queue] = []
                for name in names {
                    guard let counts = try await broker.inspectQueue(name) else { continue }
                    queues.append(
                        Queue(name: name, messages: Int64(counts.ready), consumers: Int64(counts.consumers))
                    )
                }
                return queues
            }
            return BrokerDepth(queues: queues, countsUnacknowledged: false)
        } catch let error as AMQPError {
            throw CommandFailure(.failed, "the broker cannot be asked: \(error)")
        }
    }

    /// Every queue that a job or its result passes through.
    private static func queueNames(_ topology: Topology) -> [String] {
        topology.specification.platforms.flatMap { topology.workQueues(platform: $0).map(\.queue) }
            + topology.retryLevels.map(\.queue) + topology.resultQueues
            + [topology.deadQueue, topology.parkedQueue, topology.ingestQueue, topology.suspectsQueue]
    }
}
