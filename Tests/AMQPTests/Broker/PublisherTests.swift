import AMQP
import Testing

@Suite("Publisher", .enabled(if: TestBroker.isGiven), .timeLimit(.minutes(1)))
struct PublisherTests {
    @Test func `a list of messages is accepted and all of it is in the queue`() async throws {
        try await TestBroker.withQueue("publish") { queue in
            let outcomes = try await TestBroker.withPublisher(window: 100) { publisher in
                await publisher.publish(TestBroker.messages(1000, to: queue))
            }
            #expect(outcomes.count == 1000)
            #expect(outcomes.allSatisfy { $0 == .accepted })
            let counts = try await withAdministration(TestBroker.endpoint()) { try await $0.inspectQueue(queue) }
            #expect(counts?.ready == 1000)
        }
    }

    @Test func `an unroutable message is returned and its neighbours are accepted`() async throws {
        try await TestBroker.withQueue("return") { queue in
            try await TestBroker.withPublisher { publisher in
                var messages = TestBroker.messages(4, to: queue)
                messages[1].routingKey = queue + ".nowhere"
                messages[3].routingKey = queue + ".nowhere"
                let outcomes = await publisher.publish(messages)
                #expect(outcomes[0] == .accepted)
                #expect(outcomes[1] == .returned(code: 312, reason: "NO_ROUTE"))
                #expect(outcomes[2] == .accepted)
                #expect(outcomes[3] == .returned(code: 312, reason: "NO_ROUTE"))
            }
        }
    }

    @Test func `a missing exchange returns its messages and spares the others`() async throws {
        try await TestBroker.withQueue("no-exchange") { queue in
            try await TestBroker.withPublisher { publisher in
                var messages = TestBroker.messages(4, to: queue)
                messages[0].exchange = queue + ".missing"
                messages[2].exchange = queue + ".missing"
                let outcomes = await publisher.publish(messages)
                for index in [0, 2] {
                    guard case .returned(let code, _) = outcomes[index] else {
                        Issue.record("message \(index) was \(outcomes[index])")
                        continue
                    }
                    #expect(code == 404)
                }
                #expect(outcomes[1] == .accepted)
                #expect(outcomes[3] == .accepted)
            }
        }
    }

    @Test func `a full queue that rejects refuses`() async throws {
        let arguments = [Field("x-max-length", 1), Field("x-overflow", "reject-publish")]
        try await TestBroker.withQueue("full", arguments: arguments) { queue in
            try await TestBroker.withPublisher { publisher in
                var outcomes: [PublishOutcome] = []
                for message in TestBroker.messages(5, to: queue) { outcomes.append(await publisher.publish(message)) }
                #expect(outcomes.first == .accepted)
                #expect(outcomes.last == .refused)
            }
        }
    }

    @Test func `what cannot be encoded is returned without being sent`() async throws {
        try await TestBroker.withPublisher { publisher in
            let key = String(repeating: "k", count: 300)
            let outcome = await publisher.publish(Outgoing(exchange: "", routingKey: key, message: Message(body: [])))
            #expect(outcome == .returned(code: 502, reason: "the routing key is longer than 255 bytes"))
        }
    }

    @Test func `cancelling a publish without a broker returns at once`() async throws {
        try await TestBroker.withPublisher(TestBroker.nowhere) { publisher in
            let waiting = Task { await publisher.publish(TestBroker.messages(3, to: "x")) }
            waiting.cancel()
            let outcomes = await waiting.value
            #expect(outcomes.count == 3)
            try await TestBroker.eventually { publisher.measurements.queued == 0 }
            #expect(outcomes[0] == .unknown(reason: "the publishing task was cancelled"))
        }
    }

    @Test func `stopping resolves what waits, and a stopped publisher answers at once`() async throws {
        let publisher = Publisher(endpoint: TestBroker.nowhere, logger: TestBroker.logger)
        let running = Task { await publisher.run() }
        async let waiting = publisher.publish(TestBroker.messages(2, to: "x"))
        running.cancel()
        await running.value
        #expect(await waiting == Array(repeating: .unknown(reason: "the publisher stopped"), count: 2))
        #expect(publisher.state == .stopped)
        #expect(await publisher.publish(TestBroker.messages(1, to: "x")) == [.unknown(reason: "the publisher stopped")])
    }
}
