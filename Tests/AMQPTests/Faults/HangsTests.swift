import Runtime
import TestSupport
import Testing

@testable import AMQP

/// Each test reproduces the cause of one way in which the library's own calls hang or crash, and holds that ours do not.
/// They hurt the broker: run without other tests beside them.
@Suite("Hangs", .serialized, .enabled(if: TestBroker.canBeHurt), .timeLimit(.minutes(3)))
struct HangsTests {
    /// rabbitmq-c#519: `amqp_basic_publish` blocks for ever once the socket's buffer is full.
    @Test(arguments: [512, 4096, 262_144]) func `a memory alarm during full publishing blocks no call`(size: Int)
        async throws
    {
        try await TestBroker.withQueue("alarm") { queue in
            var endpoint = try TestBroker.endpoint()
            endpoint.heartbeat = .seconds(1)
            try await TestBroker.withPublisher(endpoint) { publisher in
                let rounds = size > 100_000 ? 4 : 40
                let burst = size > 100_000 ? 25 : 500
                let publishing = Task {
                    var outcomes: [PublishOutcome] = []
                    for _ in 0..<rounds {
                        outcomes += await publisher.publish(TestBroker.messages(burst, to: queue, size: size))
                    }
                    return outcomes
                }
                try await TestBroker.eventually { publisher.measurements.accepted > 0 }
                try await TestBroker.control("alarm", "on")
                // One publish after the alarm makes the broker say so.
                async let late = publisher.publish(TestBroker.messages(1, to: queue, size: size))
                try await TestBroker.eventually {
                    if case .blocked = publisher.state { true } else { false }
                }
                // Longer than two heartbeats: the connection must live through it.
                try await Task.sleep(for: .seconds(3))
                let during = publisher.measurements
                try await TestBroker.control("alarm", "off")
                let outcomes = await publishing.value + (await late)
                #expect(outcomes.allSatisfy { $0 == .accepted })
                #expect(outcomes.count == rounds * burst + 1)
                let measured = publisher.measurements
                #expect(measured.reconnects == 0)
                #expect(measured.blocked >= .seconds(2))
                #expect(measured.longestCall < 100_000_000)
                print("longest call: \(Double(max(during.longestCall, measured.longestCall)) / 1e6) ms")
            }
            let counts = try await withAdministration(TestBroker.endpoint()) { try await $0.inspectQueue(queue) }
            #expect(counts?.ready == (size > 100_000 ? 101 : 20_001))
        }
    }

    /// rabbitmq-c#780: after more than two heartbeats without a call, a publish to a dead peer hangs.
    @Test func `a frozen broker is noticed within two heartbeats and publishing goes on after the thaw`() async throws {
        try await TestBroker.withQueue("frozen") { queue in
            var endpoint = try TestBroker.endpoint()
            endpoint.heartbeat = .seconds(1)
            endpoint.connectTimeout = .seconds(1)
            try await TestBroker.withPublisher(endpoint) { publisher in
                #expect(await publisher.publish(TestBroker.messages(1, to: queue)) == [.accepted])
                try await TestBroker.control("freeze")
                let frozen = ContinuousClock.now
                let inDoubt = await publisher.publish(TestBroker.messages(1, to: queue))
                let noticed = ContinuousClock.now - frozen
                guard case .unknown = inDoubt[0] else {
                    try await TestBroker.control("thaw")
                    Issue.record("the outcome was \(inDoubt)")
                    return
                }
                #expect(noticed < .seconds(4))
                // It waits, unwritten, for the next connection.
                async let waiting = publisher.publish(TestBroker.messages(1, to: queue))
                try await TestBroker.control("thaw")
                #expect(await waiting == [.accepted])
                #expect(publisher.measurements.longestCall < 100_000_000)
            }
        }
    }

