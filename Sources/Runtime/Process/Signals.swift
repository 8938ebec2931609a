internal import CLinux
internal import Glibc
internal import Synchronization

/// The signals that steer a process, as an asynchronous sequence.
///
/// From the first use on they no longer end the process by themselves. Every sequence gets every signal that arrives
/// after it was made.
public struct Signals: AsyncSequence, Sendable {
    /// A signal that the fleet's processes understand.
    public enum Signal: CInt, Sendable, CaseIterable {
        /// SIGHUP: read the configuration again.
        case hangUp = 1
        /// SIGINT: drain; the second one means now.
        case interrupt = 2
        /// SIGTERM: drain.
        case terminate = 15

        /// The name people know it by.
        public var name: String {
            switch self {
            case .hangUp: "SIGHUP"
            case .interrupt: "SIGINT"
            case .terminate: "SIGTERM"
            }
        }
    }

    private let stream: AsyncStream<Signal>

    /// Listens from now on.
    public init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Signal.self, bufferingPolicy: .bufferingNewest(16))
        self.stream = stream
        SignalHub.shared.add(continuation)
    }

    /// The signals, in the order of their arrival. Ends when the task is cancelled.
    public func makeAsyncIterator() -> AsyncStream<Signal>.AsyncIterator { stream.makeAsyncIterator() }
}

/// One thread that reads the signals' pipe and tells all sequences. It lives as long as the process.
private final class SignalHub: Sendable {
    static let shared = SignalHub()

    private let listeners = Mutex<[Int: AsyncStream<Signals.Signal>.Continuation]>([:])
    private let next = Atomic<Int>(0)
    private let thread = Mutex<NamedThread?>(nil)

    private init() {
        var (readEnd, writeEnd): (CInt, CInt) = (-1, -1)
        let made = unsafe clinux_signal_pipe(&readEnd, &writeEnd)
        precondition(made == 1, "the system refused a pipe for signals")
        for signal in Signals.Signal.allCases { _ = clinux_catch_signal(signal.rawValue, writeEnd) }
        let started = NamedThread("signals", stackSize: 256 << 10) { [unowned self, readEnd] in self.read(readEnd) }
        thread.withLock { $0 = started }
    }

    func add(_ continuation: AsyncStream<Signals.Signal>.Continuation) {
        let key = next.wrappingAdd(1, ordering: .relaxed).newValue
        listeners.withLock { $0[key] = continuation }
        continuation.onTermination = { [unowned self] _ in listeners.withLock { _ = $0.removeValue(forKey: key) } }
    }

    private func read(_ descriptor: CInt) {
        var number: UInt8 = 0
        while true {
            let count = unsafe Glibc.read(descriptor, &number, 1)
            guard count == 1, let signal = Signals.Signal(rawValue: CInt(number)) else { continue }
            for listener in listeners.withLock({ Array($0.values) }) { listener.yield(signal) }
        }
    }
}
