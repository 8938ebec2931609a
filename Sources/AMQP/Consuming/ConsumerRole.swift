internal import Runtime

struct ConsumerCommands: MailboxContent {
    var acknowledged: [DeliveryToken] = []
    var rejected: [(token: DeliveryToken, requeue: Bool)] = []
    var cancel = false
    var cancelWaiters: [CheckedContinuation<Void, Never>] = []
    /// The names of all queues that are to stand still; nil leaves it as it is.
    var paused: Set<String>?
    var isEmpty: Bool {
        acknowledged.isEmpty && rejected.isEmpty && !cancel && cancelWaiters.isEmpty && paused == nil
    }
}

/// The consuming connection: one channel for each queue, so that a fault of one queue leaves the others alone.
struct ConsumerRole: ConnectionRole {
    private struct Subscription {
        let queue: ConsumerQueue
        var channel = ConsumerChannel()
        var ledger = AckLedger(epoch: 0, prefetch: 1)
        var missingSaid: ContinuousClock.Instant?
    }

    var measurements = Measurements()
    let blockedReason: String? = nil
    private let logger: Logger
    private let buffer: DeliveryBuffer
    private var subscriptions: [Subscription]
    private var lastEpoch: UInt32 = 0
    private var arrived: [Delivery] = []
    private var commands = ConsumerCommands()
    private var cancelling = false
    private var cancelWaiters: [CheckedContinuation<Void, Never>] = []
    private var connected = false
    /// When acknowledgements that are held together go out at the latest.
    private var heldUntil: ContinuousClock.Instant?

    /// Every answer is a command to the queue's replicas: under load they are held this long, and sent as one.
    private static let hold = Duration.milliseconds(5)
    /// As many go at once without waiting.
    private static let together = 64
    /// With fewer deliveries unanswered, each answer goes at once.
    private static let busy = 8
    private var generator = SystemRandomNumberGenerator()

    init(queues: [ConsumerQueue], logger: Logger, buffer: DeliveryBuffer) {
        self.logger = logger
        self.buffer = buffer
        subscriptions = queues.map { Subscription(queue: $0) }
    }

    /// Answers are written at once; a stop has nothing to wait for.
    var isDrained: Bool { true }
    var concurrency: Int { measurements.outstanding }
    var deadline: ContinuousClock.Instant? {
        var earliest = heldUntil
        for index in subscriptions.indices {
            if let due = subscriptions[index].channel.deadline { earliest = min(earliest ?? due, due) }
        }
        return earliest
    }

    private func tag(_ index: Int) -> String { "flotilla.\(index + 1)" }

    mutating func opened(_ session: inout Session, at now: ContinuousClock.Instant) {
        connected = true
        for index in subscriptions.indices { perform(subscriptions[index].channel.connected(), index, &session) }
        count()
    }

    private mutating func perform(_ action: ConsumerChannel.Action, _ index: Int, _ session: inout Session) {
        let channel = UInt16(index + 1)
        let queue = subscriptions[index].queue
        switch action {
        case .nothing: break
        case .open:
            lastEpoch += 1
            subscriptions[index].ledger = AckLedger(epoch: lastEpoch, prefetch: Int(queue.prefetch))
            // Without waiting for the answers: the broker works in order, and a refusal closes the channel.
            session.output.channelOpen(channel)
            session.output.basicQos(channel, prefetch: queue.prefetch)
            session.output.basicConsume(channel, queue: queue.name, tag: tag(index), arguments: queue.arguments)
        case .subscribe:
            session.output.basicConsume(channel, queue: queue.name, tag: tag(index), arguments: queue.arguments)
        case .cancel: session.output.basicCancel(channel, tag: tag(index))
        case .answerClose: session.output.channelCloseOk(channel)
        }
    }

    // MARK: Commands

    mutating func accept(_ new: ConsumerCommands) {
        if commands.isEmpty {
            commands = new
        } else {
            commands.acknowledged += new.acknowledged
            commands.rejected += new.rejected
            commands.cancel = commands.cancel || new.cancel
            commands.cancelWaiters += new.cancelWaiters
            commands.paused = new.paused ?? commands.paused
        }
        guard !connected else { return }
        // Nothing to send: the channels take notice when they open.
        _ = takePauses()
        // Their channels are gone, and the broker has the messages back.
        measurements.lateAcknowledgements += UInt64(commands.acknowledged.count + commands.rejected.count)
        beginCancel()
        for index in subscriptions.indices where cancelling { _ = subscriptions[index].channel.cancel() }
        commands = ConsumerCommands()
    }

