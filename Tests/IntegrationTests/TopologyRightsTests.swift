import Adapters
import FleetCore
import JSON
import Testing

/// What each role's broker user may do, tried on the broker itself.
@Suite(.enabled(if: TopologyLab.isAvailable))
struct TopologyRightsTests {
    /// What somebody may do with a part of the topology.
    private enum Attempt: Hashable {
        case publish(String)
        case read(String)
        case declare(String)
        case delete(String)
    }

    private static let allowed: [BrokerRole: Set<Attempt>] = [
        .dispatcher: [.publish("jobs"), .publish("retry.5s"), .publish("ingest")],
        .worker: [
            .publish("results"), .publish("retry.5s"), .publish("jobs.dead"), .read("jobs.x.bulk"),
            .read("suspects"),
        ],
        .aggregator: [
            .publish("changes"), .publish("results"), .publish("jobs.dead"), .read("results.0"), .read("dead"),
            .read("parked"), .read("ingest"), .publish("suspects"),
        ],
        .gateway: [.publish("jobs"), .publish("ingest")],
        .auditor: [],
    ]

    @Test func `each role's user may do its work and nothing else`() async throws {
        try await TopologyLab.run { lab in
            var specification = TopologyLab.topology.specification
            for role in BrokerRole.allCases { specification.users[role] = "\(lab.virtualHost)-\(role.rawValue)" }
            let topology = Topology(specification)
            do {
                for user in specification.users.values {
                    try await lab.api.put(["users", user], ["password": "secret", "tags": "management"])
                }
                let planner = TopologyPlanner(topology: topology, options: .init(userPermissions: true))
                let plan = planner.plan(for: try await lab.api.snapshot(.topology))
                #expect(plan.changes.count == 6 && plan.impossible.isEmpty)
                try await TopologyApplier(lab.api).apply(plan)
                #expect(planner.plan(for: try await lab.api.snapshot(.topology)).isEmpty)
                for role in BrokerRole.allCases where role != .topology { try await check(role, lab, topology) }
            } catch {
                try await remove(specification.users, lab)
                throw error
            }
            try await remove(specification.users, lab)
        }
    }

    private func remove(_ users: [BrokerRole: String], _ lab: TopologyLab) async throws {
        for user in users.values { try await lab.api.delete(["users", user]) }
    }

    private func check(_ role: BrokerRole, _ lab: TopologyLab, _ topology: Topology) async throws {
        let user = try #require(topology.specification.users[role])
        let host = try #require(TopologyLab.management).dropFirst("http://".count)
        let address = try ManagementAddress(
            url: "http://\(user):secret@\(host)",
            broker: "amqp://localhost/\(lab.virtualHost)"
        )
        let api = try ManagementAPI(address)
        let exchanges = [
            "jobs", "jobs.back", "jobs.dead", "retry.5s", "results", "parked", "changes", "ingest", "suspects",
            "amq.topic",
        ]
        let queues = ["jobs.x.bulk", "retry.5s", "results.0", "dead", "parked", "ingest", "suspects"]
        let attempts =
            exchanges.map(Attempt.publish) + queues.map(Attempt.read) + queues.map(Attempt.delete) + [
                .declare("jobs.x.new")
            ]
        for attempt in attempts {
            let expected = Self.allowed[role]?.contains(attempt) ?? false
            #expect(try await succeeds(attempt, api, lab.virtualHost) == expected, "\(role.rawValue): \(attempt)")
        }
    }

    private func succeeds(_ attempt: Attempt, _ api: ManagementAPI, _ host: String) async throws -> Bool {
        do throws(ManagementError) {
            switch attempt {
            case .publish(let exchange):
                try await api.post(
                    ["exchanges", host, exchange, "publish"],
                    ["properties": [:], "routing_key": "0", "payload": "{}", "payload_encoding": "string"]
                )
            case .read(let queue):
                try await api.post(
                    ["queues", host, queue, "get"],
                    ["count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"]
                )
            case .declare(let queue): try await api.put(["queues", host, queue], ["durable": true])
            case .delete(let queue): try await api.delete(["queues", host, queue])
            }
            return true
        } catch {
            // Only the right kind of reading is refused then, after the right to read was found.
            if error.message.contains("single active consumer") { return true }
            // The management API answers a broker's ACCESS_REFUSED as a bad request.
            guard error.code == .refused || error.code == .forbidden || error.code == .unauthorised else { throw error }
            return false
        }
    }
}
