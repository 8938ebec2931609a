import AMQP
import Adapters
import FleetCore
import JSON
import Runtime
import Testing

/// A broker damaged on purpose, one damage per hazard; the doctor finds each.
@Suite(.enabled(if: TopologyLab.isAvailable))
struct TopologyDoctorLiveTests {
    private func damaged(
        _ hazard: Hazard,
        at subject: String,
        _ damage: (TopologyLab) async throws -> Void
    ) async throws {
        try await TopologyLab.run { lab in
            try await damage(lab)
            let finding = try await lab.find(hazard, at: subject)
            #expect(!finding.fix.isEmpty)
        }
    }

    @Test func `at-least-once without reject-publish`() async throws {
        try await damaged(.atLeastOnceFallback, at: "queue jobs.x.bulk") { lab in
            try await lab.redeclare(queue: "jobs.x.bulk") { $0["x-overflow"] = nil }
        }
    }

    @Test func `dead lettering without a strategy`() async throws {
        try await damaged(.atMostOnce, at: "queue retry.5s") { lab in
            try await lab.redeclare(queue: "retry.5s") { arguments in
                arguments["x-dead-letter-strategy"] = nil
            }
        }
    }

    @Test func `a dead-letter exchange that is gone`() async throws {
        try await damaged(.deadLetterTargetMissing, at: "exchange jobs.dead") { lab in
            try await lab.api.delete(["exchanges", lab.virtualHost, "jobs.dead"])
        }
    }

    @Test func `a dead-letter exchange without an alternate`() async throws {
        try await damaged(.deadLetterTargetUnguarded, at: "exchange jobs.back") { lab in
            try await lab.redeclare(exchange: "jobs.back", [:])
        }
    }

    @Test func `a parking queue that is no longer bound`() async throws {
        try await damaged(.deadLetterTargetUnguarded, at: "exchange jobs.dead") { lab in
            try await lab.api.delete(["queues", lab.virtualHost, "parked"])
        }
    }

    @Test func `forty dead letters without a route`() async throws {
        try await TopologyLab.run { lab in
            try await lab.redeclare(exchange: "jobs.back", [:])
            try await lab.publish(to: "retry.5s", "no.such", count: 40)
            _ = try await lab.find(.deadLettersStuck, at: "queue retry.5s", severity: .critical)
        }
    }

    @Test func `a length limit on the dead letters' queue`() async throws {
        try await damaged(.deadLetterTargetLimited, at: "queue dead") { lab in
            try await lab.setPolicy("^dead$", ["max-length": 5])
        }
    }

    @Test func `a queue that expires into itself`() async throws {
        try await damaged(.automaticCycle, at: "queue retry.5s") { lab in
            try await lab.redeclare(queue: "retry.5s") { $0["x-dead-letter-exchange"] = .string("retry.5s") }
        }
    }

    @Test func `a cycle over two queues`() async throws {
        try await damaged(.automaticCycle, at: "queue retry.1m") { lab in
            try await lab.redeclare(queue: "retry.5s") { $0["x-dead-letter-exchange"] = .string("retry.1m") }
            try await lab.redeclare(queue: "retry.1m") { $0["x-dead-letter-exchange"] = .string("retry.5s") }
        }
    }

    @Test func `a delivery limit that means something else on this version`() async throws {
        try await TopologyLab.run { lab in
            let version = try await lab.api.snapshot(.topology).version
            try await lab.redeclare(queue: "results.0") { arguments in
                arguments["x-delivery-limit"] = version.hasDefaultDeliveryLimit ? nil : .integer(-1)
            }
            let hazard: Hazard = version.hasDefaultDeliveryLimit ? .defaultDeliveryLimit : .deliveryLimitDestroys
            #expect(try await lab.find(hazard, at: "queue results.0").severity == .critical)
        }
    }

    @Test func `a delivery limit on the dead letters' queue`() async throws {
        try await damaged(.deadQueueLimited, at: "queue dead") { lab in
            try await lab.redeclare(queue: "dead") { $0["x-delivery-limit"] = .integer(2) }
        }
    }

