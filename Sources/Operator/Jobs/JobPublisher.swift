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
            var isCut = false
            while position < jobs.count, !isCut {
                let end = min(position + Self.window, jobs.count)
                let batch = jobs[position..<end].map { messages.message($0) }
                let answered: [PublishOutcome]
                (answered, isCut) = await Self.publish(batch, on: publisher, within: deadline.remaining())
                outcomes += isCut ? answered.map { $0.isUnknown ? silence(publisher) : $0 } : answered
                position = end
                progress(Int64(position))
            }
            outcomes += Array(repeating: silence(publisher), count: jobs.count - outcomes.count)
            group.cancelAll()
            return outcomes
        }
    }

    /// The outcomes, and whether the time was up, or the task cancelled, before all of them were there.
    private static func publish(
        _ batch: [Outgoing],
        on publisher: Publisher,
        within limit: Duration
    ) async -> (outcomes: [PublishOutcome], isCut: Bool) {
        await withTaskGroup(of: [PublishOutcome]?.self) { group in
            group.addTask { await publisher.publish(batch) }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            var outcomes: [PublishOutcome] = []
            var isCut = false
            while let ended = await group.next() {
                if let ended { outcomes = ended } else if outcomes.isEmpty { isCut = true }
                group.cancelAll()
            }
            return (outcomes, isCut || Task.isCancelled)
        }
    }

    /// Why there is no answer.
    private func silence(_ publisher: Publisher) -> PublishOutcome {
        if Task.isCancelled { return .unknown(reason: "interrupted before there was an answer") }
        return .unknown(
            reason: Self.trouble(publisher.state) ?? "there was no answer within \(Words.span(limit))"
        )
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

extension PublishOutcome {
    fileprivate var isUnknown: Bool { if case .unknown = self { true } else { false } }
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
