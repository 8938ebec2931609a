import FleetCore
import JSON
import Testing

struct TopologyDoctorLifeTests {
    @Test func `mirroring is found by its policy`() {
        let findings = Lab.findings(.wrongType) { broker in
            broker.change(queue: "dead") { $0.effectivePolicy = ["ha-mode": .string("all")] }
        }
        #expect(findings.count == 1)
    }

    @Test func `arguments that mean nothing are found, and those that this version does not know yet`() {
        let damage = { (broker: inout BrokerSnapshot) in
            broker.change(queue: "dead") { queue in
                queue.definition.arguments["x-delivery-limt"] = .integer(5)
                queue.definition.arguments["x-consumer-timeout"] = .integer(5000)
            }
        }
        #expect(Lab.findings(.unknownArgument, after: damage).map(\.detail.count).count == 1)
        #expect(Lab.findings(.ignoredArgument, after: damage).count == 1)
        #expect(Lab.findings(.ignoredArgument, on: Lab.new, after: damage).isEmpty)
    }

    @Test func `a stranger's policy with a higher priority displaces ours`() {
        let findings = Lab.findings(.policyDisplaced) { broker in
            broker.change(queue: "jobs.x.bulk") { queue in
                queue.policy = "everything"
                queue.effectivePolicy = ["max-length": .integer(10)]
            }
            broker.change(queue: "jobs.x.normal") { queue in
                queue.policy = "flotilla-work"
                queue.effectivePolicy = ["max-length": .integer(2_000_000)]
            }
        }
        #expect(findings.map(\.subject) == ["queue jobs.x.bulk"])
    }

