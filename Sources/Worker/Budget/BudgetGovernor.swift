import Adapters
import FleetCore
import HTTPClient
import Platforms
import Runtime
import Synchronization

/// Holds calls back so that no limit of any platform is exceeded by the fleet as a whole: asks the fleet's ledgers for slices
/// in the background, lets calls go as long as a slice lasts, and parks what would wait too long.
final class BudgetGovernor: Drainable {
    let name = "budgets"

    private struct State {
        var desks: BudgetDesks
        var waiting: [UInt64: CheckedContinuation<BudgetDesk.Verdict, Never>] = [:]
        var tickets: UInt64 = 0
        /// Calls that came before the rules were known.
        var early: [CheckedContinuation<Void, Never>] = []
        var knowsRules = false
        var isClosed = false
    }

    private let state: Mutex<State>
    private let wake = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let exchange: BudgetExchange
    private let now: @Sendable () -> Instant
    let bills: BudgetBills

    init(
        exchange: BudgetExchange,
        bills: BudgetBills,
        shortestDelay: Duration = .seconds(5),
        now: @escaping @Sendable () -> Instant
    ) {
        self.exchange = exchange
        self.bills = bills
        self.now = now
        var generator = SystemRandomNumberGenerator()
        let patience = BudgetDesk.Patience(
            short: ProcessClock.stretching(.seconds(2)),
            long: ProcessClock.stretching(.seconds(30)),
            continuing: ProcessClock.stretching(.seconds(300)),
            shortestDelay: ProcessClock.stretching(shortestDelay)
        )
        let holder = generator.next()
        let sweep = ProcessClock.stretching(.milliseconds(250))
        let desks = BudgetDesks(terms: exchange.terms) { terms in
            BudgetDesk(holder: holder, terms: terms, patience: patience, sweep: sweep)
        }
        state = Mutex(State(desks: desks))
    }

    /// Asks for a call to be sent; returns when it may be, or should come back another time.
    func admit(_ call: BudgetCall) async -> BudgetDesk.Verdict {
        if !state.withLock({ $0.knowsRules }) { await waitForRules() }
        let time = now()
        let (verdict, isUrgent, ticket) = state.withLock { state in
            state.tickets += 1
            let (verdict, isUrgent) = state.desks.with(call.platform) { ($0.admit(call, at: time), $0.isUrgent) }
            return (verdict, isUrgent, state.tickets)
        }
        if isUrgent { wake.continuation.yield() }
        if let verdict { return verdict }
        let start = ProcessClock.monotonicNow
        let decided = await withTaskCancellationHandler {
            await withCheckedContinuation { wait(call, ticket, $0) }
        } onCancel: {
            let continuation = state.withLock { state in
                state.desks.cancel(ticket)
                return state.waiting.removeValue(forKey: ticket)
            }
            continuation?.resume(returning: stopping)
        }
        BudgetMetrics.waited(call.platform, .nanoseconds(ProcessClock.monotonicNow - start), decided)
        return decided
    }

