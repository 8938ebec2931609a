import Adapters
import Runtime
import Synchronization

/// Has credentials renewed by a companion process, so that killing the worker while a platform's answer is on its way
/// loses no token: the companion takes the answer, stores it, and ends. It is started by the first renewal.
///
/// Several jobs that want the same account renewed wait for one renewal.
final class RefreshCourier: Service {
    let name = "renewals"

    private struct Wish: Hashable {
        var account: Int64
        var seen: Int64?
    }

    private struct State {
        var companion: Companion?
        /// Counts companions, so that the end of an old one does not concern the next.
        var number = 0
        var waiting: [Wish: [CheckedContinuation<RefreshOutcome, Never>]] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())
    private let logger: Logger
    private let ended = AsyncStream.makeStream(of: Never.self)

    init(logger: Logger) {
        self.logger = logger
    }

    /// Renews an account's credential: when it is due, or when the generation `seen` turned out to be too old.
    func refresh(_ account: Int64, seen: Int64?) async -> RefreshOutcome {
        let wish = Wish(account: account, seen: seen)
        return await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> RefreshOutcome? in
                if state.isClosed { return .failed("the worker stops", wait: nil) }
                if state.waiting[wish] != nil {
                    state.waiting[wish]?.append(continuation)
                    return nil
                }
                guard send(wish, &state) else { return .failed("no process can be started", wait: .seconds(5)) }
                state.waiting[wish] = [continuation]
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Starts a companion if an earlier process left answers behind.
    func storeLeftovers() { _ = state.withLock { start(&$0) } }

    /// Lets the companion go when cancelled: after the drain, when no job waits for it any more.
    @concurrent
    func run() async {
        for await _ in ended.stream {}
        let companion = state.withLock { state in
            state.isClosed = true
            defer { state.companion = nil }
            return state.companion
        }
        companion?.close()
    }

    // MARK: The companion

    private func send(_ wish: Wish, _ state: inout State) -> Bool {
        guard let companion = start(&state) else { return false }
        return companion.send("\(wish.account) \(wish.seen.map(String.init) ?? "-")")
    }

    private func start(_ state: inout State) -> Companion? {
        if let companion = state.companion { return companion }
        state.number += 1
        let number = state.number
        state.companion = Companion(
            named: CourierProgram.name,
            received: { [weak self] in self?.received($0) },
            ended: { [weak self] _ in self?.companionEnded(number) }
        )
        return state.companion
    }

    /// `<account> <seen> <outcome>`
    private func received(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        guard words.count == 3, let account = Int64(words[0]), let outcome = RefreshOutcome(line: words[2]) else {
            return
        }
        let wish = Wish(account: account, seen: Int64(words[1]))
        let waiting = state.withLock { $0.waiting.removeValue(forKey: wish) ?? [] }
        for (index, continuation) in waiting.enumerated() {
            // One of those who wait says what happened; to the others it is known.
            if case .refused(let reason, _) = outcome, index > 0 {
                continuation.resume(returning: .refused(reason, isNew: false))
            } else {
                continuation.resume(returning: outcome)
            }
        }
    }

    private func companionEnded(_ number: Int) {
        let (gone, waiting) = state.withLock { state in
            guard state.number == number else {
                return (Companion?.none, [CheckedContinuation<RefreshOutcome, Never>]())
            }
            defer {
                state.companion = nil
                state.waiting = [:]
            }
            return (state.companion, state.waiting.values.flatMap(\.self))
        }
        for continuation in waiting {
            continuation.resume(returning: .failed("the process that renews ended", wait: .seconds(1)))
        }
        guard let gone else { return }
        logger.warning("the process that renews credentials ended; the next renewal starts another")
        // Its own thread is the one that runs here and cannot wait for itself.
        Task.detached { gone.close() }
    }
}
