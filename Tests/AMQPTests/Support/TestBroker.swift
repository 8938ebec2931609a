import AMQP
import Glibc
import Runtime
import TestSupport
import Testing

/// The private broker of this run: `FLOTILLA_TEST_AMQP`, and the script `FLOTILLA_TEST_BROKER_CONTROL` that hurts it.
enum TestBroker {
    static let required = ProcessEnvironment["FLOTILLA_TEST_REQUIRE"] == "1"
    static var isGiven: Bool { required || ProcessEnvironment["FLOTILLA_TEST_AMQP"] != nil }
    static var canBeHurt: Bool { isGiven && (required || ProcessEnvironment["FLOTILLA_TEST_BROKER_CONTROL"] != nil) }

    static func endpoint() throws -> Endpoint {
        let address = try #require(ProcessEnvironment["FLOTILLA_TEST_AMQP"], "FLOTILLA_TEST_AMQP is not set")
        return try Endpoint(url: address)
    }

    /// An address where nobody listens: its port is bound for as long as the tests run.
    static let nowhere: Endpoint = {
        let holder = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(holder, $0, length) == 0 && getsockname(holder, $0, &length) == 0
            }
        }
        precondition(bound, "no port can be bound")
        do {
            return try Endpoint(url: "amqp://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/")
        } catch {
            fatalError("\(error)")
        }
    }()

    static let logger = Logger(label: "test")

    /// Hurts or heals the broker: `alarm on|off`, `freeze`, `thaw`, `kill`, `start`, `restart`.
    static func control(_ words: String...) async throws {
        let script = try #require(
            ProcessEnvironment["FLOTILLA_TEST_BROKER_CONTROL"],
            "FLOTILLA_TEST_BROKER_CONTROL is not set"
        )
        switch words.count {
        case 1: try await Subprocess.run(script, words[0])
        default: try await Subprocess.run(script, words[0], words[1])
        }
    }

    /// A name that no other run uses.
    static func uniqueName(_ purpose: String) -> String {
        "test.amqp.\(purpose).\(UInt64.random(in: 0...UInt64.max))"
    }

    /// Declares a durable queue, lends its name, removes it.
    static func withQueue<R: Sendable>(
        _ purpose: String,
        arguments: [Field] = [],
        _ body: (String) async throws -> R
    ) async throws -> R {
        let name = uniqueName(purpose)
        let endpoint = try endpoint()
        _ = try await withAdministration(endpoint) { try await $0.declareQueue(name, arguments: arguments) }
        let result: Result<R, any Error>
        do { result = .success(try await body(name)) } catch { result = .failure(error) }
        _ = try await withAdministration(endpoint) { try await $0.deleteQueue(name) }
        return try result.get()
    }

    /// Runs a publisher around `body`.
    static func withPublisher<R: Sendable>(
        _ endpoint: Endpoint? = nil,
        window: Int = 1000,
        _ body: (Publisher) async throws -> R
    ) async throws -> R {
        let publisher = Publisher(endpoint: try endpoint ?? self.endpoint(), window: window, logger: logger)
        return try await running({ await publisher.run() }) { try await body(publisher) }
    }

    /// Runs a consumer around `body`.
    static func withConsumer<R: Sendable>(
        _ queues: [ConsumerQueue],
        endpoint: Endpoint? = nil,
        _ body: (Consumer) async throws -> R
    ) async throws -> R {
        let consumer = Consumer(endpoint: try endpoint ?? self.endpoint(), queues: queues, logger: logger)
        return try await running({ await consumer.run() }) { try await body(consumer) }
    }

    private static func running<R: Sendable>(
        _ service: @escaping @Sendable () async -> Void,
        _ body: () async throws -> R
    ) async throws -> R {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await service() }
            let result: Result<R, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            group.cancelAll()
            return try result.get()
        }
    }

    /// Asks again and again, with a short pause, until the condition holds; fails after ten seconds.
    static func eventually(
        within limit: Duration = .seconds(10),
        _ condition: () async throws -> Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !condition() {
            guard ContinuousClock.now < deadline else {
                Issue.record("the condition did not come to hold", sourceLocation: sourceLocation)
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Messages to a queue by the default exchange.
    static func messages(_ count: Int, to queue: String, size: Int = 64) -> [Outgoing] {
        (0..<count).map { number in
            var body = Array("\(number)".utf8)
            body += Array(repeating: UInt8(ascii: " "), count: max(0, size - body.count))
            return Outgoing(exchange: "", routingKey: queue, message: Message(body: body))
        }
    }
}

extension Delivery {
    /// The number that `TestBroker.messages` wrote.
    var number: Int? { Int(String(decoding: body.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)) }
}

extension Consumer {
    /// Reads until `count` messages have come, and acknowledges them.
    func take(_ count: Int) async -> [Delivery] {
        var taken: [Delivery] = []
        var iterator = deliveries.makeAsyncIterator()
        while taken.count < count, let batch = await iterator.next() {
            acknowledge(batch)
            taken += batch
        }
        return taken
    }
}
