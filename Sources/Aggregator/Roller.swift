import Adapters
import FleetCore
import Runtime
import Synchronization

/// Says that readings changed. Ringing costs next to nothing, and any number of rings before somebody looks are one.
final class Bell: Sendable {
    private let last = Atomic<Int64>(0)
    let rings: AsyncStream<Void>
    private let sink: AsyncStream<Void>.Continuation

    init() {
        (rings, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func ring() {
        last.store(ProcessClock.monotonicNow, ordering: .relaxed)
        sink.yield()
    }

    /// When it rang last.
    var lastRing: Int64 { last.load(ordering: .relaxed) }

    /// Nothing follows.
    func close() { sink.finish() }
}

/// Computes roll-ups again where readings changed, for all shards that no other aggregator works on.
final class Roller: Drainable {
    let name = "roller"
    private let store: RollupStore
    private let bell: Bell
    private let pace: RollupPace
    private let logger: Logger
    private let isStopping = Atomic(false)
    private let finished = Gate()

    init(store: RollupStore, bell: Bell, pace: RollupPace, logger: Logger) {
        (self.store, self.bell, self.pace, self.logger) = (store, bell, pace, logger)
    }

    @concurrent
    func run() async {
        // What a process before this one left.
        bell.ring()
        for await _ in bell.rings {
            await calm()
            if goesOn { await sweep() }
            if !goesOn { break }
        }
        finished.open()
    }

    /// What is not computed yet stays noted in the database, for whoever comes next.
    func drain() async {
        isStopping.store(true, ordering: .relaxed)
        bell.close()
        await finished.wait()
    }

    private var goesOn: Bool { !isStopping.load(ordering: .relaxed) && !Task.isCancelled }

    private func calm() async {
        let first = ProcessClock.monotonicNow
        while goesOn {
            let wait = pace.wait(first: first, last: bell.lastRing, now: ProcessClock.monotonicNow)
            if wait <= 0 { return }
            try? await Task.sleep(for: .nanoseconds(min(wait, 250_000_000)))
        }
    }

    private func sweep() async {
        do {
            guard try await store.isDirty() else { return }
            let sweep = try await store.sweep { goesOn }
            AggregatorMetrics.rollups.increment(by: sweep.rows)
            AggregatorMetrics.groups.increment(by: sweep.groups)
        } catch {
            if !goesOn { return }
            logger.warning("rollups could not be computed, trying again", ["error.message": .string("\(error)")])
            try? await Task.sleep(for: .seconds(1))
            bell.ring()
        }
    }
}

/// Rings now and then, for what others changed: imports, erasure, aggregators that died.
struct RollupPoll: Service {
    let name = "rollup-poll"
    let bell: Bell

    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(5))
            bell.ring()
        }
    }
}
