import Adapters
import FleetCore
import JSON
import Testing

/// Messages take the ways that the topology promises, on a real broker.
@Suite(.enabled(if: TopologyLab.isAvailable))
struct TopologyFlowTests {
    @Test func `a delayed job comes back to its queue with its own routing key`() async throws {
        try await TopologyLab.run { lab in
            try await lab.publish(to: "retry.5s", "x.bulk")
            let message = try await lab.message(in: "jobs.x.bulk", .take)
            #expect(message["routing_key"] == "x.bulk")
            #expect(message["exchange"] == "jobs.back")
        }
    }

    @Test func `a delayed job whose lane is gone is parked`() async throws {
        try await TopologyLab.run { lab in
            try await lab.publish(to: "retry.5s", "x.gone")
            #expect(try await lab.message(in: "parked", .take)["routing_key"] == "x.gone")
        }
    }

    @Test func `a job that came back six times is a dead letter of its platform`() async throws {
        try await TopologyLab.run { lab in
            try await lab.publish(to: "jobs", "x.bulk")
            for _ in 0...5 { _ = try await lab.message(in: "jobs.x.bulk", .giveBack) }
            let message = try await lab.message(in: "dead", .take)
            #expect(message["routing_key"] == "x.crashed")
            #expect(message["properties"]?["headers"]?["x-death"]?[0]?["reason"] == "delivery_limit")
        }
    }

    @Test func `a job that is rejected for good is a dead letter too`() async throws {
        try await TopologyLab.run { lab in
            try await lab.publish(to: "jobs", "x.bulk")
            _ = try await lab.message(in: "jobs.x.bulk", .reject)
            _ = try await lab.message(in: "dead", .take)
        }
    }

    @Test func `looking at a dead letter thirty times does not remove it`() async throws {
        try await TopologyLab.run { lab in
            try await lab.publish(to: "jobs.dead", "x.malformed_json")
            for _ in 0..<30 { _ = try await lab.message(in: "dead", .giveBack) }
            #expect(try await lab.message(in: "dead", .take)["routing_key"] == "x.malformed_json")
        }
    }

    @Test func `a dead letter without a route is parked`() async throws {
        try await TopologyLab.run { lab in
            try await lab.api.delete(["bindings", lab.virtualHost, "e", "jobs.dead", "q", "dead", "%23"])
            try await lab.publish(to: "jobs", "x.bulk")
            _ = try await lab.message(in: "jobs.x.bulk", .reject)
            #expect(try await lab.message(in: "parked", .take)["routing_key"] == "x.crashed")
        }
    }
}

extension TopologyLab {
    /// What becomes of a message that the management API gets.
    enum Fate: String {
        case take = "ack_requeue_false"
        case giveBack = "reject_requeue_true"
        case reject = "reject_requeue_false"
    }

    /// Gets one message, waiting for it.
    func message(in queue: String, _ fate: Fate) async throws -> JSONValue {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: .seconds(20))
        while clock.now < deadline {
            let found = try await api.postForAnswer(
                ["queues", virtualHost, queue, "get"],
                ["count": 1, "ackmode": .string(fate.rawValue), "encoding": "auto"]
            )
            if let message = found[0] { return message }
            try await clock.sleep(for: .milliseconds(50))
        }
        return try #require(nil, "no message in \(queue)")
    }
}
