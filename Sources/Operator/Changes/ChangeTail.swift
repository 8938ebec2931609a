import AMQP
import Adapters
import Configuration
import FleetCore
import JSON
import Runtime

/// Reads the stream of changes and prints what fits.
struct ChangeTail: Sendable {
    var topology: Topology
    var pattern: TopicPattern
    /// Nil for what comes from now on.
    var since: Instant?
    var most: Int?
    var limit: Duration?

    /// Until enough was seen, the time is up, or the task is cancelled.
    func run(_ call: CommandCall) async throws {
        let offset = since.map { ConsumerQueue.StreamOffset.since(UInt64(clamping: $0.seconds)) } ?? .next
        let consumer = Consumer(
            endpoint: try call.endpoint(),
            queues: [ConsumerQueue(name: topology.changesQueue, prefetch: 256, offset: offset)],
            role: "operator",
            logger: call.logger
        )
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await consumer.run() }
            group.addTask { await read(consumer, call.output) }
            if let limit { group.addTask { try? await Task.sleep(for: limit) } }
            // The first to end is the reader, the clock, or a consumer that was cancelled.
            await group.next()
            group.cancelAll()
        }
    }

    private func read(_ consumer: Consumer, _ output: CommandOutput) async {
        var shown = 0
        for await batch in consumer.deliveries {
            for delivery in batch where pattern.matches(delivery.routingKey) && isRecent(delivery) {
                Self.show(delivery, output)
                shown += 1
                if let most, shown >= most { return }
            }
            consumer.acknowledge(batch)
        }
    }

    /// The stream begins at a whole chunk, which may hold older events.
    private func isRecent(_ delivery: Delivery) -> Bool {
        guard let since, let time = delivery.properties.timestamp else { return true }
        return Int64(clamping: time) >= since.seconds
    }

    private static func show(_ delivery: Delivery, _ output: CommandOutput) {
        let event = event(delivery)
        guard output.format == .table else { return output.print(event.description) }
        let data = event["data"] ?? .null
        let words = [
            event["time"]?.string, delivery.routingKey, data["subject"]?.int64.map { String($0) },
            data["label"]?.string, data["state"]?.string, data["generation"]?.int64.map { "generation \($0)" },
            data["metrics"]?.object.map { Words.count(Int64($0.count), "metric") },
        ]
        output.print(Terminal.visible(words.compactMap { $0 }.joined(separator: "  ")))
    }

    /// The message as one CloudEvent in structured form.
    static func event(_ delivery: Delivery) -> JSONValue {
        var members: [JSONValue.Member] = delivery.properties.headers.compactMap { field in
            guard field.name.hasPrefix(ChangeMessages.prefix), let value = field.value.string else { return nil }
            return .init(String(field.name.dropFirst(ChangeMessages.prefix.count)), .string(value))
        }
        members.append(.init("datacontenttype", .text(delivery.properties.contentType)))
        members.append(.init("data", (try? JSONValue(parsing: delivery.body)) ?? .null))
        return .object(members)
    }
}
