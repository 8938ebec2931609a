import AMQP
import Adapters
import FleetCore
import Runtime
import Synchronization

/// Takes jobs, runs each as a task of its own, publishes what became of it, waits for the broker's confirmation, and only
/// then acknowledges the job. A crash in between repeats work and loses none.
final class JobIntake: Drainable {
    let name = "jobs"
    private let consumer: Consumer
    private let publisher: Publisher
    private let runner: JobRunner
    private let directory: AccountDirectory
    private let messages: JobMessages
    private let retries: RetryPolicy
    /// Where jobs run: on the HTTP client's own thread, since nearly every step of a job begins or ends there.
    private let executor: any TaskExecutor
    private let logger: Logger
    private let inFlight = Atomic(0)
    private let unfinished = Atomic(0)
    private let ended = AsyncStream.makeStream(of: Never.self)

    init(
        consumer: Consumer,
        publisher: Publisher,
        runner: JobRunner,
        directory: AccountDirectory,
        messages: JobMessages,
        retries: RetryPolicy,
        executor: any TaskExecutor,
        logger: Logger
    ) {
        self.consumer = consumer
        self.publisher = publisher
        self.runner = runner
        self.directory = directory
        self.messages = messages
        self.retries = retries
        self.executor = executor
        self.logger = logger
    }

    @concurrent
    func run() async {
        // The jobs inherit the executor; the hand-over from the consumer's thread leads straight to it.
        await withTaskExecutorPreference(executor) {
            await withDiscardingTaskGroup { group in
                for await batch in consumer.deliveries {
                    for delivery in batch {
                        group.addTask { await self.handle(delivery) }
                    }
                }
            }
        }
        ended.continuation.finish()
    }

    func drain() async {
        await consumer.cancel()
        for await _ in ended.stream {}
    }

    func handedBack() async -> [HandedBack] {
        let count = unfinished.load(ordering: .relaxed)
        return count == 0 ? [] : [HandedBack(service: name, what: "jobs", count: count)]
    }

    private func handle(_ delivery: Delivery) async {
        let start = ProcessClock.monotonicNow
        WorkerMetrics.inFlight.add(1)
        defer { WorkerMetrics.inFlight.add(-1) }
        if await isNeedlessCopy(delivery) {
            WorkerMetrics.needless.increment()
            return consumer.acknowledge([delivery])
        }
        guard let disposal = await decide(delivery), await publish(messages.outgoing(disposal, delivery)) else {
            // The process stops: the job goes back to its queue as it was.
            unfinished.wrappingAdd(1, ordering: .relaxed)
            consumer.reject(delivery, requeue: true)
            return
        }
        consumer.acknowledge([delivery])
        let lane = WorkerMetrics.lane(delivery.routingKey)
        disposal.counter(of: lane).increment()
        lane.run.observe(.nanoseconds(ProcessClock.monotonicNow - start))
        if case .deadLetter(let death) = disposal {
            logger.warning(
                "job died",
                ["cause": .string(death.cause.rawValue), "error.message": .string(death.detail)]
            )
        }
    }

    /// Whether another copy of this replayed job was taken. A process that stops meanwhile goes the usual way.
    private func isNeedlessCopy(_ delivery: Delivery) async -> Bool {
        guard let ticket = ReplayTicket(delivery.properties.headers) else { return false }
        return (try? await directory.mayRun(ticket)) == false
    }

    /// Runs the job; nil when the process stops first.
    private func decide(_ delivery: Delivery) async -> JobDisposal? {
        do throws(Death) {
            let taken = try messages.read(delivery, now: directory.now)
            if taken.attempt == 1 {
                WorkerMetrics.lane(delivery.routingKey).wait.observe(directory.now - taken.job.enqueuedAt)
            }
            guard let outcome = try? await runner.run(taken.job, attempt: taken.attempt), !Task.isCancelled else {
                return nil
            }
            var generator = SystemRandomNumberGenerator()
            return retries.disposal(
                of: outcome,
                attempt: taken.attempt,
                doubt: taken.doubt,
                age: directory.now - taken.since,
                ladder: messages.ladder,
                using: &generator
            )
        } catch {
            return .deadLetter(error)
        }
    }

    /// Publishes until the broker has it; false when the process stops first. A message whose fate is unknown is published
    /// again: its reader knows it by its id.
    private func publish(_ message: Outgoing) async -> Bool {
        var attempt = 0
        var generator = SystemRandomNumberGenerator()
        while true {
            let outcome = await publisher.publish(message)
            if outcome == .accepted { return true }
            if Task.isCancelled { return false }
            attempt += 1
            logger.warning(
                "outcome not published, trying again",
                ["exchange": .string(message.exchange), "reason": .string("\(outcome)")]
            )
            try? await Task.sleep(for: Self.backoff.delay(attempt: attempt, using: &generator))
            if Task.isCancelled { return false }
        }
    }

    private static let backoff = Backoff(base: .milliseconds(50), cap: .seconds(5), floor: .milliseconds(10))
}

extension JobDisposal {
    /// The counter of such ends.
    func counter(of lane: WorkerMetrics.PerLane) -> Counter {
        switch self {
        case .result(let result): result.isPartial ? lane.partial : lane.succeeded
        case .ladder: lane.retried
        case .deadLetter: lane.died
        }
    }
}
