import FleetCore
import JSON
import Testing

struct TopologyPlannerTests {
    private func plan(
        _ broker: BrokerSnapshot,
        _ options: TopologyPlanner.Options = .init(),
        _ topology: Topology = Lab.topology
    ) -> TopologyPlan {
        TopologyPlanner(topology: topology, options: options).plan(for: broker)
    }

    @Test(arguments: [Lab.old, BrokerVersion(3, 13, 7), Lab.new])
    func `a broker that holds the topology needs nothing`(version: BrokerVersion) {
        let plan = plan(Lab.healthy(version))
        #expect(plan.isEmpty)
        #expect(plan.summary == "nothing to do")
    }

    @Test func `an empty broker gets everything, targets before what points to them`() throws {
        let changes = plan(BrokerSnapshot(version: Lab.old, virtualHost: "/")).changes
        let wanted = Lab.topology.definitions(for: Lab.old)
        #expect(
            changes.count == wanted.exchanges.count + wanted.queues.count + wanted.bindings.count
                + wanted.policies.count
        )
        let parked = try #require(changes.firstIndex { $0.object == "exchange parked" })
        let dead = try #require(changes.firstIndex { $0.object == "exchange jobs.dead" })
        let policy = try #require(changes.firstIndex { $0.object == "policy flotilla-work" })
        let queue = try #require(changes.firstIndex { $0.object == "queue jobs.instagram.normal" })
        #expect(parked < dead && dead < policy && policy < queue)
        guard case .bind(let last) = changes.last else {
            Issue.record("the last change is not a binding")
            return
        }
        #expect(last.source == "jobs")
    }

    @Test func `the plan does not depend on the order in which the broker tells things`() {
        var broker = Lab.healthy()
        broker.queues.removeAll { $0.name.hasPrefix("jobs.x") }
        broker.bindings.removeLast(7)
        broker.queues.append(LiveQueue(definition: QueueDefinition(name: "retry.2h", arguments: [:])))
        let first = plan(broker)
        broker.queues.reverse()
        broker.bindings.reverse()
        broker.exchanges.reverse()
        #expect(plan(broker) == first)
        #expect(first.description == plan(broker).description)
    }

    @Test func `a lost binding is bound, a wrong one between our own parts is unbound`() {
        var broker = Lab.healthy()
        let lost = broker.bindings.removeLast()
        let wrong = BindingDefinition(source: "jobs", destination: .queue("jobs.x.bulk"), routingKey: "#")
        broker.bindings.append(wrong)
        #expect(plan(broker).changes == [.bind(lost), .unbind(wrong)])
    }

    @Test func `bindings of other people's queues are left alone`() {
        var broker = Lab.healthy()
        broker.bindings.append(BindingDefinition(source: "changes", destination: .queue("billing"), routingKey: "#"))
        broker.bindings.append(BindingDefinition(source: "orders", destination: .queue("orders.in"), routingKey: ""))
        #expect(plan(broker).isEmpty)
    }

    @Test func `an argument that differs cannot change in place and says what to do`() {
        var broker = Lab.healthy()
        broker.change(queue: "jobs.x.normal") { queue in
            queue.definition.arguments["x-delivery-limit"] = .integer(7)
            queue.messages = 12
        }
        let plan = plan(broker)
        #expect(plan.possible.isEmpty && plan.impossible.count == 1)
        let text = plan.description
        #expect(text.contains("! queue jobs.x.normal"))
        #expect(text.contains("x-delivery-limit is 7, wanted 5"))
        #expect(text.contains("12 messages"))
        #expect(plan == self.plan(broker, .init(recreate: true)), "a queue with messages is never declared anew")
    }

    @Test func `recreate declares an empty queue anew and binds it again`() {
        var broker = Lab.healthy()
        broker.change(queue: "jobs.x.normal") { $0.definition.arguments["x-overflow"] = nil }
        #expect(plan(broker).impossible.count == 1)
        let changes = plan(broker, .init(recreate: true)).changes
        #expect(changes.map(\.action) == ["recreate", "bind", "bind"])
        #expect(changes.allSatisfy { $0.object.contains("jobs.x.normal") })
    }

    @Test func `recreate of an exchange binds everything behind it again`() {
        var broker = Lab.healthy()
        broker.change(exchange: "jobs.dead") { $0.arguments = [:] }
        #expect(plan(broker).impossible.count == 1)
        let changes = plan(broker, .init(recreate: true)).changes
        #expect(changes.map(\.action) == ["recreate", "bind"])
    }

    @Test func `a queue whose depth is not known yet counts as not empty`() {
        var broker = Lab.healthy()
        broker.change(queue: "dead") { queue in
            queue.definition.arguments["x-max-length"] = .integer(1)
            queue.messages = nil
        }
        #expect(plan(broker, .init(recreate: true)).impossible.count == 1)
    }

    @Test func `what queues.yaml no longer names stays until prune, and goes only when empty`() {
        var specification = TopologySpecification.standard
        specification.platforms.removeAll { $0 == "pinterest" }
        specification.retryDelays.removeLast()
        let smaller = Topology(specification)
        var broker = Lab.healthy()
        broker.change(queue: "jobs.pinterest.bulk") { $0.messages = 3 }
        // Bindings stay with their queues.
        let kept = plan(broker, .init(), smaller)
        #expect(kept.isEmpty)
        #expect(kept.leftovers.count == 5)
        let pruned = plan(broker, .init(prune: true), smaller)
        #expect(pruned.leftovers.isEmpty)
        #expect(pruned.possible.filter { $0.action == "unbind" }.count == 7)
        #expect(
            pruned.possible.filter { $0.action == "delete" }.map(\.object) == [
                "queue jobs.pinterest.interactive", "queue jobs.pinterest.normal", "queue retry.6h",
                "exchange retry.6h",
            ]
        )
        #expect(pruned.impossible.map(\.object) == ["queue jobs.pinterest.bulk"])
    }

    @Test func `bounds change in place by policy`() {
        var specification = TopologySpecification.standard
        specification.workBounds.messages = 5_000_000
        let plan = plan(Lab.healthy(), .init(), Topology(specification))
        #expect(plan.changes.map(\.object) == ["policy flotilla-work"])
        #expect(plan.description.contains("max-length is 2000000, wanted 5000000"))
    }

    @Test func `rights are set only when asked, and a missing user is said`() {
        var broker = Lab.healthy()
        broker.users = ["flotilla_worker", "flotilla_gateway"]
        broker.permissions = Lab.topology.permissions.filter { $0.user == "flotilla_gateway" }
        #expect(plan(broker).isEmpty)
        let plan = plan(broker, .init(userPermissions: true))
        #expect(plan.possible.map(\.object) == ["user flotilla_worker"])
        #expect(plan.impossible.count == 4)
    }

    @Test func `the JSON form counts what can and cannot be done`() {
        var broker = Lab.healthy()
        broker.bindings.removeLast()
        broker.change(queue: "dead") { $0.definition.arguments["x-max-length"] = .integer(1) }
        let json = plan(broker).json
        #expect(json["pending"] == 1)
        #expect(json["impossible"] == 1)
        #expect(json["changes"]?[1]?["differences"]?[0]?["live"] == 1)
    }
}
