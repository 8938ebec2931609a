internal import Runtime

/// The life of one queue's channel: subscribed, lost by the broker's doing, waiting, subscribed again.
///
/// Pure: the time and the generator are passed in.
struct ConsumerChannel {
    enum State: Equatable {
        /// No connection. Next: `subscribing`.
        case detached
        /// Channel opening and subscription are on their way. Next: `consuming`, `waiting`.
        case subscribing
        case consuming
        /// The queue is missing or cannot serve. The channel is open if only the consumer was ended. Next: `subscribing`.
        case waiting(until: ContinuousClock.Instant, channelIsOpen: Bool)
        /// Our own cancel is on its way; acks still work. Next: `ended`.
        case cancelling
        /// Takes nothing more; acks still work while the channel lives.
        case ended
    }

    enum Action: Equatable {
        case nothing
        /// Open the channel, limit it and subscribe: a new epoch of tags begins.
        case open
        /// Subscribe again on the open channel; the tags go on.
        case subscribe
        case cancel
        case answerClose
    }

    private static let backoff = Backoff(base: .milliseconds(200), cap: .seconds(10), floor: .milliseconds(50))
    private(set) var state = State.detached
    private var attempts = 0
    private var cancelRequested = false

    var isConsuming: Bool { state == .consuming }
    /// Nothing more is going to come.
    var isQuiet: Bool { state == .ended || (cancelRequested && state == .detached) }
    /// When to call `due`.
    var deadline: ContinuousClock.Instant? { if case .waiting(let until, _) = state { until } else { nil } }

    mutating func connected() -> Action {
        guard !cancelRequested else {
            state = .ended
            return .nothing
        }
        state = .subscribing
        return .open
    }

    mutating func subscribed() {
        if state == .subscribing { state = .consuming }
        attempts = 0
    }

    /// The broker ended the consumer (`basic.cancel`): the queue is gone or has lost its leader.
    mutating func cancelledByBroker(
        at now: ContinuousClock.Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        state = cancelRequested ? .ended : .waiting(until: now + pause(&generator), channelIsOpen: true)
    }

    /// The broker closed the channel; only this one begins again.
    mutating func closedByBroker(
        at now: ContinuousClock.Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        state = cancelRequested ? .ended : .waiting(until: now + pause(&generator), channelIsOpen: false)
        return .answerClose
    }

    private mutating func pause(_ generator: inout some RandomNumberGenerator) -> Duration {
        attempts += 1
        return Self.backoff.delay(attempt: attempts, using: &generator)
    }

    /// Time has passed.
    mutating func due(at now: ContinuousClock.Instant) -> Action {
        guard case .waiting(let until, let channelIsOpen) = state, until <= now else { return .nothing }
        state = .subscribing
        return channelIsOpen ? .subscribe : .open
    }

    /// Take nothing more.
    mutating func cancel() -> Action {
        cancelRequested = true
        switch state {
        case .subscribing, .consuming:
            state = .cancelling
            return .cancel
        case .waiting:
            state = .ended
            return .nothing
        case .detached, .cancelling, .ended: return .nothing
        }
    }

    /// The broker answered our cancel.
    mutating func cancelAnswered() { if state == .cancelling { state = .ended } }

    mutating func disconnected() { state = .detached }
}
