import AMQP
import Adapters
import FleetCore
import HTTPClient
import Runtime
import Synchronization

/// Takes jobs, runs each as a task of its own, publishes what became of it, waits for the broker's confirmation, and only
/// then acknowledges the job. A crash in between repeats work and loses none.
final class JobIntake: Drainable {
    let name = "jobs"
    private let consumer: Consumer
    private let publisher: Publisher
    private let kit: WorkerKit
    private let running: RunningJobs
    private let controls: ControlWatch
    private let store: ControlStore
    private let ward: Ward
    private let tally: WorkTally
    /// How long work in hand may go on after a request to end.
    private let grace: Duration
    private let logger: Logger
    private let unfinished = Atomic(0)
    private let ended = AsyncStream.makeStream(of: Never.self)

    /// What is done with a delivery.
    fileprivate enum Verdict: Sendable {
        /// What became of an attempt, and how long it took.
        case attempted(JobDisposal, Duration)
        /// Nothing was tried, and this follows.
        case refused(JobDisposal)
        /// It was set aside in the database.
        case setAside
        /// It goes back behind the others; nothing is charged to it.
        case putOff
        /// The worker is to end before the job is done; nothing is charged to it.
        case handBack
        /// The process stops now.
        case stop
    }

    init(
        consumer: Consumer,
        publisher: Publisher,
        kit: WorkerKit,
        running: RunningJobs,
        controls: ControlWatch,
        store: ControlStore,
        ward: Ward,
        tally: WorkTally,
        grace: Duration,
        logger: Logger
    ) {
        self.consumer = consumer
        self.publisher = publisher
        self.kit = kit
        self.running = running
        self.controls = controls
        self.store = store
        self.ward = ward
        self.tally = tally
        self.grace = grace
        self.logger = logger
    }

