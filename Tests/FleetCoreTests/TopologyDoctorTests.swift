import FleetCore
import Testing

struct TopologyDoctorTests {
    @Test(arguments: [Lab.old, BrokerVersion(3, 13, 7), Lab.new])
    func `a healthy broker gives no finding at all`(version: BrokerVersion) {
        #expect(Lab.examine(Lab.healthy(version)).isEmpty)
        #expect(Lab.examine(Lab.healthy(version), everyQueue: true).isEmpty)
    }

    @Test func `at-least-once without reject-publish is a fallback`() {
        let findings = Lab.findings(.atLeastOnceFallback) { broker in
            broker.change(queue: "jobs.x.normal") { $0.definition.arguments["x-overflow"] = nil }
        }
        #expect(findings.map(\.subject) == ["queue jobs.x.normal"])
        #expect(findings.first?.detail.contains("drop-head") == true)
    }

    @Test func `at-least-once without the feature flag is a fallback everywhere`() {
        let findings = Lab.findings(.atLeastOnceFallback) { $0.featureFlags = ["stream_queue": false] }
        #expect(findings.count == 24 + 7 + 2 + 1)
        #expect(findings.first?.fix == "rabbitmqctl enable_feature_flag stream_queue")
    }

    @Test func `a version that no longer lists the flag is fine`() {
        #expect(Lab.findings(.atLeastOnceFallback, on: Lab.new) { $0.featureFlags = [:] }.isEmpty)
    }

    @Test func `at-least-once on a classic queue is a fallback and a wrong type`() {
        let damage = { (broker: inout BrokerSnapshot) in
            broker.change(queue: "retry.5s") { $0.definition.arguments["x-queue-type"] = .string("classic") }
        }
        #expect(Lab.findings(.atLeastOnceFallback, after: damage).count == 1)
        #expect(Lab.findings(.wrongType, after: damage).count == 1)
    }

    @Test func `dead lettering without a strategy is at most once, also by policy`() {
        let findings = Lab.findings(.atMostOnce) { broker in
            broker.change(queue: "jobs.x.bulk") { $0.definition.arguments["x-dead-letter-strategy"] = nil }
            broker.change(queue: "dead") { $0.effectivePolicy = ["dead-letter-exchange": .string("elsewhere")] }
        }
        #expect(findings.map(\.subject) == ["queue dead", "queue jobs.x.bulk"])
    }

    @Test func `a missing dead-letter exchange is found once for all its sources`() {
        let findings = Lab.findings(.deadLetterTargetMissing) { broker in
            broker.exchanges.removeAll { $0.name == "jobs.dead" }
        }
        #expect(findings.map(\.subject) == ["exchange jobs.dead"])
        #expect(findings.first?.detail.contains("and 24 more") == true)
    }

    @Test func `a dead-letter exchange needs an alternate that exists and leads somewhere`() {
        for damage in [
            { broker in broker.change(exchange: "jobs.back") { $0.arguments = [:] } },
            { broker in broker.exchanges.removeAll { $0.name == "parked" } },
            { broker in broker.bindings.removeAll { $0.source == "parked" } },
        ] as [(inout BrokerSnapshot) -> Void] {
            #expect(!Lab.findings(.deadLetterTargetUnguarded, after: damage).isEmpty)
        }
    }

    @Test func `an alternate exchange given by policy counts`() {
        let findings = Lab.findings(.deadLetterTargetUnguarded) { broker in
            broker.change(exchange: "jobs.back") { $0.arguments = [:] }
            broker.policies.append(
                PolicyDefinition(
                    name: "park",
                    pattern: "^jobs\\.back$",
                    appliesTo: "exchanges",
                    priority: 0,
                    definition: ["alternate-exchange": .string("parked")]
                )
            )
        }
        #expect(findings.isEmpty)
    }

    @Test(arguments: [(Int64(1), Finding.Severity.warning), (31, .warning), (32, .critical)])
    func `pending dead letters are a warning, from 32 on critical`(count: Int64, severity: Finding.Severity) {
        let counted = Lab.findings(.deadLettersStuck) { broker in
            broker.change(queue: "jobs.x.bulk") { $0.pendingDeadLetters = count }
        }
        #expect(counted.map(\.severity) == [severity])
        let derived = Lab.findings(.deadLettersStuck) { broker in
            broker.change(queue: "jobs.x.bulk") { queue in
                queue.messages = 10 + count
                queue.ready = 7
                queue.unacknowledged = 3
                queue.consumers = 1
            }
        }
        #expect(derived.map(\.severity) == [severity])
    }

    @Test func `a limit on a target is fine under at-least-once and refusing, and a hazard otherwise`() {
        let unsafeSource = Lab.findings(.deadLetterTargetLimited) { broker in
            broker.change(queue: "jobs.x.bulk") { $0.effectivePolicy = ["max-length": .integer(10)] }
            broker.change(queue: "retry.5s") { $0.definition.arguments["x-dead-letter-strategy"] = nil }
        }
        #expect(unsafeSource.map(\.subject) == ["queue jobs.x.bulk"])
        let dropping = Lab.findings(.deadLetterTargetLimited) { broker in
            broker.change(queue: "dead") { $0.definition.arguments["x-max-length"] = .integer(10) }
        }
        #expect(dropping.map(\.subject) == ["queue dead"])
        let safe = Lab.findings(.deadLetterTargetLimited) { broker in
            broker.change(queue: "jobs.x.bulk") { $0.effectivePolicy = ["max-length": .integer(10)] }
        }
        #expect(safe.isEmpty)
    }

