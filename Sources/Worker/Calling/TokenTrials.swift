import Adapters
import FleetCore
import Platforms
import Runtime
import Synchronization

/// Lets one call of an account go first when nobody knows lately whether its token works. The others wait for what comes of
/// it: a token that the platform took once serves everybody, and one that it refused costs one call, however many jobs of
/// the account are in hand.
final class TokenTrials: Sendable {
    /// What a call may do.
    enum Entry: Sendable {
        /// It is sent; `isTrial` when others wait for what comes of it.
        case go(isTrial: Bool)
        /// The platform refused this token just now: that is the answer.
        case known(PlatformAnswer, at: Instant)
    }

    private typealias Waiter = CheckedContinuation<Entry, Never>

    private enum Stage {
        case proven(until: Int64)
        case trying([Waiter])
        case refused(PlatformAnswer, at: Instant, until: Int64)
    }

    private struct Known {
        var generation: Int64
        var stage: Stage
    }

    private let accounts = Mutex<[Int64: Known]>([:])
    private let trust: Int64
    private let memory: Int64
    private let capacity: Int

    /// - Parameters:
    ///   - trust: how long a success speaks for the token: calls of that time need not wait for each other.
    ///   - memory: how long a refusal speaks against it.
    ///   - capacity: the most accounts remembered.
    init(trust: Duration = .seconds(5), memory: Duration = .seconds(30), capacity: Int = 20_000) {
        self.trust = trust.wholeNanoseconds
        self.memory = memory.wholeNanoseconds
        self.capacity = capacity
    }

    /// Asks for a call with the account's token; returns when it may be sent, or need not be.
    func enter(_ access: AccountAccess) async -> Entry {
        let time = ProcessClock.monotonicNow
        if let entry = accounts.withLock({ Self.enter(access, &$0, capacity, at: time) }) { return entry }
        return await withCheckedContinuation { waiter in
            let entry = accounts.withLock { accounts in
                // It may have been decided meanwhile.
                if let entry = Self.enter(access, &accounts, capacity, at: time) { return entry as Entry? }
                guard case .trying(let waiters)? = accounts[access.account]?.stage else { return .go(isTrial: false) }
                accounts[access.account]?.stage = .trying(waiters + [waiter])
                return nil
            }
            if let entry { waiter.resume(returning: entry) }
        }
    }

    /// Nil when there is something to wait for.
    private static func enter(
        _ access: AccountAccess,
        _ accounts: inout [Int64: Known],
        _ capacity: Int,
        at time: Int64
    ) -> Entry? {
        if let known = accounts[access.account] {
            // Who comes with another token than the one on trial does not wait for it.
            if case .trying = known.stage { return known.generation == access.generation ? nil : .go(isTrial: false) }
            if known.generation == access.generation {
                switch known.stage {
                case .proven(let until): if until > time { return .go(isTrial: false) }
                case .refused(let answer, let moment, let until): if until > time { return .known(answer, at: moment) }
                case .trying: break
                }
            }
        }
        if accounts.count >= capacity {
            accounts = accounts.filter { if case .trying = $0.value.stage { true } else { false } }
        }
        accounts[access.account] = Known(generation: access.generation, stage: .trying([]))
        return .go(isTrial: true)
    }

    /// Tells what the platform answered to a call.
    func answered(_ answer: PlatformAnswer, at arrived: Instant, _ access: AccountAccess, isTrial: Bool) {
        let refusal = answer.refusesToken
        if !isTrial, !refusal { return }
        let until = ProcessClock.monotonicNow &+ (refusal ? memory : trust)
        let stage: Stage = refusal ? .refused(answer, at: arrived, until: until) : .proven(until: until)
        let waiters = accounts.withLock { accounts in
            let known = accounts[access.account]
            guard isTrial || known?.generation == access.generation else { return [] as [Waiter] }
            accounts[access.account] = Known(generation: access.generation, stage: stage)
            if case .trying(let waiters)? = known?.stage { return waiters }
            return []
        }
        for waiter in waiters {
            waiter.resume(returning: refusal ? .known(answer, at: arrived) : .go(isTrial: false))
        }
    }

    /// A trial ended without an answer: the next one tries.
    func failed(_ access: AccountAccess) {
        let next: Waiter? = accounts.withLock { accounts in
            guard case .trying(let waiters)? = accounts[access.account]?.stage, let first = waiters.first else {
                accounts[access.account] = nil
                return nil
            }
            accounts[access.account]?.stage = .trying(Array(waiters.dropFirst()))
            return first
        }
        next?.resume(returning: .go(isTrial: true))
    }
}

extension PlatformAnswer {
    /// Whether the platform does not take the token.
    fileprivate var refusesToken: Bool {
        let error: PlatformError? =
            switch self {
            case .error(let error): error
            case .page(let page): page.errorOfCall
            }
        return error.map { $0.consequence == .refresh || $0.consequence == .reconnect } ?? false
    }
}
