public import AMQP
public import FleetCore
public import Runtime

/// Erases an account or a workspace: tables, queues, what comes late, and in the end itself. Every step is written down, and
/// calling it again goes on where it was.
///
/// The tombstone comes first and does the keeping out: doors refuse, workers know no such account, and whoever writes
/// results or dead letters drops what is marked. So nothing comes back while the rest is taken away, and the queues are
/// swept for their own sake: a message may lie six hours on the ladder and for weeks behind a platform that stands still.
public struct Eraser: Sendable {
    /// How far it came, for people who watch.
    public enum Event: Sendable, Equatable {
        case reached(ErasureStep)
        case removed(Int, queue: String)
        case waits(String)
    }

    /// Times that bound an erasure.
    public struct Patience: Sendable {
        /// How long a worker may go on with an account after the burial: what it keeps of an account, and a call.
        public var settle: Duration
        /// How long queues that are read all the time may take to run empty, and roll-ups to be computed again.
        public var drain: Duration

        public init(settle: Duration = .seconds(75), drain: Duration = .seconds(120)) {
            (self.settle, self.drain) = (settle, drain)
        }
    }

    private let store: ErasureStore
    private let sweeper: QueueSweeper
    private let topology: Topology
    private let patience: Patience

    public init(
        store: ErasureStore,
        endpoint: Endpoint,
        topology: Topology,
        patience: Patience = Patience(),
        logger: Logger
    ) {
        self.store = store
        self.topology = topology
        self.patience = patience
        sweeper = QueueSweeper(endpoint: endpoint, logger: logger)
    }

    /// Erases the target, or goes on with its open erasure; returns the receipt. Throws ``ErasureFault`` when it must wait for
    /// somebody: calling it again then goes on.
    public func erase(
        _ target: ErasureTarget,
        reason: String,
        now: () -> Instant,
        note: (Event) -> Void
    ) async throws -> StoredErasure {
        if let obstacle = try await store.obstacle(target) {
            // Of one whose own row is gone already, only the end is missing.
            guard let open = try await store.open(target), open.step == .forgotten else {
                throw ErasureFault(description: obstacle)
            }
        } else {
            _ = try await store.bury(target, reason: reason)
        }
        guard let id = try await store.open(target)?.id else {
            throw ErasureFault(description: "there is no \(target.kind) \(target.number)")
        }
        while let erasure = try await store.erasure(id) {
            note(.reached(erasure.step))
            if erasure.step == .done { return erasure }
            try await advance(erasure, target, now, note)
        }
        throw ErasureFault(description: "the erasure \(id) is gone")
    }

    private func advance(
        _ erasure: StoredErasure,
        _ target: ErasureTarget,
        _ now: () -> Instant,
        _ note: (Event) -> Void
    ) async throws {
        switch erasure.step {
        case .buried:
            try await store.awaitWriters(shards: topology.specification.resultShards)
            _ = try await sweep(erasure.id, note)
            try await store.reach(.swept, erasure.id)
        case .swept:
            try await deleteRows(target, erasure.id)
            try await store.reach(.deleted, erasure.id)
        case .deleted:
            try await search(erasure, target, now, note)
            try await store.reach(.searched, erasure.id)
        case .searched:
            // A workspace that got accounts meanwhile begins again, with those.
            _ = try await store.bury(target, reason: erasure.reason)
            if try await store.accounts(erasure.id).count > erasure.accounts {
                try await store.reach(.buried, erasure.id)
            } else {
                try await store.forget(target, erasure.id)
            }
        case .forgotten:
            let last = try await store.lastGroup()
            try await drained("roll-ups are not computed again; does an aggregator run?") {
                try await store.waitingGroups(upTo: last) == 0
            }
            _ = try await sweep(erasure.id, note)
            try await emptied()
            try await store.finish(erasure.id, at: now())
        case .done: break
        }
    }

    private func deleteRows(_ target: ErasureTarget, _ id: Int64) async throws {
        try await store.deleteRows(id)
        if case .workspace(let workspace) = target { try await store.deleteRows(ofWorkspace: workspace, id) }
    }

    /// Looks again, after everything that was in somebody's hands at the burial had time to come back, until a whole round
    /// finds nothing.
    private func search(
        _ erasure: StoredErasure,
        _ target: ErasureTarget,
        _ now: () -> Instant,
        _ note: (Event) -> Void
    ) async throws {
        let ready = erasure.beganAt + patience.settle
        if now() < ready {
            note(.waits("workers may hold jobs of it until \(ready.text(.seconds))"))
            try await Task.sleep(for: ready - now())
        }
        let accounts = try await store.accounts(erasure.id)
        for _ in 0..<20 {
            try await emptied()
            let removed = try await sweep(erasure.id, note)
            try await store.awaitWriters(shards: topology.specification.resultShards)
            let remains = try await store.remains(accounts)
            if removed == 0, remains.isEmpty { return }
            try await deleteRows(target, erasure.id)
        }
        throw ErasureFault(description: "something of it comes back again and again; call it once more")
    }

    /// Takes its messages out of every queue that holds messages for long; returns how many there were.
    private func sweep(_ id: Int64, _ note: (Event) -> Void) async throws -> Int {
        let accounts = Set(try await store.accounts(id))
        var generator = SystemRandomNumberGenerator()
        let round = String(generator.next() as UInt64, radix: 16)
        var removed = 0
        for place in places {
            let tally = try await sweeper.sweep(place, round: round, accounts: accounts)
            if tally.removed > 0 { note(.removed(tally.removed, queue: place.queue)) }
            try await store.count(tally.removed, in: place.queue, id)
            removed += tally.removed
        }
        return removed
    }

    /// Work before ladder: what a worker gives back meanwhile is met there.
    private var places: [QueueSweeper.Place] {
        topology.specification.platforms.flatMap { platform in
            topology.workQueues(platform: platform).map {
                QueueSweeper.Place(queue: $0.queue, exchange: topology.jobsExchange)
            }
        } + topology.retryLevels.map { QueueSweeper.Place(queue: $0.queue, exchange: $0.exchange) }
            + [
                QueueSweeper.Place(queue: topology.suspectsQueue, exchange: topology.suspectsExchange),
                QueueSweeper.Place(queue: topology.parkedQueue, exchange: topology.parkedExchange),
            ]
    }

    /// Waits until the queues that an aggregator reads have each been empty once since: it drops what is marked.
    private func emptied() async throws {
        for queue in topology.resultQueues + [topology.deadQueue, topology.ingestQueue] {
            try await drained("\(queue) does not run empty; does an aggregator run?") {
                try await sweeper.ready(queue) ?? 0 == 0
            }
        }
    }

    private func drained(_ otherwise: String, _ isSo: () async throws -> Bool) async throws {
        let end = Deadline(after: patience.drain)
        while try await !isSo() {
            if end.isPast() { throw ErasureFault(description: otherwise) }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}