    @Test func `an idle connection to a silent peer ends within two heartbeats and a fresh one serves`() async throws {
        try await TestBroker.withQueue("silent") { queue in
            let proxy = FaultProxy(to: try TestBroker.endpoint().port)
            defer { proxy.stop() }
            var endpoint = try TestBroker.endpoint()
            endpoint.port = proxy.port
            endpoint.heartbeat = .seconds(1)
            endpoint.connectTimeout = .seconds(1)
            try await TestBroker.withPublisher(endpoint) { publisher in
                try await TestBroker.withConsumer([ConsumerQueue(name: queue, prefetch: 5)], endpoint: endpoint) {
                    consumer in
                    try await TestBroker.eventually { publisher.state == .open && consumer.measurements.consuming == 1 }
                    proxy.stall(.toClient, .toService)
                    let silent = ContinuousClock.now
                    try await TestBroker.eventually { publisher.state != .open && consumer.state != .open }
                    #expect(ContinuousClock.now - silent < .seconds(4))
                    proxy.resume()
                    #expect(await publisher.publish(TestBroker.messages(1, to: queue)) == [.accepted])
                    #expect(await consumer.take(1).count == 1)
                }
            }
        }
    }

    /// rabbitmq-c#836, #700: calls that wait for an answer hang.
    @Test func `a call of the administration ends at its limit when the broker is frozen`() async throws {
        var endpoint = try TestBroker.endpoint()
        endpoint.connectTimeout = .seconds(1)
        try await withAdministration(endpoint, limit: .milliseconds(500)) { administration in
            _ = try await administration.inspectQueue("x")
            try await TestBroker.control("freeze")
            let begun = ContinuousClock.now
            let error = await #expect(throws: AMQPError.self) { try await administration.inspectQueue("x") }
            #expect(error?.code == .timedOut)
            let fresh = await #expect(throws: AMQPError.self) { try await administration.inspectQueue("x") }
            #expect(fresh?.code == .timedOut)
            #expect(ContinuousClock.now - begun < .seconds(4))
            try await TestBroker.control("thaw")
            #expect(try await administration.inspectQueue("x") == nil)
        }
    }

    /// The recursive decoder overflows stacks of up to 2 MB with such a header.
    @Test(arguments: [
        NestedHeader.tables(levels: 15_000), NestedHeader.tables(levels: 18_500), NestedHeader.arrays(levels: 21_000),
        NestedHeader.arrays(levels: 26_000),
    ]) func `a deeply nested header of 105 to 130 KB is delivered and harms nothing`(header: [UInt8]) async throws {
        try await TestBroker.withQueue("nested") { queue in
            var message = Message(body: Array("body".utf8))
            message.properties.encodedHeaders = header
            let outgoing = Outgoing(exchange: "", routingKey: queue, message: message)
            try await TestBroker.withPublisher { publisher in
                #expect(await publisher.publish(outgoing) == .accepted)
                #expect(await publisher.publish(TestBroker.messages(1, to: queue)) == [.accepted])
                // As a return it goes through the publisher's decoder.
                var lost = outgoing
                lost.routingKey = queue + ".nowhere"
                #expect(await publisher.publish(lost) == .returned(code: 312, reason: "NO_ROUTE"))
            }
            let taken = try await TestBroker.withConsumer([ConsumerQueue(name: queue, prefetch: 1)]) {
                await $0.take(2)
            }
            #expect(taken.first?.body == message.body)
            #expect(taken.last?.number == 0)
            var depth = 0
            var value = taken.first?.properties.headers["a"]
            while let inner = value, inner != .omitted {
                depth += 1
                switch inner {
                case .table(let fields): value = fields["a"]
                case .array(let values): value = values.first
                default: value = nil
                }
            }
            #expect(depth == FieldValue.maximumDepth)
        }
    }

