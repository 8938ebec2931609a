import AMQP
import Adapters
import Configuration
import FleetCore
import Runtime

/// Publishes jobs through the broker, every one mandatory and confirmed, within a time limit.
struct JobPublisher {
    var endpoint: Endpoint
    var messages: JobMessages
    var limit: Duration
    var logger: Logger

    /// Jobs in one turn of publishing.
    static let window = 1000

    /// The outcome of each job, in order; `progress` is told how many have one. When the time is up, or the broker is not
    /// reachable for that long, the rest is `unknown`.
    func publish(_ jobs: [Job], progress: (Int64) -> Void = { _ in }) async -> [PublishOutcome] {
        let publisher = Publisher(endpoint: endpoint, window: Self.window, role: "operator", logger: logger)
        let deadline = Deadline(after: limit)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await publisher.run() }
            var outcomes: [PublishOutcome] = []
            outcomes.reserveCapacity(jobs.count)
            var position = 0
            while position < jobs.count, !deadline.isPast() {
                let end = min(position + Self.window, jobs.count)
                let batch = jobs[position..<end].map { messages.message($0) }
                outcomes += await Self.publish(batch, on: publisher, within: deadline.remaining())
                position = end
                progress(Int64(position))
            }
            let reason = Self.trouble(publisher.state) ?? "there was no answer within \(Words.span(limit))"
            let silence = PublishOutcome.unknown(reason: reason)
            outcomes = outcomes.map { if case .unknown = $0 { silence } else { $0 } }
            outcomes += Array(repeating: silence, count: jobs.count - outcomes.count)
            group.cancelAll()
            return outcomes
        }
    }

    /// Gives up after the time; whatever has no outcome then is unknown.
    private static func publish(
        _ batch: [Outgoing],
        on publisher: Publisher,
        within limit: Duration
    ) async -> [PublishOutcome] {
        await withTaskGroup(of: [PublishOutcome]?.self) { group in
            group.addTask { await publisher.publish(batch) }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            var outcomes: [PublishOutcome]?
            while let ended = await group.next() {
                group.cancelAll()
                if let ended { outcomes = ended }
            }
            return outcomes ?? batch.map { _ in .unknown(reason: "no outcome") }
        }
    }

    private static func trouble(_ state: ConnectionState) -> String? {
        switch state {
        case .open, .stopped: nil
        case .connecting: "the broker is not reachable"
        case .blocked(let reason): "the broker takes no messages: \(reason)"
        case .waiting(let reason): "the broker is not reachable: \(reason)"
        }
    }
}

extension CommandCall {
    /// A publisher for jobs, from the settings.
    func jobPublisher(limit: Duration) throws -> JobPublisher {
        JobPublisher(
            endpoint: try endpoint(),
            messages: JobMessages(topology: try TopologyCommands.topology(self)),
            limit: limit,
            logger: logger
        )
    }
}
