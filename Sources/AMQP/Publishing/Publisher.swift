public import Runtime
internal import Synchronization

/// Publishes on a connection of its own: every message persistent, mandatory and confirmed, as many at once as the window
/// allows.
///
/// Messages wait while there is no connection, while the broker is blocked and while the window is full; a caller who wants
/// to give up cancels its task.
public final class Publisher: Sendable {
    private let endpoint: Endpoint
    private let window: Int
    private let name: String
    private let logger: Logger
    private let mailbox = Mailbox<PublisherCommands>()
    private let status = ConnectionStatus()
    private let ids = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - window: the most messages that may be written and not yet confirmed.
    ///   - role: the first part of the connection's name as operators see it.
    public init(endpoint: Endpoint, window: Int = 1000, role: String = "publisher", logger: Logger) {
        precondition(window > 0, "a publisher needs a window of at least one message")
        self.endpoint = endpoint
        self.window = window
        self.logger = logger
        name = Session.connectionName(role: role)
    }

    public var state: ConnectionState { status.state }
    public var measurements: Measurements { status.measurements }

    /// Connects and serves until the task is cancelled; then what is outstanding gets `drainLimit` to be confirmed. Call once.
    public func run(drainLimit: Duration = .seconds(5)) async {
        let (endpoint, window, name, logger, mailbox, status) = (endpoint, window, name, logger, mailbox, status)
        await runOnThread("amqp-publish", stop: { mailbox.requestStop() }) {
            var loop = ConnectionLoop(
                endpoint: endpoint,
                name: name,
                logger: logger,
                mailbox: mailbox,
                status: status,
                drainLimit: drainLimit,
                role: PublisherRole(window: window, logger: logger, status: status)
            )
            loop.run()
        }
    }

    /// Publishes one message; see the list form, which costs far less per message.
    public func publish(_ message: Outgoing) async -> PublishOutcome {
        await publish([message])[0]
    }

    /// Publishes the messages in order and returns when each has its outcome, in the same order. When the task is
    /// cancelled it returns at once; what has no outcome then is `unknown`, and what was not written is not sent.
    public func publish(_ messages: [Outgoing]) async -> [PublishOutcome] {
        guard !messages.isEmpty else { return [] }
        let id = ids.wrappingAdd(1, ordering: .relaxed).newValue
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let request = PublishRequest(id: id, messages: messages, continuation: continuation)
                if !mailbox.deposit({ $0.requests.append(request) }) {
                    let outcome = PublishOutcome.unknown(reason: "the publisher stopped")
                    continuation.resume(returning: Array(repeating: outcome, count: messages.count))
                }
            }
        } onCancel: {
            mailbox.deposit { $0.cancelled.append(id) }
        }
    }
}

/// Runs `body` on a thread of that name, without keeping a thread of the shared pool. Cancellation calls `stop`.
func runOnThread(_ name: String, stop: @Sendable () -> Void, _ body: @escaping @Sendable () -> Void) async {
    var thread: NamedThread?
    await withTaskCancellationHandler {
        await withCheckedContinuation { ended in
            thread = NamedThread(name) {
                body()
                ended.resume()
            }
        }
    } onCancel: {
        stop()
    }
    thread?.join()
}
