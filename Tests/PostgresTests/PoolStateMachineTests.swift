import Testing

@testable import Postgres

@Suite("Pool state machine")
struct PoolStateMachineTests {
    /// The event happens outside of the macro, which would work on a copy.
    private func same<Value: Equatable>(
        _ value: Value,
        _ expected: Value,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(value == expected, sourceLocation: sourceLocation)
    }

    private func opened(_ machine: inout PoolStateMachine, at now: UInt64 = 0) throws -> Int {
        guard case .open(let id) = machine.requested(now: now) else { throw NothingThrown() }
        same(machine.opened(id, now: now), [])
        return id
    }

    @Test func `connections are opened only when needed and lent last in, first out`() throws {
        var machine = PoolStateMachine(size: 2)
        #expect(machine.count == 0)
        let first = try opened(&machine)
        let second = try opened(&machine)
        _ = machine.returned(first, usable: true, now: 0)
        _ = machine.returned(second, usable: true, now: 0)
        same(machine.requested(now: 0), .lend(second))
        same(machine.requested(now: 0), .lend(first))
    }

    @Test func `waiters are served in the order of their coming`() throws {
        var machine = PoolStateMachine(size: 1)
        let id = try opened(&machine)
        guard case .wait(let a) = machine.requested(now: 0), case .wait(let b) = machine.requested(now: 0) else {
            throw NothingThrown()
        }
        same(machine.returned(id, usable: true, now: 0).served, [.init(waiter: a, grant: .lend(id))])
        same(machine.returned(id, usable: true, now: 0).served, [.init(waiter: b, grant: .lend(id))])
    }

    @Test func `a broken connection lets the first waiter open another`() throws {
        var machine = PoolStateMachine(size: 1)
        let id = try opened(&machine)
        guard case .wait(let waiter) = machine.requested(now: 0) else { throw NothingThrown() }
        let (keep, served) = machine.returned(id, usable: false, now: 0)
        #expect(!keep)
        guard case .open(let next) = try #require(served.first).grant else { throw NothingThrown() }
        #expect(served.first?.waiter == waiter && next != id)
        #expect(machine.count == 1)
    }

    @Test func `a caller that gave up is not served`() throws {
        var machine = PoolStateMachine(size: 1)
        let id = try opened(&machine)
        guard case .wait(let a) = machine.requested(now: 0), case .wait(let b) = machine.requested(now: 0) else {
            throw NothingThrown()
        }
        same(machine.gaveUp(a), true)
        same(machine.gaveUp(a), false)
        same(machine.returned(id, usable: true, now: 0).served, [.init(waiter: b, grant: .lend(id))])
        same(machine.gaveUp(b), false)
    }

    @Test func `after a failure the server is left alone until the delay is over, then one caller tries`() throws {
        var machine = PoolStateMachine(size: 3)
        guard case .open(let id) = machine.requested(now: 0) else { throw NothingThrown() }
        same(machine.openFailed(id, now: 0, jitter: 0), [])
        same(machine.requested(now: 1), .down(until: 25_000_000))
        guard case .open(let probe) = machine.requested(now: 25_000_000) else { throw NothingThrown() }
        guard case .wait(let waiter) = machine.requested(now: 25_000_000) else { throw NothingThrown() }
        let served = machine.opened(probe, now: 26_000_000)
        #expect(served.map(\.waiter) == [waiter])
        guard case .open = try #require(served.first).grant else { throw NothingThrown() }
    }

    @Test func `waiters ask again when the last hope failed`() throws {
        var machine = PoolStateMachine(size: 1)
        guard case .open(let id) = machine.requested(now: 0) else { throw NothingThrown() }
        guard case .wait(let waiter) = machine.requested(now: 0) else { throw NothingThrown() }
        same(machine.openFailed(id, now: 0, jitter: 0.5), [.init(waiter: waiter, grant: .again)])
        #expect(machine.count == 0)
    }

    @Test func `a full server does not stop the connections that are there`() throws {
        var machine = PoolStateMachine(size: 2)
        let id = try opened(&machine)
        guard case .open(let refused) = machine.requested(now: 0) else { throw NothingThrown() }
        _ = machine.openFailed(refused, now: 0, jitter: 0)
        guard case .wait(let waiter) = machine.requested(now: 1) else { throw NothingThrown() }
        same(machine.returned(id, usable: true, now: 2).served, [.init(waiter: waiter, grant: .lend(id))])
    }

    @Test func `the number of waiters is bounded`() throws {
        var machine = PoolStateMachine(size: 1, waiterLimit: 1)
        _ = try opened(&machine)
        _ = machine.requested(now: 0)
        same(machine.requested(now: 0), .overloaded)
    }

    @Test func `closing ends the idle ones, refuses the waiting ones and drains with the last return`() throws {
        var machine = PoolStateMachine(size: 2)
        let first = try opened(&machine)
        let second = try opened(&machine)
        _ = machine.returned(first, usable: true, now: 0)
        let (ended, served) = machine.close()
        #expect(ended == [first] && served == [])
        same(machine.requested(now: 0), .closed)
        #expect(!machine.isDrained)
        same(machine.returned(second, usable: true, now: 0).keep, false)
        #expect(machine.isDrained)
    }

    @Test func `the delay doubles up to five seconds and at least half of it is kept`() {
        for failures in 1...40 {
            let base = min(5_000, 50 * (1 << min(failures - 1, 7))) * 1_000_000
            #expect(PoolStateMachine.delay(failures, jitter: 0) == UInt64(base / 2))
            #expect(PoolStateMachine.delay(failures, jitter: 0.999_999) <= UInt64(base))
        }
    }

    @Test func `no order of events lends more than there is, or forgets anybody`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var machine = PoolStateMachine(size: 3)
            var leased: Set<Int> = []
            var opening: Set<Int> = []
            var waiting: Set<Int> = []
            var now: UInt64 = 0
            func take(_ served: [PoolStateMachine.Served]) {
                for one in served {
                    #expect(waiting.remove(one.waiter) != nil)
                    switch one.grant {
                    case .lend(let id): #expect(leased.insert(id).inserted)
                    case .open(let id): #expect(opening.insert(id).inserted)
                    default: break
                    }
                }
            }
            for _ in 0..<300 {
                now += UInt64.random(in: 0..<40_000_000, using: &generator)
                switch Int.random(in: 0..<6, using: &generator) {
                case 0, 1:
                    switch machine.requested(now: now) {
                    case .lend(let id): #expect(leased.insert(id).inserted)
                    case .open(let id): #expect(opening.insert(id).inserted)
                    case .wait(let waiter): waiting.insert(waiter)
                    default: break
                    }
                case 2:
                    if let id = opening.popFirst() {
                        leased.insert(id)
                        take(machine.opened(id, now: now))
                    }
                case 3: if let id = opening.popFirst() { take(machine.openFailed(id, now: now, jitter: 0.5)) }
                case 4:
                    if let id = leased.popFirst() {
                        take(machine.returned(id, usable: Bool.random(using: &generator), now: now).served)
                    }
                default: if let waiter = waiting.popFirst() { same(machine.gaveUp(waiter), true) }
                }
                #expect(machine.count <= 3)
                #expect(machine.waiterCount == waiting.count)
                #expect(machine.count == machine.idleCount + leased.count + opening.count)
                // Whoever waits has somebody to wait for.
                if !waiting.isEmpty { #expect(!leased.isEmpty || !opening.isEmpty) }
            }
        }
    }
}
