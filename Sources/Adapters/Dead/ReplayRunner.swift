public import AMQP
internal import FleetCore
public import Postgres
public import Runtime

/// Carries out what operators began: sends the letters of replays at their rate, and closes what a command left behind. Runs in
/// the dispatcher that leads, so that a replay outlives the command that began it; a process that is killed leaves nothing
/// but claimed letters, which the next leader sends. Should one of them have been sent already, workers run one copy only.
public struct ReplayRunner: Sendable {
    private let store: SelectionStore
    private let publisher: Publisher
    private let messages: JobMessages
    private let logger: Logger
    private var paces: [Int64: ReplayPace] = [:]

    /// Letters on their way to the broker at once.
    private static let window = 500
    private static let replayed = MetricsRegistry.standard.counter(
        "flotilla_replayed_total",
        "Dead letters that were given back to the fleet.",
        labels: [
            MetricLabel("platform", PlatformName.allCases.map(\.rawValue)),
            MetricLabel("cause", DeadCause.allCases.map(\.rawValue)),
        ]
    )

    public init(pool: Pool, publisher: Publisher, messages: JobMessages, logger: Logger) {
        store = SelectionStore(pool: pool)
        self.publisher = publisher
        self.messages = messages
        self.logger = logger
    }

    /// One turn over everything that is open; returns whether anything is, so that the next turn should come soon.
    ///
    /// - Parameter fence: ends a transaction with an error unless this process still leads.
    public mutating func turn(fence: Postgres.Command) async throws -> Bool {
        let open = try await store.open()
        let ids = Set(open.map(\.id))
        paces = paces.filter { ids.contains($0.key) }
        for selection in open { try await advance(selection, fence) }
        return !open.isEmpty
    }

    private mutating func advance(_ selection: StoredSelection, _ fence: Postgres.Command) async throws {
        guard selection.action == .replay else {
            _ = try await store.close(selection)
            return
        }
        // What was claimed is finished first, by whomever it was claimed.
        guard try await send(selection, fence) else { return }
        let counts = try await store.counts(selection)
        let step = paces[selection.id, default: ReplayPace()]
            .step(selection.state, counts, selection.terms, now: ProcessClock.monotonicNow)
        switch step {
        case .rest: break
        case .send(let count):
            try await store.claim(selection.id, limit: min(count, Self.window), fence: fence)
            _ = try await send(selection, fence)
        case .pass: try await store.decide(selection, passed: true, note: nil, fence: fence)
        case .hold(let why): try await store.decide(selection, passed: false, note: why, fence: fence)
        case .finish: try await store.finish(selection, fence: fence)
        }
    }

    /// Sends what is claimed; false when the broker did not take all of it.
    private func send(_ selection: StoredSelection, _ fence: Postgres.Command) async throws -> Bool {
        let letters = try await store.claimed(selection.id, limit: Self.window, fence: fence)
        if letters.isEmpty { return true }
        let now = Instant(microseconds: ProcessClock.wallNow)
        var outgoing: [(letter: ClaimedLetter, message: Outgoing)] = []
        var impossible: [(letter: ClaimedLetter, reason: ReplayRefusal, detail: String)] = []
        for letter in letters {
            do throws(Death) {
                outgoing.append((letter, try messages.replay(letter, selection: selection.id, now: now)))
            } catch {
                impossible.append((letter, .breaksContract, error.detail))
            }
        }
        var sent: [ClaimedLetter] = []
        for (entry, outcome) in zip(outgoing, await publisher.publish(outgoing.map(\.message))) {
            switch outcome {
            case .accepted: sent.append(entry.letter)
            case .returned(_, let reason): impossible.append((entry.letter, .unroutable, reason))
            // It may have arrived: another copy follows, and workers run one of them.
            case .refused, .unknown: break
            }
        }
        try await store.note(sent: sent, impossible: impossible, of: selection.id, fence: fence)
        for letter in sent { Self.replayed[letter.platform, letter.cause].increment() }
        let left = letters.count - sent.count - impossible.count
        if left > 0 { logger.warning("letters of a replay not accepted, trying again", ["count": .int(left)]) }
        return left == 0
    }
}
