import AMQP
import Runtime
import Testing

/// What a message costs; off unless `FLOTILLA_MEASURE=1`, and meaningful in a release build only:
/// `FLOTILLA_MEASURE=1 scripts/services run -- swift test -c release -Xswiftc -enable-testing --filter Measurement`.
@Suite("Measurement", .serialized, .enabled(if: ProcessEnvironment["FLOTILLA_MEASURE"] == "1" && TestBroker.isGiven))
struct MeasurementTests {
    private struct Cost {
        let wall = ProcessClock.monotonicNow
        let processor = ProcessClock.processorTime

        func report(_ what: String, _ count: Int) {
            let seconds = Double(ProcessClock.monotonicNow - wall) / 1e9
            let each = Double(ProcessClock.processorTime - processor) / Double(count)
            print("\(what): \(Int(Double(count) / seconds)) msg/s, \(each) µs of processor time each")
        }
    }

    @Test(arguments: ["classic", "quorum"]) func `publishing and consuming 512 bytes`(type: String) async throws {
        try await TestBroker.withQueue("measure", arguments: [Field("x-queue-type", .string(type))]) { queue in
            let list = TestBroker.messages(500, to: queue, size: 512)
            var total = 0
            try await TestBroker.withPublisher { publisher in
                _ = await publisher.publish(list)
                var cost = Cost()
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 { group.addTask { for _ in 0..<100 { _ = await publisher.publish(list) } } }
                }
                cost.report("\(type), lists of 500", 200_000)
                cost = Cost()
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<64 { group.addTask { for _ in 0..<300 { _ = await publisher.publish(list[0]) } } }
                }
                cost.report("\(type), 64 tasks one by one", 64 * 300)
                cost = Cost()
                for _ in 0..<1000 { _ = await publisher.publish(list[0]) }
                cost.report("\(type), one by one", 1000)
                total = 500 + 200_000 + 64 * 300 + 1000
            }
            try await TestBroker.withConsumer([ConsumerQueue(name: queue, prefetch: 256)]) { consumer in
                let cost = Cost()
                var got = 0
                for await batch in consumer.deliveries {
                    consumer.acknowledge(batch)
                    got += batch.count
                    if got >= total { break }
                }
                cost.report("\(type), consuming", total)
            }
        }
    }
}
