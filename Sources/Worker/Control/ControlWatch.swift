import AMQP
import Adapters
import FleetCore
import Glibc
import Runtime
import Synchronization

/// Reports this worker every few seconds, and carries out what operators ordered meanwhile: queues that stand still, jobs
/// that are cancelled, its own end.
final class ControlWatch: Service {
    let name = "controls"
    private let store: ControlStore
    private let directory: AccountDirectory
    private let consumer: Consumer
    private let running: RunningJobs
    private let tally: WorkTally
    /// All queues with their platforms and lanes.
    private let queues: [(name: String, platform: PlatformName, lane: Lane)]
    private let logger: Logger
    private let board = Mutex(ControlBoard())
    private let paused = Mutex<Set<String>>([])
    private let informed = AsyncStream.makeStream(of: Never.self)

    private static let turn = Duration.seconds(2)

    init(
        store: ControlStore,
        directory: AccountDirectory,
        consumer: Consumer,
        running: RunningJobs,
        tally: WorkTally,
        queues: [(name: String, platform: PlatformName, lane: Lane)],
        logger: Logger
    ) {
        self.store = store
        self.directory = directory
        self.consumer = consumer
        self.running = running
        self.tally = tally
        self.queues = queues
        self.logger = logger
        MetricsRegistry.standard.gauge(
            "flotilla_delivery_silence_seconds",
            "How long nothing has come from any queue."
        ) { [tally] in tally.silence / .seconds(1) }
    }

    /// What is ordered about a job. Waits while the database is away and an order asks for the job's workspace.
    func verdict(on job: Job) async -> ControlBoard.Verdict {
        let board = board.withLock { $0 }
        if board.isEmpty { return .run }
        let workspace = board.asksForWorkspace ? try? await directory.access(job.account)?.workspace : nil
        return board.verdict(on: job, workspace: workspace, at: directory.now)
    }

    /// What is ordered about a job of which only its id and its queue's key are known.
    func verdict(id: UUID?, key: String) -> ControlBoard.Verdict {
        let board = board.withLock { $0 }
        if let id, let reason = board.cancellation(of: id) { return .cancelled(reason) }
        let queue = queues.first { "\($0.platform.rawValue).\($0.lane.rawValue)" == key }
        guard let queue, board.isPaused(platform: queue.platform, lane: queue.lane, at: directory.now) else {
            return .run
        }
        return .queueStandsStill
    }

    /// Returns when it is known what is ordered: nothing that stands still is begun before. Call once.
    func firstOrders() async { for await _ in informed.stream {} }

    @concurrent
    func run() async {
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            await beat()
            try? await Task.sleep(for: Self.turn * Double.random(in: 0.8...1.2, using: &generator))
        }
        // Its last word, which the task that stops could not say any more.
        let (store, report) = (store, tally.report(.ended))
        await Task { _ = try? await store.beat(report) }.value
    }

    private func beat() async {
        do {
            let orders = try await store.beat(tally.report())
            obey(orders)
            informed.continuation.finish()
        } catch {
            // What was ordered before holds.
            logger.debug("orders cannot be read", ["error.message": .string("\(error)")])
            pauseQueues()
        }
    }

    private func obey(_ orders: ControlStore.Orders) {
        board.withLock { $0 = orders.board }
        pauseQueues()
        tally.looked(orders.ready, paused: paused.withLock { $0 })
        running.cancel { orders.board.cancellation(of: $0) }
        if let reason = orders.drain, tally.report().state == .working {
            logger.notice("an operator ends this worker", ["reason": .string(reason)])
            _ = tally.report(.draining)
            kill(getpid(), SIGTERM)
        }
    }

    private func pauseQueues() {
        let (board, now) = (board.withLock { $0 }, directory.now)
        let wanted = Set(
            queues.filter { board.isPaused(platform: $0.platform, lane: $0.lane, at: now) }.map(\.name)
        )
        let before = paused.withLock { paused in
            defer { paused = wanted }
            return paused
        }
        if wanted == before { return }
        consumer.pause(exactly: wanted)
        for queue in wanted.subtracting(before) { logger.notice("queue paused", ["queue": .string(queue)]) }
        for queue in before.subtracting(wanted) { logger.notice("queue resumed", ["queue": .string(queue)]) }
    }
}
