public import Runtime

/// Reads queues on a connection of its own and hands their messages over in batches.
///
/// Credit is the prefetch of each queue: the broker sends as many messages as have no answer yet and not one more. A lost
/// connection, a deleted queue or a restarted broker is retried until the task that runs the consumer is cancelled.
public final class Consumer: Sendable {
    private let endpoint: Endpoint
    private let queues: [ConsumerQueue]
    private let name: String
    private let logger: Logger
    private let mailbox = Mailbox<ConsumerCommands>()
    private let status = ConnectionStatus()
    private let buffer = DeliveryBuffer()

    /// `role` is the first part of the connection's name as operators see it.
    public init(endpoint: Endpoint, queues: [ConsumerQueue], role: String = "consumer", logger: Logger) {
        self.endpoint = endpoint
        self.queues = queues
        self.logger = logger
        name = Session.connectionName(role: role)
    }

    public var state: ConnectionState { status.state }
    /// `consuming` says how many of the queues have an active consumer.
    public var measurements: Measurements { status.measurements }
    /// The messages, in batches; see `Deliveries`.
    public var deliveries: Deliveries { Deliveries(buffer: buffer) }

    /// Connects and serves until the task is cancelled. Messages without an answer then go back to their queues. Call once.
    public func run() async {
        let (endpoint, queues, name, logger) = (endpoint, queues, name, logger)
        let (mailbox, status, buffer) = (mailbox, status, buffer)
        await runOnThread("amqp-consume", stop: { mailbox.requestStop() }) {
            var loop = ConnectionLoop(
                endpoint: endpoint,
                name: name,
                logger: logger,
                mailbox: mailbox,
                status: status,
                drainLimit: .seconds(2),
                role: ConsumerRole(queues: queues, logger: logger, buffer: buffer)
            )
            loop.run()
        }
    }

    /// Tells the broker that these are done, in one message where their tags allow. Returns at once; deliveries of a
    /// connection that has ended are ignored, because the broker delivers them again.
    public func acknowledge(_ deliveries: [Delivery]) {
        guard !deliveries.isEmpty else { return }
        mailbox.deposit { content in
            content.acknowledged.reserveCapacity(content.acknowledged.count + deliveries.count)
            for delivery in deliveries { content.acknowledged.append(delivery.token) }
        }
    }

    /// As above, for callers that have kept only the token.
    public func acknowledge(_ tokens: [DeliveryToken]) {
        guard !tokens.isEmpty else { return }
        mailbox.deposit { $0.acknowledged += tokens }
    }

    /// Gives a message back: to its queue, or with `requeue` false to the queue's dead-letter exchange.
    public func reject(_ delivery: Delivery, requeue: Bool) {
        mailbox.deposit { $0.rejected.append((delivery.token, requeue)) }
    }

    /// Lets exactly these queues stand still, by their names: the broker hands nothing more over from them, and what was
    /// handed over can still be answered. Those not named are read (again). Returns at once.
    public func pause(exactly queues: Set<String>) {
        mailbox.deposit { $0.paused = queues }
    }

    /// Stops taking new messages, for a drain. Returns when the broker has confirmed it: `deliveries` has ended, messages
    /// nobody had read are back in their queues, and those handed out can still be answered.
    public func cancel() async {
        await withCheckedContinuation { continuation in
            let taken = mailbox.deposit { content in
                content.cancel = true
                content.cancelWaiters.append(continuation)
            }
            if !taken { continuation.resume() }
        }
    }
}