    @Test func `a queue that expires into itself is a cycle`() {
        let findings = Lab.findings(.automaticCycle) { broker in
            broker.change(queue: "retry.5s") { queue in
                queue.definition.arguments["x-dead-letter-exchange"] = .string("retry.5s")
            }
        }
        #expect(findings.map(\.detail) == ["retry.5s → retry.5s"])
    }

    @Test func `a cycle over several queues is told once`() {
        let findings = Lab.findings(.automaticCycle) { broker in
            broker.change(queue: "retry.5s") { $0.definition.arguments["x-dead-letter-exchange"] = .string("retry.1h") }
            broker.change(queue: "retry.1h") { $0.definition.arguments["x-dead-letter-exchange"] = .string("retry.6h") }
            broker.change(queue: "retry.6h") { $0.definition.arguments["x-dead-letter-exchange"] = .string("retry.5s") }
        }
        #expect(findings.map(\.detail) == ["retry.1h → retry.6h → retry.5s → retry.1h"])
    }

    @Test func `a cycle through the default exchange and a time to live by policy is found`() {
        let findings = Lab.findings(.automaticCycle) { broker in
            broker.change(queue: "dead") { queue in
                queue.effectivePolicy = [
                    "message-ttl": .integer(1000), "dead-letter-exchange": .string(""),
                    "dead-letter-routing-key": .string("dead"),
                ]
            }
        }
        #expect(findings.map(\.detail) == ["dead → dead"])
    }

    @Test func `a delivery limit of -1 destroys before 4.0 and is right from then on`() {
        func damage(_ broker: inout BrokerSnapshot) {
            broker.change(queue: "results.0") { $0.definition.arguments["x-delivery-limit"] = .integer(-1) }
        }
        #expect(Lab.findings(.deliveryLimitDestroys, after: damage).map(\.subject) == ["queue results.0"])
        #expect(Lab.findings(.deliveryLimitDestroys, on: Lab.new, after: damage).isEmpty)
    }

    @Test func `a topology made for 3.10 has a hidden limit after an upgrade to 4`() {
        var broker = Lab.healthy(Lab.old)
        broker.version = Lab.new
        let findings = Lab.examine(broker).filter { $0.hazard == .defaultDeliveryLimit }
        #expect(findings.count == 2 + 7 + 2 + 1 + 1)
    }

    @Test(arguments: ["delivery-limit", "max-length", "max-length-bytes", "message-ttl"])
    func `nothing may limit dead letters`(setting: String) {
        let findings = Lab.findings(.deadQueueLimited) { broker in
            broker.change(queue: "dead") { $0.definition.arguments["x-\(setting)"] = .integer(100) }
            broker.change(queue: "parked") { $0.effectivePolicy = [setting: .integer(100)] }
        }
        #expect(findings.map(\.subject) == ["queue dead", "queue parked"])
    }

    @Test func `a policy that makes jobs or results expire is found, and one that deletes queues`() {
        let findings = Lab.findings(.messagesExpire) { broker in
            broker.change(queue: "results.1") { $0.effectivePolicy = ["message-ttl": .integer(60000)] }
        }
        #expect(findings.map(\.subject) == ["queue results.1"])
        let deleted = Lab.findings(.queueExpires) { broker in
            broker.change(queue: "jobs.x.bulk") { queue in
                queue.effectivePolicy = ["expires": .integer(60000)]
                queue.policy = "tidy"
            }
        }
        #expect(deleted.map(\.fix) == ["rabbitmqctl clear_policy tidy"])
    }

    @Test func `a ladder queue has its own time, no other and not none`() {
        let findings = Lab.findings(.ladderWithoutTTL) { broker in
            broker.change(queue: "retry.5s") { $0.definition.arguments["x-message-ttl"] = nil }
            broker.change(queue: "retry.1m") { $0.effectivePolicy = ["message-ttl": .integer(1000)] }
        }
        #expect(
            findings.map(\.detail)
                == ["time to live is 1000 ms, wanted 60000 ms", "no time to live, wanted 5000 ms"]
        )
    }

    @Test func `an alternate exchange on the door for jobs hides unroutable ones`() {
        let byArgument = Lab.findings(.unroutableUnnoticed) { broker in
            broker.change(exchange: "jobs") { $0.arguments = ["alternate-exchange": .string("parked")] }
        }
        #expect(byArgument.count == 1)
        let byPolicy = Lab.findings(.unroutableUnnoticed) { broker in
            broker.policies.append(
                PolicyDefinition(
                    name: "catch",
                    pattern: ".*",
                    appliesTo: "all",
                    priority: 1,
                    definition: ["alternate-exchange": .string("parked")]
                )
            )
        }
        #expect(byPolicy.count == 1)
    }

    @Test func `messages dropped for want of mandatory are told`() {
        #expect(Lab.findings(.unroutableDropped) { $0.droppedUnroutable = 0 }.isEmpty)
        #expect(Lab.findings(.unroutableDropped) { $0.droppedUnroutable = 4 }.count == 1)
    }

    @Test func `a stranger's queue on jobs is a note, on changes it is welcome`() {
        let findings = Lab.findings(.foreignBinding) { broker in
            for source in ["jobs", "changes"] {
                broker.bindings.append(BindingDefinition(source: source, destination: .queue("tap"), routingKey: "#"))
            }
        }
        #expect(findings.map(\.severity) == [.note])
    }
}
