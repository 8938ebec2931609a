public import Runtime

/// Hears notifications, and says when some may have been missed.
///
/// A notification is a hint only: those sent while nobody listens are gone. So each time the connection stands (also the
/// first time) the listener gives `.reconnected`, on which the reader looks at the data itself.
public final class Listener: Sendable {
    /// What was heard.
    public enum Event: Sendable, Hashable {
        /// Somebody said NOTIFY.
        case notification(channel: String, payload: String)
        /// Listening begins, or began again, or events were dropped because the reader was slow: read everything again.
        case reconnected
    }

    /// What is heard, in order. At most 1024 wait; then the oldest are dropped and `.reconnected` follows. One reader.
    public let events: AsyncStream<Event>
    private let sink: AsyncStream<Event>.Continuation
    private let address: PostgresAddress
    private let channels: [String]
    private let name: String
    private let logger: Logger

    /// - Parameters:
    ///   - channels: exact names.
    ///   - name: the session's `application_name`.
    public init(address: PostgresAddress, channels: [String], name: String, logger: Logger) {
        self.address = address
        self.channels = channels
        self.name = name
        self.logger = logger
        (events, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1024))
    }

    /// Listens until its task is cancelled, over all interruptions. Ends ``events``.
    public func run() async {
        var failures = 0
        var announced: String?
        while !Task.isCancelled {
            let error = await listen {
                if announced != nil { logger.info("the listener is connected again") }
                announced = nil
                failures = 0
            }
            if Task.isCancelled { break }
            failures += 1
            if announced != error.message {
                announced = error.message
                logger.warning("the listener lost its connection", ["reason": .string(error.message)])
            }
            let delay = PoolStateMachine.delay(failures, jitter: Double.random(in: 0..<1))
            try? await Task.sleep(nanoseconds: delay)
        }
        sink.finish()
    }

    /// One life of the connection; returns why it ended.
    private func listen(onStanding: () -> Void) async -> PostgresError {
        let connection: Connection
        do throws(PostgresError) { connection = try await Connection.open(address, name: name) } catch { return error }
        do throws(PostgresError) {
            let listens = channels.map { "LISTEN \(Statement.quoted(identifier: $0))" }
            try await connection.execute(script: listens.joined(separator: ";"))
            onStanding()
            offer(.reconnected)
            while true {
                for (channel, payload) in try await connection.notifications() {
                    offer(.notification(channel: channel, payload: payload))
                }
            }
        } catch {
            await connection.close()
            return error
        }
    }

    private func offer(_ event: Event) {
        if case .dropped = sink.yield(event) { sink.yield(.reconnected) }
    }
}

extension Connection {
    /// Waits for notifications and returns those that came, as channel and payload.
    func notifications() async throws(PostgresError) -> [(String, String)] {
        try await interruptible { () throws(PostgresError) in
            try requireIdle()
            while true {
                var heard: [(String, String)] = []
                while let (channel, payload) = handle.notification() { heard.append((channel, payload)) }
                if !heard.isEmpty { return heard }
                try waitIdle()
                guard handle.consumeInput(), handle.isOpen else {
                    throw lost(handle.errorMessage, statement: nil)
                }
            }
        }
    }
}