    @Test func `whatever plan would change is drift`() {
        let findings = Lab.findings(.drift) { broker in
            broker.queues.removeAll { $0.name == "results.1" }
            broker.bindings.removeAll { $0.source == "jobs" && $0.routingKey == "x.bulk" }
            broker.policies.removeAll { $0.name == "flotilla-retry" }
            broker.queues.append(LiveQueue(definition: QueueDefinition(name: "retry.9h", arguments: [:])))
        }
        #expect(
            findings.map(\.subject) == [
                "binding jobs to queue jobs.x.bulk for x.bulk", "policy flotilla-retry", "queue results.1",
                "queue retry.9h",
            ]
        )
        #expect(findings.map(\.severity) == [.warning, .warning, .warning, .note])
    }

    @Test func `queues that are down or lack members are found`() {
        let findings = Lab.findings(.queueDown) { broker in
            broker.change(queue: "dead") { $0.state = "down" }
            broker.change(queue: "parked") { queue in
                queue.state = nil
                queue.leader = nil
                queue.online = []
            }
            broker.change(queue: "results.0") { queue in
                queue.members = ["rabbit@one", "rabbit@two"]
            }
        }
        #expect(findings.map(\.subject) == ["queue dead", "queue parked", "queue results.0"])
        #expect(findings.map(\.severity) == [.critical, .critical, .warning])
        // The only node runs, so nothing but a deletion helps.
        #expect(findings[1].fix.contains("rabbitmqctl delete_queue parked"))
    }

    @Test func `waiting messages need a consumer, except in the ladder`() {
        let findings = Lab.findings(.noConsumer) { broker in
            for name in ["retry.1h", "jobs.x.bulk", "results.0", "changes", "parked"] {
                broker.change(queue: name) { $0.messages = 1 }
            }
            broker.change(queue: "jobs.x.normal") { queue in
                queue.messages = 1
                queue.consumers = 1
            }
        }
        #expect(findings.map(\.fix) == ["start a worker for it", "start an aggregator for it"])
    }

    @Test func `parked messages are told`() {
        let findings = Lab.findings(.parkedMessages) { broker in broker.change(queue: "parked") { $0.messages = 2 } }
        #expect(findings.map(\.detail) == ["2 messages"])
    }

    @Test func `consumers without limit, with too much or without acknowledgement are found`() {
        func consumer(_ prefetch: Int64, acknowledges: Bool = true) -> (inout BrokerSnapshot) -> Void {
            {
                $0.consumers = [
                    LiveConsumer(queue: "jobs.x.bulk", tag: "c1", prefetch: prefetch, acknowledges: acknowledges)
                ]
            }
        }
        #expect(Lab.findings(.unboundedPrefetch, after: consumer(8)).isEmpty)
        #expect(Lab.findings(.unboundedPrefetch, after: consumer(0)).count == 1)
        #expect(Lab.findings(.unboundedPrefetch, after: consumer(1000)).count == 1)
        #expect(
            Lab.findings(.automaticAcknowledgement, after: consumer(0, acknowledges: false)).map(\.severity) == [
                .critical
            ]
        )
    }

    @Test func `alarms, dead nodes and partitions are critical`() {
        var broker = Lab.healthy()
        broker.nodes = [
            LiveNode(name: "a", memoryAlarm: true, diskAlarm: true), LiveNode(name: "b", running: false),
            LiveNode(name: "c", partitions: ["a"]),
        ]
        let findings = Lab.examine(broker)
        #expect(findings.map(\.hazard) == [.resourceAlarm, .resourceAlarm, .nodeDown, .networkPartition])
        #expect(findings.allSatisfy { $0.severity == .critical })
    }

    @Test func `blocked connections and churn are warnings`() {
        let blocked = Lab.findings(.blockedConnections) { broker in
            broker.connections = [
                LiveConnection(name: "worker@a/1", state: "blocked", user: "w"),
                LiveConnection(name: "worker@a/2", state: "running", user: "w"),
            ]
        }
        #expect(blocked.map(\.detail) == ["1 blocked: worker@a/1"])
        #expect(Lab.findings(.connectionChurn) { $0.connectionsPerSecond = 40 }.count == 1)
        #expect(Lab.findings(.connectionChurn) { $0.connectionsPerSecond = 1 }.isEmpty)
    }

    @Test func `guest is critical over the network and a note behind an open port`() {
        let remote = Lab.findings(.defaultPassword) { broker in
            broker.defaultPasswordWorks = true
            broker.reachedOverLoopback = false
        }
        #expect(remote.map(\.severity) == [.critical])
        let open = Lab.findings(.defaultPassword) { broker in
            broker.defaultPasswordWorks = true
            broker.listenerAddresses = ["::"]
        }
        #expect(open.map(\.severity) == [.note])
        let closed = Lab.findings(.defaultPassword) { broker in
            broker.defaultPasswordWorks = true
            broker.listenerAddresses = ["127.0.0.1", "::1"]
        }
        #expect(closed.isEmpty)
    }

    @Test func `a broker before 3.10 is not supported`() {
        #expect(Lab.findings(.unsupportedBroker) { $0.version = BrokerVersion(3, 9, 29) }.count == 1)
    }

    @Test func `other people's queues are judged only when asked`() {
        var broker = Lab.healthy()
        var queue = LiveQueue(
            definition: QueueDefinition(name: "orders", arguments: ["x-dead-letter-exchange": .string("x")])
        )
        queue.state = "running"
        broker.queues.append(queue)
        #expect(Lab.examine(broker).isEmpty)
        #expect(
            Set(Lab.examine(broker, everyQueue: true).map(\.hazard)) == [
                .atMostOnce, .deadLetterTargetMissing, .wrongType,
            ]
        )
    }

    @Test func `a report is clean when it holds notes only, and explains a hazard once`() {
        let note = Finding(.note, .drift, at: "queue a", "is old", fix: "prune")
        #expect(DoctorReport(version: Lab.old, virtualHost: "/", findings: [note]).isClean)
        let bad = Finding(.warning, .drift, at: "queue b", "is missing", fix: "apply")
        let report = DoctorReport(version: Lab.old, virtualHost: "/", findings: [bad, note])
        #expect(!report.isClean)
        #expect(report.text.split(separator: "\n").count { $0.contains("why:") } == 1)
        #expect(report.summary == "RabbitMQ 3.10.8, virtual host /: 1 warning, 1 note")
        #expect(report.json["findings"]?[0]?["hazard"] == "drift")
    }

    @Test func `every hazard has a reason`() {
        for hazard in Hazard.allCases { #expect(hazard.why.count > 20, "\(hazard)") }
    }
}
