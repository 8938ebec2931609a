import Adapters
import FleetCore
import JSON
import Testing

@Suite(.enabled(if: TopologyLab.isAvailable))
struct TopologyApplyTests {
    @Test func `applying twice changes nothing the second time`() async throws {
        try await TopologyLab.run(applying: false) { lab in
            let first = try await lab.plan()
            #expect(first.impossible.isEmpty && !first.possible.isEmpty)
            let applier = TopologyApplier(lab.api)
            try await applier.apply(first)
            try await applier.settle(first)
            let second = try await lab.plan()
            #expect(second.isEmpty, "\(second)")
            // What belongs to the whole broker may come from other tests.
            let elsewhere: Set<Hazard> = [.connectionChurn, .resourceAlarm, .defaultPassword]
            let findings = try await lab.examine()
                .filter { $0.severity != .note && !elsewhere.contains($0.hazard) }
            #expect(findings.isEmpty, "\(findings)")
        }
    }

    @Test func `settling takes five seconds after a declaration and no time without one`() async throws {
        try await TopologyLab.run { lab in
            let applier = TopologyApplier(lab.api)
            let clock = ContinuousClock()
            #expect(try await clock.measure { try await applier.settle(TopologyPlan()) } < .seconds(1))
            let queue = QueueDefinition(name: "retry.9m", arguments: ["x-queue-type": .string("quorum")])
            let plan = TopologyPlan(changes: [.createQueue(queue)])
            try await applier.apply(plan)
            #expect(try await clock.measure { try await applier.settle(plan) } >= .milliseconds(4900))
        }
    }

    @Test func `an exported definitions file imports and leaves nothing to do`() async throws {
        try await TopologyLab.run(applying: false) { lab in
            let version = try await lab.api.snapshot(.topology).version
            let file = TopologyLab.topology.definitions(for: version).definitionsFile(virtualHost: lab.virtualHost)
            try await lab.api.post(["definitions", lab.virtualHost], file)
            let plan = try await lab.plan()
            #expect(plan.isEmpty, "\(plan)")
        }
    }

    @Test func `drift by hand is repaired, including a binding for everything`() async throws {
        try await TopologyLab.run { lab in
            try await lab.api.delete(["bindings", lab.virtualHost, "e", "jobs", "q", "jobs.x.bulk", "x.bulk"])
            let stray = BindingDefinition(source: "jobs", destination: .queue("jobs.x.bulk"), routingKey: "#")
            try await lab.api.post(["bindings", lab.virtualHost, "e", "jobs", "q", "jobs.x.bulk"], stray.json())
            try await lab.api.delete(["policies", lab.virtualHost, "flotilla-work"])
            let plan = try await lab.plan()
            #expect(Set(plan.changes.map(\.action)) == ["bind", "unbind", "set"])
            try await lab.apply()
            #expect(try await lab.plan().isEmpty)
        }
    }

    @Test func `an exchange is declared anew with its bindings`() async throws {
        try await TopologyLab.run { lab in
            try await lab.redeclare(exchange: "jobs.back", [:])
            #expect(try await lab.plan().impossible.map(\.object) == ["exchange jobs.back"])
            try await lab.apply(.init(recreate: true))
            #expect(try await lab.plan().isEmpty)
        }
    }

    @Test func `a wrong password, a missing virtual host and a dead broker are told apart`() async throws {
        try await TopologyLab.run(applying: false) { lab in
            func code(_ url: String, _ broker: String) async throws -> ManagementError.Code? {
                do throws(ManagementError) {
                    _ = try await ManagementAPI(ManagementAddress(url: url, broker: broker)).snapshot(.topology)
                    return nil
                } catch { return error.code }
            }
            let url = try #require(TopologyLab.management)
            #expect(try await code(url, "amqp://guest:wrong@localhost/\(lab.virtualHost)") == .unauthorised)
            #expect(try await code(url, "amqp://guest:guest@localhost/no-such-host") == .notFound)
            #expect(try await code("http://127.0.0.1:9", "amqp://guest:guest@localhost/") == .unreachable)
        }
    }
}
