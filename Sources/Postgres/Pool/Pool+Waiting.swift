internal import Synchronization

extension Pool {
    /// A connection and its number in the pool, lent to the caller.
    func acquire(until deadline: UInt64, _ whenDown: WhenDown) async throws(PostgresError) -> (Int, Connection) {
        while true {
            if Task.isCancelled { throw PostgresError(.cancelled, "the task was cancelled before it got a connection") }
            let now = monotonicNanoseconds()
            let (decision, lastError) = state.withLock { state in
                let decision = state.machine.requested(now: now)
                if case .wait(let waiter) = decision { state.slots[waiter] = .pending }
                return (decision, state.lastError)
            }
            var grant: PoolStateMachine.Grant
            switch decision {
            case .lend(let id): grant = .lend(id)
            case .open(let id): grant = .open(id)
            case .wait(let waiter): grant = await self.grant(for: waiter, until: deadline)
            case .overloaded: throw PostgresError(.poolOverloaded, "too many callers wait for a connection")
            case .closed: grant = .closed
            case .down(let retryAt):
                let error = lastError ?? PostgresError(.connectFailed, "the server is not reachable")
                guard whenDown == .retry, deadline > now else { throw error }
                // A cancelled sleep ends early and is noticed at the top.
                try? await Task.sleep(nanoseconds: min(retryAt, deadline) - min(now, retryAt))
                grant = .again
            }
            if let lent = try await use(grant, whenDown, deadline) { return lent }
        }
    }

    /// The connection that a grant stands for; nil to ask again.
    private func use(
        _ grant: PoolStateMachine.Grant,
        _ whenDown: WhenDown,
        _ deadline: UInt64
    ) async throws(PostgresError) -> (Int, Connection)? {
        switch grant {
        case .lend(let id):
            guard let connection = state.withLock({ $0.connections[id] }) else {
                preconditionFailure("the pool lent a connection that it does not have")
            }
            if !connection.hasInput { return (id, connection) }
            if await connection.absorbInput() { return (id, connection) }
            await end(id, connection)
            return nil
        case .open(let id):
            do throws(PostgresError) { return (id, try await open(id)) } catch {
                if whenDown == .retry, error.code == .connectFailed, monotonicNanoseconds() < deadline { return nil }
                throw error
            }
        case .again: return nil
        case .timedOut: throw PostgresError(.poolTimeout, "no connection became free in time")
        case .cancelled: throw PostgresError(.cancelled, "the task was cancelled while it waited for a connection")
        case .closed: throw PostgresError(.poolClosed, "the pool is closed")
        }
    }

    private func grant(for waiter: Int, until deadline: UInt64) async -> PoolStateMachine.Grant {
        let now = monotonicNanoseconds()
        let remaining = deadline > now ? deadline - now : 0
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await Task.sleep(nanoseconds: remaining)
                if !Task.isCancelled { self.giveUp(waiter, .timedOut) }
            }
            let grant = await withTaskCancellationHandler {
                await self.suspend(waiter)
            } onCancel: {
                self.giveUp(waiter, .cancelled)
            }
            group.cancelAll()
            return grant
        }
    }

    private func suspend(_ waiter: Int) async -> PoolStateMachine.Grant {
        await withCheckedContinuation { continuation in
            let early: PoolStateMachine.Grant? = state.withLock { state in
                if case .granted(let grant) = state.slots[waiter] {
                    state.slots[waiter] = nil
                    return grant
                }
                state.slots[waiter] = .suspended(continuation)
                return nil
            }
            if let early { continuation.resume(returning: early) }
        }
    }

    private func giveUp(_ waiter: Int, _ grant: PoolStateMachine.Grant) {
        resume(
            state.withLock { state in
                guard state.machine.gaveUp(waiter) else { return [] }
                return Self.collect([PoolStateMachine.Served(waiter: waiter, grant: grant)], &state)
            }
        )
    }

    typealias Resumption = (CheckedContinuation<PoolStateMachine.Grant, Never>, PoolStateMachine.Grant)

    /// Takes the continuations of those served, to be resumed after the lock; early ones find their grant later.
    static func collect(_ served: [PoolStateMachine.Served], _ state: inout State) -> [Resumption] {
        served.compactMap { one in
            if case .suspended(let continuation) = state.slots[one.waiter] {
                state.slots[one.waiter] = nil
                return (continuation, one.grant)
            }
            state.slots[one.waiter] = .granted(one.grant)
            return nil
        }
    }

    func resume(_ served: [Resumption]) {
        for (continuation, grant) in served { continuation.resume(returning: grant) }
    }
}