    /// Tells the channels which of them stand still; returns what follows for each.
    private mutating func takePauses() -> [(index: Int, action: ConsumerChannel.Action)] {
        guard let paused = commands.paused else { return [] }
        commands.paused = nil
        return subscriptions.indices.compactMap { index in
            let isPaused = paused.contains(subscriptions[index].queue.name)
            guard isPaused != subscriptions[index].channel.isPaused else { return nil }
            let action = isPaused ? subscriptions[index].channel.pause() : subscriptions[index].channel.resume()
            return (index, action)
        }
    }

    private mutating func beginCancel() {
        cancelWaiters += commands.cancelWaiters
        if commands.cancel { cancelling = true }
    }

    mutating func write(_ session: inout Session, at now: ContinuousClock.Instant) -> Bool {
        for index in subscriptions.indices { perform(subscriptions[index].channel.due(at: now), index, &session) }
        guard !commands.isEmpty || heldUntil != nil else { return false }
        for (index, action) in takePauses() { perform(action, index, &session) }
        count()
        let hurry = commands.cancel || !commands.cancelWaiters.isEmpty || cancelling
        if commands.cancel || !commands.cancelWaiters.isEmpty {
            beginCancel()
            for index in subscriptions.indices { perform(subscriptions[index].channel.cancel(), index, &session) }
            // Nobody is going to read these: back to the queue at once, for others.
            for delivery in buffer.remove(where: { _ in true }) { commands.rejected.append((delivery.token, true)) }
        }
        for (token, requeue) in commands.rejected { reject(token, requeue: requeue, &session) }
        for token in commands.acknowledged {
            if let index = index(of: token), subscriptions[index].ledger.acknowledge(token) {
                measurements.acknowledged += 1
            } else {
                measurements.lateAcknowledgements += 1
            }
        }
        commands = ConsumerCommands()
        answer(&session, at: now, hurry: hurry)
        return false
    }

    /// Sends the acknowledgements that are due, or notes until when they may wait for company.
    private mutating func answer(_ session: inout Session, at now: ContinuousClock.Instant, hurry: Bool) {
        let waiting = subscriptions.reduce(0) { $0 + $1.ledger.waiting }
        guard waiting > 0 else {
            heldUntil = nil
            return
        }
        let outstanding = subscriptions.reduce(0) { $0 + $1.ledger.outstanding }
        let isDue = hurry || outstanding < Self.busy || heldUntil.map { $0 <= now } == true
        if !isDue, waiting < Self.together {
            heldUntil = heldUntil ?? now + Self.hold
            return
        }
        for index in subscriptions.indices {
            // A gap that a slow job leaves is not waited for twice.
            subscriptions[index].ledger.flush(stragglers: isDue) { answer in
                session.output.basicAck(UInt16(index + 1), tag: answer.tag, multiple: answer.multiple)
            }
        }
        let left = subscriptions.contains { $0.ledger.waiting > 0 }
        heldUntil = left ? heldUntil ?? now + Self.hold : nil
    }

    private func index(of token: DeliveryToken) -> Int? {
        let index = Int(token.channel) - 1
        return subscriptions.indices.contains(index) ? index : nil
    }

    private mutating func reject(_ token: DeliveryToken, requeue: Bool, _ session: inout Session) {
        if let index = index(of: token), subscriptions[index].ledger.reject(token) {
            session.output.basicReject(token.channel, tag: token.tag, requeue: requeue)
            measurements.rejected += 1
        } else {
            measurements.lateAcknowledgements += 1
        }
    }

    // MARK: Events

