internal import Runtime

/// Declares and inspects exchanges and queues over a short-lived connection of its own; see `withAdministration`.
///
/// Every call ends within the limit given to `withAdministration`. Names and keys are at most 255 bytes. A refusal of the
/// broker is thrown as `AMQPError` with the broker's own text, and the next call works again.
public actor Administration {
    /// What a queue holds at one moment.
    public struct QueueCounts: Sendable, Equatable {
        /// Messages ready for delivery, without those that wait for an answer.
        public var ready: Int
        public var consumers: Int

        public init(ready: Int, consumers: Int) {
            self.ready = ready
            self.consumers = consumers
        }
    }

    private static let channel: UInt16 = 1
    /// Without heartbeats: nobody serves them between two calls.
    private let endpoint: Endpoint
    private let name: String
    private let limit: Duration
    private let thread: ConnectionThread
    private var session: Session?
    private var channelIsOpen = false
    private var refusedByChannel = false

    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

    init(endpoint: Endpoint, role: String, limit: Duration, thread: ConnectionThread) {
        var endpoint = endpoint
        endpoint.heartbeat = .zero
        self.endpoint = endpoint
        self.limit = limit
        self.thread = thread
        name = Session.connectionName(role: role)
    }

    func connect() throws(AMQPError) { session = try Session.open(endpoint, name: name) }

    func close() {
        if session != nil {
            session!.output.connectionClose()
            try? session!.flush()
        }
        session = nil
    }

    // MARK: Exchanges

    /// Throws `preconditionFailed` when it exists with other properties.
    public func declareExchange(
        _ name: String,
        kind: String,
        durable: Bool = true,
        autoDelete: Bool = false,
        internalOnly: Bool = false,
        arguments: [Field] = []
    ) throws(AMQPError) {
        _ = try call("declare exchange \(name)") { output in
            output.exchangeDeclare(
                Self.channel,
                name,
                kind: kind,
                passive: false,
                durable: durable,
                autoDelete: autoDelete,
                internalOnly: internalOnly,
                arguments: arguments
            )
        }
    }

    public func exchangeExists(_ name: String) throws(AMQPError) -> Bool {
        do throws(AMQPError) {
            _ = try call("look at exchange \(name)") { output in
                output.exchangeDeclare(
                    Self.channel,
                    name,
                    kind: "",
                    passive: true,
                    durable: false,
                    autoDelete: false,
                    internalOnly: false,
                    arguments: []
                )
            }
            return true
        } catch  where error.code == .notFound {
            return false
        }
    }

    /// Does nothing when it does not exist.
    public func deleteExchange(_ name: String, ifUnused: Bool = false) throws(AMQPError) {
        _ = try call("delete exchange \(name)") { $0.exchangeDelete(Self.channel, name, ifUnused: ifUnused) }
    }

    /// What is published to `source` also goes to the exchange `destination`.
    public func bindExchange(_ destination: String, to source: String, routingKey: String, arguments: [Field] = [])
        throws(AMQPError)
    {
        _ = try call("bind exchange \(destination)") { output in
            output.exchangeBinding(
                Self.channel,
                add: true,
                destination: destination,
                source: source,
                key: routingKey,
                arguments: arguments
            )
        }
    }

    public func unbindExchange(_ destination: String, from source: String, routingKey: String, arguments: [Field] = [])
        throws(AMQPError)
    {
        _ = try call("unbind exchange \(destination)") { output in
            output.exchangeBinding(
                Self.channel,
                add: false,
                destination: destination,
                source: source,
                key: routingKey,
                arguments: arguments
            )
        }
    }

    // MARK: Queues

    /// Throws `preconditionFailed` when it exists with other properties. A quorum queue needs about a second after its first
    /// declaration before its messages survive a kill of the broker.
    @discardableResult
    public func declareQueue(
        _ name: String,
        durable: Bool = true,
        exclusive: Bool = false,
        autoDelete: Bool = false,
        arguments: [Field] = []
    ) throws(AMQPError) -> QueueCounts {
        let answer = try call("declare queue \(name)") { output in
            output.queueDeclare(
                Self.channel,
                name,
                passive: false,
                durable: durable,
                exclusive: exclusive,
                autoDelete: autoDelete,
                arguments: arguments
            )
        }
        return try counts(answer)
    }

    /// Nil when the queue does not exist.
    public func inspectQueue(_ name: String) throws(AMQPError) -> QueueCounts? {
        do throws(AMQPError) {
            let answer = try call("look at queue \(name)") { output in
                output.queueDeclare(
                    Self.channel,
                    name,
                    passive: true,
                    durable: false,
                    exclusive: false,
                    autoDelete: false,
                    arguments: []
                )
            }
            return try counts(answer)
        } catch  where error.code == .notFound {
            return nil
        }
    }

    private func counts(_ answer: Answer) throws(AMQPError) -> QueueCounts {
        guard case .queueDeclared(_, let ready, let consumers) = answer else { throw unexpected("declare queue") }
        return QueueCounts(ready: Int(ready), consumers: Int(consumers))
    }

    public func bindQueue(_ queue: String, to exchange: String, routingKey: String, arguments: [Field] = [])
        throws(AMQPError)
    {
        _ = try call("bind queue \(queue)") {
            $0.queueBind(Self.channel, queue, exchange: exchange, key: routingKey, arguments: arguments)
        }
    }

    public func unbindQueue(_ queue: String, from exchange: String, routingKey: String, arguments: [Field] = [])
        throws(AMQPError)
    {
        _ = try call("unbind queue \(queue)") {
            $0.queueUnbind(Self.channel, queue, exchange: exchange, key: routingKey, arguments: arguments)
        }
    }

    /// Removes the messages that are ready; returns how many.
    @discardableResult
    public func purgeQueue(_ name: String) throws(AMQPError) -> Int {
        let answer = try call("purge queue \(name)") { $0.queuePurge(Self.channel, name) }
        guard case .queuePurged(let messages) = answer else { throw unexpected("purge queue") }
        return Int(messages)
    }

    /// Does nothing when it does not exist; returns how many messages went with it.
    @discardableResult
    public func deleteQueue(_ name: String, ifUnused: Bool = false, ifEmpty: Bool = false) throws(AMQPError) -> Int {
        let answer = try call("delete queue \(name)") { output in
            output.queueDelete(Self.channel, name, ifUnused: ifUnused, ifEmpty: ifEmpty)
        }
        guard case .queueDeleted(let messages) = answer else { throw unexpected("delete queue") }
        return Int(messages)
    }

    // MARK: Calls

    private func unexpected(_ place: String) -> AMQPError {
        AMQPError(.protocolViolation, "an unexpected answer", at: place)
    }

    private func call(_ place: String, _ encode: (inout OutputBuffer) -> Void) throws(AMQPError) -> Answer {
        if session == nil { try connect() }
        let deadline = ContinuousClock.now + limit
        do throws(AMQPError) {
            if !channelIsOpen {
                session!.output.channelOpen(Self.channel)
                _ = try answer(place, until: deadline)
                channelIsOpen = true
            }
            encode(&session!.output)
            return try answer(place, until: deadline)
        } catch {
            // After a refusal by the channel the connection goes on; after anything else its state is not known.
            if !refusedByChannel { session = nil }
            (refusedByChannel, channelIsOpen) = (false, false)
            throw error
        }
    }

    private func answer(_ place: String, until deadline: ContinuousClock.Instant) throws(AMQPError) -> Answer {
        while true {
            try session!.flush()
            let got = try session!.fill()
            while let inbound = try session!.next() {
                switch inbound {
                case .answer(_, let answer): return answer
                case .channelClosed(let channel, let code, let reason):
                    session!.output.channelCloseOk(channel)
                    try session!.flush()
                    refusedByChannel = true
                    throw AMQPError.fromBroker(code: code, text: reason, at: place)
                case .connectionClosed(let code, let reason):
                    session!.output.connectionCloseOk()
                    try? session!.flush()
                    throw AMQPError.fromBroker(code: code, text: reason, at: place)
                case .blocked, .unblocked: continue
                case .delivery, .returned, .accepted, .refused, .consumerCancelled, .goodbye: throw unexpected(place)
                }
            }
            let left = deadline - .now
            // OpenSSL may hold decrypted bytes that poll does not see: read until there is nothing.
            if got { continue }
            guard left > .zero else { throw AMQPError(.timedOut, "no answer within \(limit)", at: place) }
            session!.wait(atMost: left)
        }
    }
}

/// Lends a connection for changing and inspecting the topology; `limit` bounds each call, connecting has the endpoint's own
/// limits. Throws what connecting and the body throw.
public func withAdministration<R: Sendable>(
    _ endpoint: Endpoint,
    role: String = "topology",
    limit: Duration = .seconds(8),
    _ body: (Administration) async throws -> R
) async throws -> R {
    let thread = ConnectionThread(name: "amqp-admin")
    let administration = Administration(endpoint: endpoint, role: role, limit: limit, thread: thread)
    let result: Result<R, any Error>
    do {
        try await administration.connect()
        result = .success(try await body(administration))
    } catch {
        result = .failure(error)
    }
    await administration.close()
    // The actor may not outlive its thread with work in hand; nothing is queued after `close`.
    thread.stop()
    return try result.get()
}
