import AMQP
import Testing

@Suite("Administration", .enabled(if: TestBroker.isGiven), .timeLimit(.minutes(1)))
struct AdministrationTests {
    @Test func `exchanges and queues are declared, bound, counted, purged and deleted`() async throws {
        let name = TestBroker.uniqueName("topology")
        try await withAdministration(TestBroker.endpoint()) { administration in
            try await administration.declareExchange(name, kind: "topic")
            try await administration.declareExchange(name + ".in", kind: "fanout")
            try await administration.bindExchange(name, to: name + ".in", routingKey: "")
            #expect(try await administration.exchangeExists(name))
            let arguments = [Field("x-queue-type", "quorum"), Field("x-delivery-limit", 5)]
            #expect(try await administration.declareQueue(name, arguments: arguments).ready == 0)
            try await administration.bindQueue(name, to: name, routingKey: "a.*")
            try await TestBroker.withPublisher { publisher in
                let message = Outgoing(exchange: name + ".in", routingKey: "a.b", message: Message(body: [1]))
                #expect(await publisher.publish([message, message]) == [.accepted, .accepted])
            }
            #expect(try await administration.purgeQueue(name) == 2)
            try await administration.unbindQueue(name, from: name, routingKey: "a.*")
            try await administration.unbindExchange(name, from: name + ".in", routingKey: "")
            #expect(try await administration.deleteQueue(name) == 0)
            try await administration.deleteExchange(name)
            try await administration.deleteExchange(name + ".in")
            #expect(try await !administration.exchangeExists(name))
        }
    }

    @Test func `a refusal names its cause and the next call works`() async throws {
        try await TestBroker.withQueue("refusal") { queue in
            try await withAdministration(TestBroker.endpoint()) { administration in
                let error = await #expect(throws: AMQPError.self) {
                    try await administration.declareQueue(queue, arguments: [Field("x-max-length", 3)])
                }
                #expect(error?.code == .preconditionFailed)
                #expect(error?.message.contains("x-max-length") == true)
                let missing = try await administration.inspectQueue(queue + ".missing")
                #expect(missing == nil)
                let present = try await administration.inspectQueue(queue)
                #expect(present?.ready == 0)
            }
        }
    }

    @Test func `a missing broker is an error within the time-out`() async throws {
        let error = await #expect(throws: AMQPError.self) {
            try await withAdministration(TestBroker.nowhere) { try await $0.exchangeExists("x") }
        }
        #expect(error?.code == .unreachable)
    }

    @Test func `a wrong password is said as such`() async throws {
        var endpoint = try TestBroker.endpoint()
        endpoint.password = "wrong"
        let error = await #expect(throws: AMQPError.self) {
            try await withAdministration(endpoint) { try await $0.exchangeExists("x") }
        }
        #expect(error?.code == .accessRefused)
    }
}
