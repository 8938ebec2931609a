internal import Synchronization

/// Where a connection stands, for readiness probes.
public enum ConnectionState: Sendable, Equatable {
    /// Not started, or trying to connect.
    case connecting
    /// Logged in and working.
    case open
    /// Connected, but the broker takes no messages (a memory or disk alarm).
    case blocked(reason: String)
    /// The last attempt or connection failed; another follows.
    case waiting(reason: String)
    case stopped
}

/// Counters since the start, and durations; cheap to read at any time.
public struct Measurements: Sendable, Equatable {
    /// Messages handed to the socket, and what became of them.
    public var published: UInt64 = 0
    public var accepted: UInt64 = 0
    public var returned: UInt64 = 0
    public var refused: UInt64 = 0
    public var unknown: UInt64 = 0
    public var deliveries: UInt64 = 0
    /// Deliveries that were acknowledged or rejected on their own channel's life.
    public var acknowledged: UInt64 = 0
    public var rejected: UInt64 = 0
    /// Acknowledgements dropped because their channel had ended; the broker delivers such messages again.
    public var lateAcknowledgements: UInt64 = 0
    /// How long the broker has refused to take messages, in total.
    public var blocked: Duration = .zero
    /// Logins after the first.
    public var reconnects: UInt64 = 0
    /// Messages written and not yet confirmed, or delivered and not yet acknowledged.
    public var outstanding = 0
    /// Messages waiting to be written.
    public var queued = 0
    /// Queues with an active consumer.
    public var consuming = 0
    /// Queues without an active consumer that are to have one: all but those that stand still by wish.
    public var unwilling = 0
    /// The longest that reading and decoding, or sending, kept the connection's thread, in nanoseconds; without connecting.
    public var longestCall: UInt64 = 0

    public init() {}
}

/// State and measurements as last written by the connection's thread.
final class ConnectionStatus: Sendable {
    private let value = Mutex((state: ConnectionState.connecting, measurements: Measurements()))

    var state: ConnectionState { value.withLock { $0.state } }
    var measurements: Measurements { value.withLock { $0.measurements } }

    func set(_ state: ConnectionState) { value.withLock { $0.state = state } }
    func set(_ measurements: Measurements) { value.withLock { $0.measurements = measurements } }
}
