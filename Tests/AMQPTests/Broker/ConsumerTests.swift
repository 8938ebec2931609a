import AMQP
import Testing

@Suite("Consumer", .enabled(if: TestBroker.isGiven), .timeLimit(.minutes(1)))
struct ConsumerTests {
    @Test func `messages arrive in order with everything they carried`() async throws {
        try await TestBroker.withQueue("carry") { queue in
            var properties = Properties(
                contentType: "application/json",
                type: "flotilla.test.v1",
                messageID: "id-1",
                headers: [
                    Field("text", "t"), Field("number", -5), Field("flag", true), Field("nothing", .null),
                    Field("nested", .table([Field("list", .array([1, "two", .double(0.5), .bytes([0, 255])]))])),
                    Field("when", .timestamp(1_700_000_000)),
                ]
            )
            properties.correlationID = "correlation"
            properties.timestamp = 1_800_000_000
            properties.priority = 3
            properties.replyTo = "reply"
            properties.contentEncoding = "identity"
            properties.appID = "app"
            let sent = Outgoing(
                exchange: "",
                routingKey: queue,
                message: Message(body: Array("{}".utf8), properties: properties)
            )
            try await TestBroker.withPublisher { #expect(await $0.publish(sent) == .accepted) }
            let received = try await TestBroker.withConsumer([ConsumerQueue(name: queue, prefetch: 10)]) {
                await $0.take(1)
            }
            let delivery = try #require(received.first)
            #expect(delivery.properties == properties)
            #expect(delivery.body == sent.message.body)
            #expect(delivery.queue == queue)
            #expect(delivery.exchange == "")
            #expect(delivery.routingKey == queue)
            #expect(!delivery.redelivered)
        }
    }

    @Test(arguments: [0, 1, 4087, 131_064, 131_065, 1_000_000]) func `a body of any size arrives unharmed`(size: Int)
        async throws
    {
        try await TestBroker.withQueue("size") { queue in
            let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await TestBroker.withPublisher { publisher in
                let outcome = await publisher.publish(
                    Outgoing(exchange: "", routingKey: queue, message: Message(body: body))
                )
                #expect(outcome == .accepted)
            }
            let received = try await TestBroker.withConsumer([ConsumerQueue(name: queue, prefetch: 1)]) {
                await $0.take(1)
            }
            #expect(received.first?.body == body)
        }
    }

    @Test func `the prefetch is the credit, and acks give it back`() async throws {
        try await TestBroker.withQueue("credit") { queue in
            try await TestBroker.withPublisher { _ = await $0.publish(TestBroker.messages(500, to: queue)) }
            try await TestBroker.withConsumer([ConsumerQueue(name: queue, prefetch: 7)]) { consumer in
                var seen: [Int] = []
                for await batch in consumer.deliveries {
                    #expect(consumer.measurements.outstanding <= 7)
                    seen += batch.compactMap(\.number)
                    consumer.acknowledge(batch)
                    if seen.count == 500 { break }
                }
                #expect(seen == Array(0..<500))
            }
            let counts = try await withAdministration(TestBroker.endpoint()) { try await $0.inspectQueue(queue) }
            #expect(counts?.ready == 0)
        }
    }

    @Test func `a rejected message comes again, and an unanswered one after the consumer has ended`() async throws {
        try await TestBroker.withQueue("again") { queue in
            try await TestBroker.withPublisher { _ = await $0.publish(TestBroker.messages(1, to: queue)) }
            try await TestBroker.withConsumer([ConsumerQueue(name: queue, prefetch: 1)]) { consumer in
                var iterator = consumer.deliveries.makeAsyncIterator()
                let first = try #require(await iterator.next()?.first)
                consumer.reject(first, requeue: true)
                let second = try #require(await iterator.next()?.first)
                #expect(second.redelivered)
            }
            let last = try await TestBroker.withConsumer([ConsumerQueue(name: queue, prefetch: 1)]) { await $0.take(1) }
            #expect(last.first?.redelivered == true)
        }
    }

    @Test func `several queues share a connection and keep their own credit`() async throws {
        try await TestBroker.withQueue("first") { first in
            try await TestBroker.withQueue("second") { second in
                try await TestBroker.withPublisher { publisher in
                    _ = await publisher.publish(
                        TestBroker.messages(20, to: first) + TestBroker.messages(20, to: second)
                    )
                }
                let queues = [ConsumerQueue(name: first, prefetch: 2), ConsumerQueue(name: second, prefetch: 5)]
                let taken = try await TestBroker.withConsumer(queues) { await $0.take(40) }
                #expect(taken.count { $0.queue == first } == 20)
                #expect(taken.count { $0.queue == second } == 20)
            }
        }
    }

    @Test func `a drain hands unread messages back and still acknowledges the others`() async throws {
        try await TestBroker.withQueue("drain") { queue in
            try await TestBroker.withPublisher { _ = await $0.publish(TestBroker.messages(10, to: queue)) }
            try await TestBroker.withConsumer([ConsumerQueue(name: queue, prefetch: 4)]) { consumer in
                var iterator = consumer.deliveries.makeAsyncIterator()
                var held = try #require(await iterator.next())
                await consumer.cancel()
                while let more = await iterator.next() { held += more }
                consumer.acknowledge(held)
                let taken = held.count
                try await TestBroker.eventually {
                    try await withAdministration(TestBroker.endpoint()) { try await $0.inspectQueue(queue) }
                        == Administration.QueueCounts(ready: 10 - taken, consumers: 0)
                }
            }
        }
    }

    @Test func `a missing queue is waited for while the others work`() async throws {
        try await TestBroker.withQueue("present") { present in
            let missing = TestBroker.uniqueName("missing")
            let queues = [ConsumerQueue(name: missing, prefetch: 1), ConsumerQueue(name: present, prefetch: 1)]
            try await TestBroker.withConsumer(queues) { consumer in
                try await TestBroker.withPublisher { publisher in
                    _ = await publisher.publish(TestBroker.messages(1, to: present))
                    #expect(await consumer.take(1).first?.queue == present)
                    _ = try await withAdministration(TestBroker.endpoint()) { try await $0.declareQueue(missing) }
                    _ = await publisher.publish(TestBroker.messages(1, to: missing))
                    #expect(await consumer.take(1).first?.queue == missing)
                }
            }
            _ = try await withAdministration(TestBroker.endpoint()) { try await $0.deleteQueue(missing) }
        }
    }

    @Test func `a deleted and declared queue is consumed again`() async throws {
        try await TestBroker.withQueue("deleted") { queue in
            try await TestBroker.withConsumer([ConsumerQueue(name: queue, prefetch: 1)]) { consumer in
                try await TestBroker.eventually { consumer.measurements.consuming == 1 }
                _ = try await withAdministration(TestBroker.endpoint()) { administration in
                    try await administration.deleteQueue(queue)
                    try await administration.declareQueue(queue)
                }
                try await TestBroker.withPublisher { _ = await $0.publish(TestBroker.messages(1, to: queue)) }
                #expect(await consumer.take(1).count == 1)
            }
        }
    }

    @Test func `cancelling a reader ends its wait and not the consumer`() async throws {
        try await TestBroker.withQueue("reader") { queue in
            try await TestBroker.withConsumer([ConsumerQueue(name: queue, prefetch: 1)]) { consumer in
                let reader = Task { await consumer.take(1).count }
                reader.cancel()
                #expect(await reader.value == 0)
                try await TestBroker.withPublisher { _ = await $0.publish(TestBroker.messages(1, to: queue)) }
                #expect(await consumer.take(1).count == 1)
            }
        }
    }
}