    /// What nobody has read a limit for would be sent uncounted.
    private func waitForRules() async {
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state in
                guard !state.knowsRules, !state.isClosed else { return false }
                state.early.append(continuation)
                return true
            }
            if waits { wake.continuation.yield() } else { continuation.resume() }
        }
    }

    private func letEarlyOnesIn() {
        let early = state.withLock { state in
            state.knowsRules = true
            defer { state.early = [] }
            return state.early
        }
        for continuation in early { continuation.resume() }
    }

    private func wait(
        _ call: BudgetCall,
        _ ticket: UInt64,
        _ continuation: CheckedContinuation<BudgetDesk.Verdict, Never>
    ) {
        let time = now()
        let isOpen = state.withLock { state in
            guard !state.isClosed, !Task.isCancelled else { return false }
            state.waiting[ticket] = continuation
            state.desks.with(call.platform) { $0.wait(call, ticket: ticket, at: time) }
            return true
        }
        if isOpen { wake.continuation.yield() } else { continuation.resume(returning: stopping) }
    }

    private var stopping: BudgetDesk.Verdict { .parked(until: now(), why: "the worker stops") }

    /// Takes note of how a call ended.
    func ended(_ permit: BudgetDesk.Permit, _ ending: BudgetEnding) {
        let time = now()
        let isUrgent = state.withLock { state in
            state.desks.with(permit.call.platform) { desk in
                Self.note(permit, ending, at: time, &desk)
                return desk.isUrgent
            }
        }
        if isUrgent { wake.continuation.yield() }
    }

    private static func note(
        _ permit: BudgetDesk.Permit,
        _ ending: BudgetEnding,
        at time: Instant,
        _ desk: inout BudgetDesk
    ) {
        desk.end(permit, isSent: ending.isSent, isBilled: ending.isBilled, at: time)
        if !ending.signals.isEmpty { desk.learn(ending.signals, from: permit, at: time) }
        if let refusal = ending.refusal {
            _ = desk.refused(permit, refusal.subject, wait: refusal.wait, signals: ending.signals, at: time)
        } else if !ending.isFailed {
            desk.passed(permit)
        }
        desk.endpointEnded(permit, failed: ending.isFailed, at: time)
    }

    /// Works until cancelled; then everybody who waits is told to come back another time.
    @concurrent
    func run() async {
        await withTaskGroup { group in
            group.addTask { await self.tick() }
            group.addTask { await self.work() }
        }
        closeWaitingRoom()
    }

    /// Nobody waits in place for a worker that stops: the jobs go back to the broker. What needs not wait still goes.
    func drain() async { closeWaitingRoom() }

    private func closeWaitingRoom() {
        let waiting = state.withLock { state in
            state.isClosed = true
            for ticket in state.waiting.keys { state.desks.cancel(ticket) }
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume(returning: stopping) }
        letEarlyOnesIn()
    }

    /// Wakes the work when time alone changes something.
    private func tick() async {
        while !Task.isCancelled {
            let time = now()
            let next = state.withLock { $0.desks.nextTurn(after: time) }
            let pause = ProcessClock.waiting(next - time)
            try? await Task.sleep(for: min(max(pause, .milliseconds(5)), .milliseconds(250)))
            wake.continuation.yield()
        }
        wake.continuation.finish()
    }

    private func work() async {
        var heard = Deadline(nanoseconds: 0)
        for await _ in wake.stream {
            while !Task.isCancelled {
                let asks = turn()
                if heard.isPast() || state.withLock({ $0.desks.hasBreakerNews }) {
                    await hear()
                    heard = Deadline(after: .seconds(1))
                }
                if asks.isEmpty { break }
                await ask(asks)
            }
        }
    }

    /// Lets go what may go; returns what is to be asked.
    private func turn() -> [BudgetAsk] {
        let time = now()
        let (decided, asks) = state.withLock { state in
            let decided = state.desks.turn(at: time).map { ($0.verdict, state.waiting.removeValue(forKey: $0.ticket)) }
            return (decided, state.desks.asks(at: time))
        }
        for (verdict, continuation) in decided {
            if let continuation {
                continuation.resume(returning: verdict)
            } else if case .admitted(let permit) = verdict {
                state.withLock { $0.desks.with(permit.call.platform) { $0.end(permit, isSent: false, at: time) } }
            }
        }
        return asks
    }

    private func ask(_ asks: [BudgetAsk]) async {
        do {
            let answers = try await exchange.decide(asks)
            let time = now()
            state.withLock { $0.desks.answered(answers, to: asks, at: time) }
        } catch {
            state.withLock { $0.desks.failed(asks) }
            await exchange.failed(error)
        }
    }

    private func hear() async {
        let (openings, probes) = state.withLock { $0.desks.breakerNews() }
        do {
            let news = try await exchange.hear(openings: openings, probes: probes)
            let time = now()
            state.withLock { state in
                if let terms = news.terms { state.desks.use(terms) }
                state.desks.adopt(news.breakers, probes: news.probes)
                state.desks.adopt(steered: news.steered, at: time)
            }
            if !state.withLock({ $0.knowsRules }) { letEarlyOnesIn() }
        } catch {
            state.withLock { $0.desks.untold(openings) }
            await exchange.failed(error)
        }
    }

    /// What is known of the budgets that the whole application shares.
    var figures: [BudgetDesk.Figure] { state.withLock { $0.desks.figures } }
    /// How many endpoints of each platform have an open breaker.
    var openBreakers: [PlatformName: Int] { state.withLock { $0.desks.openBreakers } }
}

/// How a call ended, as far as limits are concerned.
struct BudgetEnding {
    struct Refusal {
        var subject: BudgetRule.Subject
        /// What the platform asks to wait, if it says.
        var wait: Duration?
    }

    var isSent = true
    /// Whether a platform that takes money took it.
    var isBilled = true
    /// Whether the endpoint failed, rather than said no.
    var isFailed = false
    var refusal: Refusal?
    var signals: [LimitSignal] = []
}

extension BudgetEnding {
    /// Read from an answer.
    init(_ answer: PlatformAnswer, status: Int, signals: [LimitSignal]) {
        self.signals = signals
        isBilled = status == 200
        guard case .error(let error) = answer else { return }
        switch error.kind {
        case .rateLimited:
            refusal = Refusal(
                subject: error.scope == .app ? .app : .account,
                wait: error.retryAfter.map { .seconds(min(max($0, 0), 400 * 86_400)) }
            )
        case .transient: isFailed = true
        case .authExpired, .authInvalid, .permission, .creditsExhausted, .notFound, .privacyFloor, .deprecatedMetric,
            .apiVersionSunset, .malformed, .unclassified:
            break
        }
    }

    /// Read from a transfer that gave no answer.
    init(_ error: HTTPError) {
        isBilled = false
        switch error.code {
        case .badURL, .badHeader, .refusedOrigin, .refusedAddress, .closed, .cancelled:
            isSent = error.code == .cancelled
        case .resolve, .connect, .tls:
            isSent = false
            isFailed = true
        case .timeout, .truncated, .reset, .protocolViolation: isFailed = true
        case .tooLarge, .internalFault: break
        }
    }
}
