public import Runtime
internal import Synchronization

/// A bounded set of connections that are lent, not handed out.
///
/// Connections are opened when first needed and kept. A broken one is replaced; while the server is away, one caller at
/// a time tries to reach it, at jittered intervals up to 5 seconds. ``close()`` must be called at the end.
public final class Pool: Sendable {
    /// What a caller wants when the server cannot be reached.
    public enum WhenDown: Sendable {
        /// Throw `.connectFailed` at once.
        case fail
        /// Try again until the wait is over.
        case retry
    }

    /// What the pool holds at the moment.
    public struct Occupancy: Sendable, Hashable {
        /// Connections open, lent or being opened.
        public var connections: Int
        /// Open ones that nobody uses.
        public var idle: Int
        /// Callers that wait.
        public var waiting: Int
    }

    enum Slot {
        case pending
        case suspended(CheckedContinuation<PoolStateMachine.Grant, Never>)
        case granted(PoolStateMachine.Grant)
    }

    struct State: ~Copyable {
        var machine: PoolStateMachine
        var connections: [Int: Connection] = [:]
        var slots: [Int: Slot] = [:]
        var drained: [CheckedContinuation<Void, Never>] = []
        var lastError: PostgresError?
        var announced: String?
    }

    let state: Mutex<State>
    /// Where the connections lead.
    public let address: PostgresAddress
    private let name: String
    private let logger: Logger

    /// - Parameters:
    ///   - size: most connections at once; each is a thread here and a process on the server.
    ///   - name: the sessions' `application_name`.
    public init(address: PostgresAddress, size: Int, name: String, logger: Logger) {
        self.address = address
        self.name = name
        self.logger = logger
        state = Mutex(State(machine: PoolStateMachine(size: size)))
    }

    /// How full the pool is.
    public var occupancy: Occupancy {
        state.withLock {
            Occupancy(connections: $0.machine.count, idle: $0.machine.idleCount, waiting: $0.machine.waiterCount)
        }
    }

    /// Lends a connection. What it leaves open is rolled back; a broken one is replaced.
    ///
    /// - Parameters:
    ///   - wait: longest time until the connection is lent.
    ///   - whenDown: whether an unreachable server is an error at once.
    /// - Throws: what `body` throws; `.poolTimeout`, `.poolOverloaded`, `.poolClosed`, `.connectFailed`, `.cancelled`.
    public func withConnection<Value>(
        wait: Duration = .seconds(30),
        whenDown: WhenDown = .fail,
        _ body: (Connection) async throws -> Value
    ) async throws -> Value {
        let (id, connection) = try await acquire(until: monotonicNanoseconds() + wait.nanoseconds, whenDown)
        do {
            let value = try await body(connection)
            await giveBack(id, connection)
            return value
        } catch {
            await giveBack(id, connection)
            throw error
        }
    }

    /// Runs one statement on some connection.
    @discardableResult
    public func query(_ statement: Statement, _ parameters: [Parameter] = []) async throws -> Rows {
        try await withConnection { try await $0.query(statement, parameters) }
    }

    /// Refuses new callers, waits for the connections that are lent, ends all of them and joins their threads.
    public func close() async {
        let (ended, served) = state.withLock { state in
            let (ids, served) = state.machine.close()
            let ended = ids.compactMap { state.connections.removeValue(forKey: $0) }
            return (ended, Self.collect(served, &state))
        }
        resume(served)
        for connection in ended { await connection.close() }
        await withCheckedContinuation { continuation in
            let done = state.withLock { state in
                if state.machine.isDrained { return true }
                state.drained.append(continuation)
                return false
            }
            if done { continuation.resume() }
        }
    }

    // MARK: - Opening and returning

    func open(_ id: Int) async throws(PostgresError) -> Connection {
        do throws(PostgresError) {
            let connection = try await Connection.open(address, name: name)
            noteReachable()
            let now = monotonicNanoseconds()
            resume(
                state.withLock { state in
                    state.connections[id] = connection
                    return Self.collect(state.machine.opened(id, now: now), &state)
                }
            )
            return connection
        } catch {
            let now = monotonicNanoseconds()
            let failed = error.code != .cancelled
            if failed { noteUnreachable(error) }
            let jitter = Double.random(in: 0..<1)
            settle { state in
                failed
                    ? state.machine.openFailed(id, now: now, jitter: jitter)
                    : state.machine.openAbandoned(id, now: now)
            }
            throw error
        }
    }

    private func giveBack(_ id: Int, _ connection: Connection) async {
        // The quick way needs no hop to the connection's thread.
        var usable = connection.isAtRest
        if !usable { usable = await connection.settle() }
        let now = monotonicNanoseconds()
        let kept = state.withLock { state -> [Resumption]? in
            // An unusable one stays registered as lent until its thread has ended.
            guard usable, !state.machine.isClosing else { return nil }
            return Self.collect(state.machine.returned(id, usable: true, now: now).served, &state)
        }
        if let kept { resume(kept) } else { await end(id, connection) }
    }

    func end(_ id: Int, _ connection: Connection) async {
        await connection.close()
        let now = monotonicNanoseconds()
        settle { state in
            state.connections[id] = nil
            return state.machine.returned(id, usable: false, now: now).served
        }
    }

    /// Applies an event after which the pool may be empty, and tells everyone whom it concerns.
    private func settle(_ event: (inout State) -> [PoolStateMachine.Served]) {
        let (served, drained) = state.withLock { state in
            let served = Self.collect(event(&state), &state)
            guard state.machine.isDrained else { return (served, [CheckedContinuation<Void, Never>]()) }
            defer { state.drained = [] }
            return (served, state.drained)
        }
        resume(served)
        for continuation in drained { continuation.resume() }
    }

    // MARK: - Saying it once

    private func noteUnreachable(_ error: PostgresError) {
        let changed = state.withLock { state in
            state.lastError = error
            defer { state.announced = error.message }
            return state.announced != error.message
        }
        guard changed else { return }
        logger.warning(
            "the database is not reachable",
            ["address": .string(address.description), "reason": .string(error.message)]
        )
    }

    private func noteReachable() {
        let wasDown = state.withLock { state in
            defer { (state.lastError, state.announced) = (nil, nil) }
            return state.announced != nil
        }
        if wasDown { logger.info("the database is reachable again", ["address": .string(address.description)]) }
    }
}
