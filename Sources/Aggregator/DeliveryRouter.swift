import AMQP
import Runtime

/// Hands deliveries to the writer of their queue. Ends the writers' intake when the consumer stops.
struct DeliveryRouter: Drainable {
    let name = "router"
    let intake: Consumer
    let resultQueues: [String: Inbox]
    let dead: Inbox
    let ingestQueue: String
    let ingest: Inbox

    func run() async {
        for await batch in intake.deliveries {
            var start = batch.startIndex
            while start < batch.endIndex {
                let queue = batch[start].queue
                let end = batch[start...].firstIndex { $0.queue != queue } ?? batch.endIndex
                (resultQueues[queue] ?? (queue == ingestQueue ? ingest : dead)).append(Array(batch[start..<end]))
                start = end
            }
        }
        for inbox in resultQueues.values { inbox.close() }
        dead.close()
        ingest.close()
    }

    func drain() async { await intake.cancel() }
}