    @Test func `a broker killed in the middle of a window loses nothing`() async throws {
        let arguments = [Field("x-queue-type", "quorum")]
        try await TestBroker.withQueue("restart", arguments: arguments) { queue in
            // A quorum queue younger than about a second may forget what it has confirmed.
            try await Task.sleep(for: .seconds(5))
            let total = 6000
            let unknown = try await TestBroker.withPublisher { publisher in
                let all = TestBroker.messages(total, to: queue)
                let publishing = Task { await publisher.publish(all) }
                try await TestBroker.eventually { publisher.measurements.accepted > 200 }
                try await TestBroker.control("kill")
                try await TestBroker.control("start")
                let outcomes = await publishing.value
                #expect(outcomes.allSatisfy { if case .unknown = $0 { true } else { $0 == .accepted } })
                var doubtful = zip(all, outcomes).filter { $1 != .accepted }.map { $0.0 }
                let first = doubtful.count
                #expect(first <= 1000)
                var rounds = 0
                while !doubtful.isEmpty, rounds < 10 {
                    let again = await publisher.publish(doubtful)
                    doubtful = zip(doubtful, again).filter { $1 != .accepted }.map { $0.0 }
                    rounds += 1
                }
                #expect(doubtful.isEmpty)
                return first
            }
            var seen: [Int: Int] = [:]
            try await TestBroker.withConsumer([ConsumerQueue(name: queue, prefetch: 500)]) { consumer in
                for await batch in consumer.deliveries {
                    consumer.acknowledge(batch)
                    for delivery in batch { seen[delivery.number ?? -1, default: 0] += 1 }
                    if seen.count == total { break }
                }
            }
            #expect(seen.count == total)
            let duplicates = seen.values.reduce(0) { $0 + $1 - 1 }
            #expect(duplicates <= unknown)
            print("restart: \(unknown) unknown, \(duplicates) of them had arrived")
        }
    }

    @Test func `consumers go on after a restart, and acks of the old life are dropped`() async throws {
        let arguments = [Field("x-queue-type", "quorum")]
        try await TestBroker.withQueue("resume", arguments: arguments) { queue in
            try await Task.sleep(for: .seconds(5))
            try await TestBroker.withPublisher { publisher in
                _ = await publisher.publish(TestBroker.messages(10, to: queue))
                try await TestBroker.withConsumer([ConsumerQueue(name: queue, prefetch: 10)]) { consumer in
                    var held: [Delivery] = []
                    for await batch in consumer.deliveries {
                        held += batch
                        if held.count == 10 { break }
                    }
                    try await TestBroker.control("kill")
                    try await TestBroker.control("start")
                    try await TestBroker.eventually(within: .seconds(30)) { consumer.measurements.consuming == 1 }
                    consumer.acknowledge(held)
                    let again = await consumer.take(10)
                    #expect(Set(again.compactMap(\.number)) == Set(0..<10))
                    #expect(again.allSatisfy { $0.redelivered })
                    try await TestBroker.eventually { consumer.measurements.acknowledged == 10 }
                    #expect(consumer.measurements.lateAcknowledgements == 10)
                }
            }
        }
    }

    @Test func `connections reset again and again lose nothing`() async throws {
        try await TestBroker.withQueue("reset") { queue in
            let proxy = FaultProxy(to: try TestBroker.endpoint().port)
            defer { proxy.stop() }
            var endpoint = try TestBroker.endpoint()
            endpoint.port = proxy.port
            try await TestBroker.withPublisher(endpoint) { publisher in
                var doubtful = TestBroker.messages(3000, to: queue)
                let breaking = Task {
                    for _ in 0..<5 {
                        try await Task.sleep(for: .milliseconds(60))
                        proxy.reset()
                    }
                }
                while !doubtful.isEmpty {
                    let outcomes = await publisher.publish(doubtful)
                    doubtful = zip(doubtful, outcomes).filter { $1 != .accepted }.map { $0.0 }
                }
                try await breaking.value
            }
            var seen: Set<Int> = []
            try await TestBroker.withConsumer([ConsumerQueue(name: queue, prefetch: 100)]) { consumer in
                for await batch in consumer.deliveries {
                    consumer.acknowledge(batch)
                    seen.formUnion(batch.compactMap(\.number))
                    if seen.count == 3000 { break }
                }
            }
            #expect(seen == Set(0..<3000))
        }
    }
}
