/// Decides for a ``Pool`` who gets which connection. No clocks, no tasks: time and chance are passed in.
///
/// A connection is opened by the caller that needs it. After a failed opening, one caller at a time tries again, not
/// before a jittered delay. Callers that must wait are served in the order of their coming.
struct PoolStateMachine {
    typealias ConnectionID = Int
    typealias WaiterID = Int

    /// What a caller shall do now.
    enum Decision: Equatable {
        case lend(ConnectionID)
        /// Open one under this id, then report `opened`, `openFailed` or `openAbandoned`.
        case open(ConnectionID)
        /// Wait for a grant.
        case wait(WaiterID)
        /// The server was not reachable lately; not before this instant again.
        case down(until: UInt64)
        case overloaded
        case closed
    }

    /// What a waiting caller is told.
    enum Grant: Equatable {
        case lend(ConnectionID)
        case open(ConnectionID)
        /// Ask again.
        case again
        case timedOut
        case cancelled
        case closed
    }

    struct Served: Equatable {
        let waiter: WaiterID
        let grant: Grant
    }

    let size: Int
    let waiterLimit: Int
    /// Last returned, first lent: the others may grow cold.
    private var idle: [ConnectionID] = []
    private var leased: Set<ConnectionID> = []
    private var opening: Set<ConnectionID> = []
    private var waiters: [WaiterID] = []
    private var failures = 0
    private var retryAt: UInt64 = 0
    private var nextID = 0
    private(set) var isClosing = false

    init(size: Int, waiterLimit: Int = 4096) {
        precondition(size > 0, "a pool needs room for one connection")
        self.size = size
        self.waiterLimit = waiterLimit
    }

    /// All connections that exist or are being opened.
    var count: Int { idle.count + leased.count + opening.count }
    var idleCount: Int { idle.count }
    var waiterCount: Int { waiters.count }
    /// Whether a closed pool has nothing left.
    var isDrained: Bool { isClosing && count == 0 }

    // MARK: - Events

    mutating func requested(now: UInt64) -> Decision {
        if isClosing { return .closed }
        if waiters.isEmpty, let id = idle.popLast() {
            leased.insert(id)
            return .lend(id)
        }
        if waiters.isEmpty, count < size {
            if mayOpen(now) { return .open(begin()) }
            if leased.isEmpty, opening.isEmpty { return .down(until: retryAt) }
        }
        guard waiters.count < waiterLimit else { return .overloaded }
        nextID += 1
        waiters.append(nextID)
        return .wait(nextID)
    }

    mutating func opened(_ id: ConnectionID, now: UInt64) -> [Served] {
        precondition(opening.remove(id) != nil, "a connection was opened that nobody asked for")
        leased.insert(id)
        failures = 0
        return serve(now)
    }

    /// - Parameter jitter: from zero up to one.
    mutating func openFailed(_ id: ConnectionID, now: UInt64, jitter: Double) -> [Served] {
        precondition(opening.remove(id) != nil, "a connection failed that nobody asked for")
        failures += 1
        retryAt = now + Self.delay(failures, jitter: jitter)
        return serve(now)
    }

    /// The caller gave up before it was known whether the server answers.
    mutating func openAbandoned(_ id: ConnectionID, now: UInt64) -> [Served] {
        precondition(opening.remove(id) != nil, "a connection was abandoned that nobody asked for")
        return serve(now)
    }

    /// A borrower is done. A connection that is not kept is the caller's to end.
    mutating func returned(_ id: ConnectionID, usable: Bool, now: UInt64) -> (keep: Bool, served: [Served]) {
        precondition(leased.remove(id) != nil, "a connection came back that was not lent")
        let keep = usable && !isClosing
        if keep { idle.append(id) }
        return (keep, serve(now))
    }

    /// Deadline or cancellation. Returns whether the caller was still waiting; otherwise its grant is on the way.
    mutating func gaveUp(_ waiter: WaiterID) -> Bool {
        guard let index = waiters.firstIndex(of: waiter) else { return false }
        waiters.remove(at: index)
        return true
    }

    /// Returns the idle connections, to be ended, and tells the waiting callers.
    mutating func close() -> (ended: [ConnectionID], served: [Served]) {
        isClosing = true
        defer {
            idle = []
            waiters = []
        }
        return (idle, waiters.map { Served(waiter: $0, grant: .closed) })
    }

    // MARK: - Decisions

    private func mayOpen(_ now: UInt64) -> Bool {
        failures == 0 || now >= retryAt && opening.isEmpty
    }

    private mutating func begin() -> ConnectionID {
        nextID += 1
        opening.insert(nextID)
        return nextID
    }

    private mutating func serve(_ now: UInt64) -> [Served] {
        var served: [Served] = []
        while let waiter = waiters.first {
            if let id = idle.popLast() {
                leased.insert(id)
                served.append(Served(waiter: waiter, grant: .lend(id)))
            } else if count < size, mayOpen(now) {
                served.append(Served(waiter: waiter, grant: .open(begin())))
            } else if leased.isEmpty, opening.isEmpty {
                // Nobody will come back whose connection could be handed on.
                served.append(Served(waiter: waiter, grant: .again))
            } else {
                break
            }
            waiters.removeFirst()
        }
        return served
    }

    /// 50 ms, doubled up to 5 s, of which the upper half is left to chance.
    static func delay(_ failures: Int, jitter: Double) -> UInt64 {
        let base = min(5_000, 50 << min(failures - 1, 7))
        return UInt64(Double(base) * (0.5 + jitter / 2) * 1_000_000)
    }
}