    @Test func `a policy that makes results expire`() async throws {
        try await damaged(.messagesExpire, at: "queue results.0") { lab in
            try await lab.setPolicy("^results", ["message-ttl": 3_600_000])
        }
    }

    @Test func `a policy that deletes queues nobody uses`() async throws {
        try await damaged(.queueExpires, at: "queue parked") { lab in
            try await lab.setPolicy("^parked$", ["expires": 3_600_000])
        }
    }

    @Test func `a ladder queue without its time`() async throws {
        try await damaged(.ladderWithoutTTL, at: "queue retry.1m") { lab in
            try await lab.redeclare(queue: "retry.1m") { $0["x-message-ttl"] = nil }
        }
    }

    @Test func `an alternate exchange on the door for jobs`() async throws {
        try await damaged(.unroutableUnnoticed, at: "exchange jobs") { lab in
            try await lab.setPolicy("^jobs$", on: "exchanges", ["alternate-exchange": "parked"])
        }
    }

    @Test func `a stranger's queue on the door for jobs`() async throws {
        try await damaged(.foreignBinding, at: "binding jobs to queue tap for #") { lab in
            try await lab.api.put(["queues", lab.virtualHost, "tap"], ["durable": true])
            try await lab.api.post(["bindings", lab.virtualHost, "e", "jobs", "q", "tap"], ["routing_key": "#"])
        }
    }

    @Test func `a work queue that is classic`() async throws {
        try await damaged(.wrongType, at: "queue jobs.x.bulk") { lab in
            try await lab.redeclare(queue: "jobs.x.bulk") { arguments in
                arguments = ["x-dead-letter-exchange": .string("jobs.dead")]
            }
        }
    }

    @Test func `an argument with a slip of the pen`() async throws {
        try await damaged(.unknownArgument, at: "queue jobs.x.bulk") { lab in
            try await lab.redeclare(queue: "jobs.x.bulk") { $0["x-delivery-limt"] = .integer(5) }
        }
    }

    @Test func `an argument that only a later version knows`() async throws {
        try await damaged(.ignoredArgument, at: "queue jobs.x.bulk") { lab in
            try await lab.redeclare(queue: "jobs.x.bulk") { $0["x-delayed-retry-min"] = .integer(1000) }
        }
    }

    @Test func `a policy that hides ours`() async throws {
        try await damaged(.policyDisplaced, at: "queue jobs.x.bulk") { lab in
            try await lab.setPolicy(".*", ["max-length": 10, "overflow": "reject-publish"])
        }
    }

    @Test func `a binding removed by hand`() async throws {
        try await damaged(.drift, at: "binding jobs to queue jobs.x.bulk for x.bulk") { lab in
            try await lab.api.delete(["bindings", lab.virtualHost, "e", "jobs", "q", "jobs.x.bulk", "x.bulk"])
        }
    }

    @Test func `a time to live changed by hand`() async throws {
        try await damaged(.drift, at: "queue retry.5s") { lab in
            try await lab.redeclare(queue: "retry.5s") { $0["x-message-ttl"] = .integer(50_000) }
        }
    }

    @Test func `messages that nobody takes`() async throws {
        try await damaged(.noConsumer, at: "queue jobs.x.bulk") { lab in try await lab.publish(to: "jobs", "x.bulk") }
    }

    @Test func `messages without a route`() async throws {
        try await damaged(.parkedMessages, at: "queue parked") { lab in
            try await lab.publish(to: "jobs.back", "no.such")
        }
    }

    @Test func `a consumer that takes far more than its lane's prefetch`() async throws {
        try await TopologyLab.run { lab in
            var endpoint = try Endpoint(url: try #require(ProcessEnvironment["FLOTILLA_TEST_AMQP"]))
            endpoint.virtualHost = lab.virtualHost
            let consumer = Consumer(
                endpoint: endpoint,
                queues: [ConsumerQueue(name: "jobs.x.bulk", prefetch: 1000)],
                logger: Logger(label: "topology-test")
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await consumer.run() }
                let finding = try await lab.find(.unboundedPrefetch, at: "queue jobs.x.bulk")
                #expect(finding.detail.contains("prefetch 1000, queues.yaml says 8"))
                group.cancelAll()
            }
        }
    }
}
