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
        /// Our own cancel is on its way; acks still work. Next: `ended`, `idle`, `subscribing`.
        case cancelling
        /// Takes nothing until it is resumed; acks still work while the channel is open. Next: `subscribing`, `ended`.
        case idle(channelIsOpen: Bool)
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
    private(set) var isPaused = false

    var isConsuming: Bool { state == .consuming }
    /// Nothing more is going to come.
    var isQuiet: Bool { state == .ended || (cancelRequested && state == .detached) }
    /// When to call `due`.
    var deadline: ContinuousClock.Instant? { if case .waiting(let until, _) = state { until } else { nil } }
    /// Consuming, or not by wish.
    var isAsWanted: Bool {
        switch state {
        case .consuming, .idle: true
        case .cancelling: isPaused
        case .detached, .subscribing, .waiting, .ended: false
        }
    }

    mutating func connected() -> Action {
        guard !cancelRequested else {
            state = .ended
            return .nothing
        }
        guard !isPaused else {
            state = .idle(channelIsOpen: false)
            return .nothing
        }
        state = .subscribing
        return .open
    }

    /// Take nothing for now.
    mutating func pause() -> Action {
        isPaused = true
        switch state {
        case .subscribing, .consuming:
            state = .cancelling
            return .cancel
        case .waiting(_, let channelIsOpen):
            state = .idle(channelIsOpen: channelIsOpen)
            return .nothing
        case .detached, .cancelling, .idle, .ended: return .nothing
        }
    }

    /// Take messages again.
    mutating func resume() -> Action {
        isPaused = false
        guard case .idle(let channelIsOpen) = state else { return .nothing }
        state = .subscribing
        return channelIsOpen ? .subscribe : .open
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
        state = afterLoss(at: now, channelIsOpen: true, using: &generator)
    }

    private mutating func afterLoss(
        at now: ContinuousClock.Instant,
        channelIsOpen: Bool,
        using generator: inout some RandomNumberGenerator
    ) -> State {
        if cancelRequested { return .ended }
        if isPaused { return .idle(channelIsOpen: channelIsOpen) }
        return .waiting(until: now + wait(&generator), channelIsOpen: channelIsOpen)
    }

    /// The broker closed the channel; only this one begins again.
    mutating func closedByBroker(
        at now: ContinuousClock.Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        state = afterLoss(at: now, channelIsOpen: false, using: &generator)
        return .answerClose
    }

    private mutating func wait(_ generator: inout some RandomNumberGenerator) -> Duration {
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
        case .waiting, .idle:
            state = .ended
            return .nothing
        case .detached, .cancelling, .ended: return .nothing
        }
    }

    /// The broker answered our cancel.
    mutating func cancelAnswered() -> Action {
        guard state == .cancelling else { return .nothing }
        if cancelRequested {
            state = .ended
        } else if isPaused {
            state = .idle(channelIsOpen: true)
        } else {
            // It was resumed meanwhile.
            state = .subscribing
            return .subscribe
        }
        return .nothing
    }

    mutating func disconnected() { state = .detached }
}