    mutating func received(
        _ inbound: Inbound,
        _ session: inout Session,
        at now: ContinuousClock.Instant
    ) throws(AMQPError) {
        switch inbound {
        case .delivery(let channel, let tag, let redelivered, let content):
            try take(channel, tag, redelivered, content, &session)
        case .answer(let channel, .consuming):
            let index = try index(of: channel)
            subscriptions[index].channel.subscribed()
            if subscriptions[index].missingSaid != nil {
                subscriptions[index].missingSaid = nil
                logger.info("consuming again", ["queue": .string(subscriptions[index].queue.name)])
            }
        case .answer(let channel, .consumerCancelled):
            let index = try index(of: channel)
            perform(subscriptions[index].channel.cancelAnswered(), index, &session)
        case .answer: break
        case .consumerCancelled(let channel, let tag, let answerWanted):
            if answerWanted { session.output.basicCancelOk(channel, tag: tag) }
            let index = try index(of: channel)
            subscriptions[index].channel.cancelledByBroker(at: now, using: &generator)
            say(
                "the broker ended a consumer, subscribing again",
                index,
                "its queue was deleted or lost its leader",
                now
            )
        case .channelClosed(let channel, let code, let reason):
            let index = try index(of: channel)
            forget(epoch: subscriptions[index].ledger.epoch)
            let action = subscriptions[index].channel.closedByBroker(at: now, using: &generator)
            perform(action, index, &session)
            // Answers to the closed life must not reach the next one.
            subscriptions[index].ledger = AckLedger(epoch: 0, prefetch: 1)
            say(
                code == 404 ? "a queue is missing, retrying" : "the broker closed a channel, retrying",
                index,
                reason,
                now
            )
        case .blocked, .unblocked: break  // publishers only
        case .accepted, .refused, .returned, .connectionClosed, .goodbye:
            throw AMQPError(.protocolViolation, "an unexpected method on the consuming connection", at: "consume")
        }
        count()
    }

    private mutating func count() {
        measurements.consuming = subscriptions.count { $0.channel.isConsuming }
        measurements.unwilling = subscriptions.count { !$0.channel.isAsWanted }
    }

    private func index(of channel: UInt16) throws(AMQPError) -> Int {
        let index = Int(channel) - 1
        guard subscriptions.indices.contains(index) else {
            throw AMQPError(.protocolViolation, "a method on a channel that was not opened", at: "consume")
        }
        return index
    }

    private mutating func take(
        _ channel: UInt16,
        _ tag: UInt64,
        _ redelivered: Bool,
        _ content: Content,
        _ session: inout Session
    ) throws(AMQPError) {
        let index = try index(of: channel)
        guard subscriptions[index].ledger.delivered(tag) else {
            throw AMQPError(.protocolViolation, "a delivery out of order", at: "consume")
        }
        let token = DeliveryToken(channel: channel, epoch: subscriptions[index].ledger.epoch, tag: tag)
        measurements.deliveries += 1
        guard !cancelling else { return reject(token, requeue: true, &session) }
        arrived.append(
            Delivery(
                queue: subscriptions[index].queue.name,
                exchange: content.exchange,
                routingKey: content.routingKey,
                redelivered: redelivered,
                properties: content.properties,
                body: content.body,
                token: token
            )
        )
    }

    /// Says a fault once, and again each minute.
    private mutating func say(_ what: StaticString, _ index: Int, _ reason: String, _ now: ContinuousClock.Instant) {
        if let said = subscriptions[index].missingSaid, now - said < .seconds(60) { return }
        subscriptions[index].missingSaid = now
        logger.warning(what, ["queue": .string(subscriptions[index].queue.name), "reason": .string(reason)])
    }

    /// Drops unread deliveries of a life that has ended: the broker delivers them again.
    private mutating func forget(epoch: UInt32) {
        arrived.removeAll { $0.token.epoch == epoch }
        _ = buffer.remove { $0.token.epoch == epoch }
    }

    mutating func deliver() {
        measurements.outstanding = 0
        for index in subscriptions.indices { measurements.outstanding += subscriptions[index].ledger.outstanding }
        if !arrived.isEmpty {
            let batch = arrived
            arrived = []
            arrived.reserveCapacity(min(batch.count, 256))
            buffer.append(batch)
        }
        guard cancelling, subscriptions.allSatisfy(\.channel.isQuiet) else { return }
        buffer.finish()
        let waiters = cancelWaiters
        cancelWaiters = []
        for waiter in waiters { waiter.resume() }
    }

    // MARK: Ends

    mutating func lost(_ error: AMQPError, taken: UInt64, at now: ContinuousClock.Instant) {
        connected = false
        arrived = []
        _ = buffer.remove { _ in true }
        for index in subscriptions.indices {
            subscriptions[index].channel.disconnected()
            subscriptions[index].ledger = AckLedger(epoch: 0, prefetch: 1)
        }
        count()
    }

    mutating func end(_ left: ConsumerCommands) {
        connected = false
        for index in subscriptions.indices { subscriptions[index].channel.disconnected() }
        accept(left)
        cancelling = true
        for index in subscriptions.indices { _ = subscriptions[index].channel.cancel() }
        arrived = []
        _ = buffer.remove { _ in true }
        count()
        deliver()
    }
}
