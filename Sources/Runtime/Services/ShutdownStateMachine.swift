/// The phases in which a group of services runs and stops. Decides only; `ServiceGroup` acts.
struct ShutdownStateMachine {
    /// Why the group stopped.
    enum Cause: Equatable {
        case signal(Signals.Signal)
        case failed(service: String, error: String)
        /// A service returned although nobody had asked it to.
        case ended(service: String)
        /// All services returned, as they were expected to.
        case finished
    }

    enum Event {
        case signal(Signals.Signal)
        case serviceEnded(name: String, error: String?)
        case drained
        case drainDeadlinePassed
        case cancelDeadlinePassed
    }

    enum Action: Equatable {
        case none
        /// Stop taking work, and start the clock.
        case drain(Cause)
        /// Cancel all services. `late` when the drain did not end by itself.
        case cancel(late: Bool)
        /// Leave the process at once, cleaning up nothing.
        case exitNow(code: Int32, unfinished: [String])
        /// Everything ended.
        case finish(Cause)
    }

    private enum Phase {
        /// Followed by draining, or by the end.
        case running
        /// `drain` was called on the services. Followed by cancelling.
        case draining(Cause)
        /// The services' tasks were cancelled. Followed by the end.
        case cancelling(Cause, drained: Bool)
        case ended
    }

    private var phase = Phase.running
    private var running: [String]
    private let endingIsExpected: Bool

    init(services: [String], endingIsExpected: Bool) {
        running = services
        self.endingIsExpected = endingIsExpected
    }

    mutating func handle(_ event: Event) -> Action {
        switch event {
        case .signal(let signal): signalArrived(signal)
        case .serviceEnded(let name, let error): serviceEnded(name, error)
        case .drained: drained()
        case .drainDeadlinePassed: drainDeadlinePassed()
        case .cancelDeadlinePassed: cancelDeadlinePassed()
        }
    }

    private mutating func signalArrived(_ signal: Signals.Signal) -> Action {
        switch (phase, signal) {
        case (_, .hangUp): return .none
        case (.running, _): return begin(.signal(signal))
        // Whoever presses the keys twice does not want to wait.
        case (.draining(.signal(.interrupt)), .interrupt), (.cancelling(.signal(.interrupt), _), .interrupt):
            return .exitNow(code: 130, unfinished: running)
        case (.draining, _), (.cancelling, _), (.ended, _): return .none
        }
    }

    private mutating func serviceEnded(_ name: String, _ error: String?) -> Action {
        if let index = running.firstIndex(of: name) { running.remove(at: index) }
        switch phase {
        case .running:
            if let error { return begin(.failed(service: name, error: error)) }
            if !endingIsExpected { return begin(.ended(service: name)) }
            guard running.isEmpty else { return .none }
            phase = .ended
            return .finish(.finished)
        case .draining, .ended: return .none
        case .cancelling(let cause, let drained): return finishIfDone(cause, drained: drained)
        }
    }

    private mutating func begin(_ cause: Cause) -> Action {
        phase = .draining(cause)
        return .drain(cause)
    }

    private mutating func drained() -> Action {
        switch phase {
        case .draining(let cause):
            phase = .cancelling(cause, drained: true)
            return .cancel(late: false)
        case .cancelling(let cause, _):
            phase = .cancelling(cause, drained: true)
            return finishIfDone(cause, drained: true)
        case .running, .ended: return .none
        }
    }

    private mutating func drainDeadlinePassed() -> Action {
        guard case .draining(let cause) = phase else { return .none }
        phase = .cancelling(cause, drained: false)
        return .cancel(late: true)
    }

    private mutating func cancelDeadlinePassed() -> Action {
        guard case .cancelling = phase else { return .none }
        return .exitNow(code: 1, unfinished: running)
    }

    private mutating func finishIfDone(_ cause: Cause, drained: Bool) -> Action {
        guard drained, running.isEmpty else { return .none }
        phase = .ended
        return .finish(cause)
    }
}