    @concurrent
    func run() async {
        // Where jobs run: on the HTTP client's own thread, since nearly every step of a job begins or ends there. The
        // hand-over from the consumer's thread leads straight to it.
        await withTaskExecutorPreference(kit.client.executor) {
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

    /// Takes no more, finishes what can be finished in time, and gives the rest back while broker and publisher are there.
    func drain() async {
        _ = tally.report(.draining)
        await consumer.cancel()
        async let _: Void = handBackLater()
        for await _ in ended.stream {}
    }

    private func handBackLater() async {
        guard (try? await Task.sleep(for: grace)) != nil else { return }
        running.handBackAll()
    }

    func handedBack() async -> [HandedBack] {
        let count = unfinished.load(ordering: .relaxed)
        return count == 0 ? [] : [HandedBack(service: name, what: "jobs", count: count)]
    }

    private func handle(_ delivery: Delivery) async {
        WorkerMetrics.inFlight.add(1)
        defer { WorkerMetrics.inFlight.add(-1) }
        if await isNeedlessCopy(delivery) {
            WorkerMetrics.needless.increment()
            return consumer.acknowledge([delivery])
        }
        tally.took(delivery.queue, at: kit.directory.now)
        let verdict = await decide(delivery)
        let isAttempt = await settle(delivery, verdict)
        tally.left(delivery.queue, after: isAttempt ? verdict.time : nil, requests: verdict.requests)
    }

    /// Carries a verdict out; whether an attempt came to its end.
    private func settle(_ delivery: Delivery, _ verdict: Verdict) async -> Bool {
        let start = ProcessClock.monotonicNow
        let outgoing: Outgoing
        switch verdict {
        case .attempted(let disposal, _), .refused(let disposal): outgoing = kit.messages.outgoing(disposal, delivery)
        case .putOff, .handBack: outgoing = kit.messages.back(delivery)
        case .setAside:
            consumer.acknowledge([delivery])
            return false
        case .stop: return giveUp(delivery)
        }
        guard await publish(outgoing) else { return giveUp(delivery) }
        consumer.acknowledge([delivery])
        switch verdict {
        case .attempted(let disposal, let time):
            WorkerMetrics.lane(delivery.routingKey).run.observe(
                time + .nanoseconds(ProcessClock.monotonicNow - start)
            )
            note(disposal, delivery)
            return true
        case .refused(let disposal): note(disposal, delivery)
        case .handBack:
            noteHandedBack(delivery)
        case .putOff, .setAside, .stop: break
        }
        return false
    }

    private func note(_ disposal: JobDisposal, _ delivery: Delivery) {
        disposal.counter(of: WorkerMetrics.lane(delivery.routingKey)).increment()
        guard case .deadLetter(let death) = disposal, death.cause != .cancelled else { return }
        logger.warning(
            "job died",
            ["cause": .string(death.cause.rawValue), "error.message": .string(death.detail)]
        )
    }

    private func noteHandedBack(_ delivery: Delivery) {
        unfinished.wrappingAdd(1, ordering: .relaxed)
        tally.handedBack()
        WorkerMetrics.handedBack.increment()
        logger.info(
            "job handed back",
            ["job": .string(delivery.properties.messageID ?? ""), "queue": .string(delivery.queue)]
        )
    }

    /// The process stops before anything could be published: the broker gives the job to another worker, and counts that.
    private func giveUp(_ delivery: Delivery) -> Bool {
        noteHandedBack(delivery)
        consumer.reject(delivery, requeue: true)
        return false
    }

    // MARK: Deciding

    private func decide(_ delivery: Delivery) async -> Verdict {
        do throws(Death) {
            if kit.messages.isSuspect(delivery) { return try await tryApart(delivery) }
            let taken = try kit.messages.read(delivery, now: kit.directory.now)
            tally.read(delivery.queue, enqueuedAt: taken.job.enqueuedAt)
            if taken.attempt == 1 {
                let wait = kit.directory.now - taken.job.enqueuedAt
                WorkerMetrics.lane(delivery.routingKey).wait.observe(wait)
            }
            switch await controls.verdict(on: taken.job) {
            case .run: break
            case .cancelled(let reason): return .refused(.cancelled(reason))
            case .queueStandsStill: return .putOff
            // Which replay a job belongs to is known by its message only.
            case .hold where taken.replay != nil: return .putOff
            case .hold(let control): if await hold(taken, delivery, control) { return .setAside }
            }
            let kit = kit
            return await attempt(taken.job.id) { await kit.disposal(of: taken) }
        } catch {
            return .refused(.deadLetter(error))
        }
    }

    /// Whether another copy of this replayed job was taken. A process that stops meanwhile goes the usual way.
    private func isNeedlessCopy(_ delivery: Delivery) async -> Bool {
        guard let ticket = ReplayTicket(delivery.properties.headers) else { return false }
        return (try? await kit.directory.mayRun(ticket)) == false
    }

    /// Runs a suspect where it can kill nobody.
    private func tryApart(_ delivery: Delivery) async throws(Death) -> Verdict {
        let (number, doubt) = try kit.messages.attempt(delivery)
        let id = delivery.properties.messageID.flatMap { UUID($0) }
        switch controls.verdict(id: id, key: delivery.routingKey) {
        case .cancelled(let reason): return .refused(.cancelled(reason))
        case .queueStandsStill: return .putOff
        case .run, .hold: break
        }
        let order = SuspectOrder(attempt: number, doubt: doubt, key: delivery.routingKey, body: delivery.body)
        let ward = ward
        return await attempt(id) { try await ward.run(order) }
    }

    private func attempt(_ job: UUID?, _ work: @escaping @Sendable () async throws -> JobDisposal?) async -> Verdict {
        let start = ProcessClock.monotonicNow
        let ending = await running.run(job, isDone: { $0?.isOfWork ?? false }, work)
        switch ending {
        case .finished(let disposal?): return .attempted(disposal, .nanoseconds(ProcessClock.monotonicNow - start))
        case .finished(nil), .stopped: return .stop
        case .cancelled(let reason): return .refused(.cancelled(reason))
        case .handBack: return .handBack
        }
    }

    private func hold(_ taken: JobTaken, _ delivery: Delivery, _ control: FleetControl) async -> Bool {
        do {
            return try await store.hold(
                taken.job,
                body: delivery.body,
                attempt: taken.attempt,
                doubt: taken.doubt,
                for: control.id
            )
        } catch {
            // The process stops, or the order is gone: it is run, or given back like others.
            return false
        }
    }

    // MARK: Publishing

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

extension JobIntake.Verdict {
    /// How long an attempt took.
    fileprivate var time: Duration? { if case .attempted(_, let time) = self { time } else { nil } }

    /// How many requests it sent, where its end says so.
    fileprivate var requests: Int {
        if case .attempted(.result(let result), _) = self { result.requests } else { 0 }
    }
}

extension JobDisposal {
    /// The end of a job that somebody cancelled.
    static func cancelled(_ reason: String) -> JobDisposal { .deadLetter(Death(.cancelled, reason)) }

    /// Whether there is something that another attempt would only repeat.
    var isOfWork: Bool {
        switch self {
        case .result, .deadLetter: true
        case .ladder: false
        }
    }

    /// The counter of such ends.
    func counter(of lane: WorkerMetrics.PerLane) -> Counter {
        switch self {
        case .result(let result): result.isPartial ? lane.partial : lane.succeeded
        case .ladder: lane.retried
        case .deadLetter(let death): death.cause == .cancelled ? lane.cancelled : lane.died
        }
    }
}
