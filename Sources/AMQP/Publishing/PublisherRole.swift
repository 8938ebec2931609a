internal import Runtime

/// The publishing connection: one channel in confirm mode, a queue in front of it and a window behind.
struct PublisherRole: ConnectionRole {
    /// A message of a batch.
    struct Item {
        let batch: PublishBatch
        let index: Int
    }

    /// A written message, and where its last byte lies in the connection's output.
    struct Written {
        let item: Item
        let end: UInt64
    }

    private static let channel: UInt16 = 1
    /// Not more is encoded ahead of the socket, so that a lost connection leaves little in doubt.
    private static let outputLimit = 128 << 10

    var measurements = Measurements()
    private(set) var blockedReason: String?
    private let logger: Logger
    private let status: ConnectionStatus
    private var window: ConfirmWindow<Written>
    /// Written before on a connection that was lost before it had taken all of them: they go first.
    private var again = FIFO<Item>()
    private var queue = FIFO<PublishBatch>()
    /// The first message of `queue.first` that was not written.
    private var cursor = 0
    private var completed: [PublishBatch] = []
    /// Cancelled before their messages came here.
    private var cancelledEarly: [UInt64] = []
    private var blockedSince: ContinuousClock.Instant?
    private var usable = false

    init(window: Int, logger: Logger, status: ConnectionStatus) {
        self.window = ConfirmWindow(limit: window)
        self.logger = logger
        self.status = status
    }

    var isDrained: Bool { queue.isEmpty && again.isEmpty && window.outstanding == 0 }
    var deadline: ContinuousClock.Instant? { nil }
    var concurrency: Int { window.outstanding }

    mutating func opened(_ session: inout Session, at now: ContinuousClock.Instant) {
        // Without waiting for the answers: the broker works in order, and a refusal closes the channel.
        session.output.channelOpen(Self.channel)
        session.output.confirmSelect(Self.channel)
        usable = true
    }

    // MARK: Commands

    mutating func accept(_ commands: PublisherCommands) {
        for request in commands.requests {
            let batch = PublishBatch(request)
            if let early = cancelledEarly.firstIndex(of: request.id) {
                cancelledEarly.remove(at: early)
                abandon(batch)
            } else {
                queue.append(batch)
                measurements.queued += batch.messages.count
            }
        }
        for id in commands.cancelled { cancel(id) }
    }

    private mutating func cancel(_ id: UInt64) {
        let waiting = queue.elements.first { $0.id == id } ?? again.elements.first { $0.batch.id == id }?.batch
        if let batch = waiting ?? window.elements.first(where: { $0.item.batch.id == id })?.item.batch {
            abandon(batch)
        } else {
            // Usually it was complete already, and nobody asks again.
            if cancelledEarly.count == 1024 { cancelledEarly.removeFirst() }
            cancelledEarly.append(id)
        }
    }

    /// Nobody waits: what is written stays in the window, the rest is not sent. It goes at once, because in a long outage
    /// callers may come and give up again and again.
    private mutating func abandon(_ batch: PublishBatch) {
        if batch.resolveRest(.unknown(reason: "the publishing task was cancelled")) { batch.resume() }
        if let first = queue.first, first === batch {
            _ = queue.popFirst()
            measurements.queued -= batch.messages.count - cursor
            cursor = 0
        } else if queue.elements.contains(where: { $0 === batch }) {
            queue.removeAll { $0 === batch }
            measurements.queued -= batch.messages.count
        }
        measurements.queued -= again.elements.count { $0.batch === batch }
        again.removeAll { $0.batch === batch }
    }

    // MARK: Writing

    mutating func write(_ session: inout Session, at now: ContinuousClock.Instant) -> Bool {
        guard usable, blockedReason == nil else { return false }
        while session.output.count < Self.outputLimit {
            guard !window.isFull, let item = next() else { return false }
            let outgoing = item.batch.messages[item.index]
            measurements.queued -= 1
            if let fault = outgoing.encodingFault {
                settle(item, .returned(code: 502, reason: fault))
            } else if !session.output.basicPublish(Self.channel, outgoing, frameMaximum: session.frameMaximum) {
                settle(item, .returned(code: 501, reason: "the properties do not fit into one frame"))
            } else {
                window.wrote(Written(item: item, end: session.output.end))
                measurements.published += 1
            }
        }
        return true
    }

    private mutating func next() -> Item? {
        if let item = again.popFirst() { return item }
        guard let batch = queue.first else { return nil }
        defer {
            cursor += 1
            if cursor == batch.messages.count {
                _ = queue.popFirst()
                cursor = 0
            }
        }
        return Item(batch: batch, index: cursor)
    }

    // MARK: Events

    mutating func received(
        _ inbound: Inbound,
        _ session: inout Session,
        at now: ContinuousClock.Instant
    ) throws(AMQPError) {
        switch inbound {
        case .accepted(_, let tag, let multiple): try confirm(tag, multiple, accepted: true)
        case .refused(_, let tag, let multiple): try confirm(tag, multiple, accepted: false)
        case .returned(_, let code, let reason, let content):
            _ = window.returned(code: code, reason: reason) { written in
                let outgoing = written.item.batch.messages[written.item.index]
                return outgoing.exchange == content.exchange && outgoing.routingKey == content.routingKey
                    && outgoing.message.properties.messageID == content.properties.messageID
                    && outgoing.message.body == content.body
            }
        case .blocked(let reason):
            logger.warning("the broker takes no messages", ["reason": .string(reason)])
            blockedReason = reason
            blockedSince = now
            status.set(.blocked(reason: reason))
        case .unblocked:
            logger.info("the broker takes messages again")
            countBlocked(until: now)
            status.set(.open)
        case .channelClosed(let channel, let code, let reason):
            session.output.channelCloseOk(channel)
            session.output.channelOpen(channel)
            session.output.confirmSelect(channel)
            channelFailed(code, reason)
        case .answer: break
        case .delivery, .consumerCancelled, .connectionClosed, .goodbye:
            throw AMQPError(.protocolViolation, "an unexpected method on the publishing connection", at: "publish")
        }
        measurements.outstanding = window.outstanding
    }

    private mutating func confirm(_ tag: UInt64, _ multiple: Bool, accepted: Bool) throws(AMQPError) {
        var settled: [(Item, PublishOutcome)] = []
        let known = window.confirmed(tag, multiple: multiple, accepted: accepted) { written, verdict in
            switch verdict {
            case .accepted: settled.append((written.item, .accepted))
            case .refused: settled.append((written.item, .refused))
            case .returned(let code, let reason): settled.append((written.item, .returned(code: code, reason: reason)))
            }
        }
        for (item, outcome) in settled { settle(item, outcome) }
        guard known else { throw AMQPError(.protocolViolation, "a confirm for a message never sent", at: "publish") }
    }

    private mutating func settle(_ item: Item, _ outcome: PublishOutcome) {
        switch outcome {
        case .accepted: measurements.accepted += 1
        case .returned: measurements.returned += 1
        case .refused: measurements.refused += 1
        case .unknown: measurements.unknown += 1
        }
        if item.batch.resolve(item.index, outcome) { completed.append(item.batch) }
    }

    private mutating func countBlocked(until now: ContinuousClock.Instant) {
        if let since = blockedSince { measurements.blocked += now - since }
        (blockedReason, blockedSince) = (nil, nil)
    }

    /// The broker closed the channel because of one publish, most often to an exchange that does not exist: everything
    /// written after that publish was ignored, and what was written before it is in doubt.
    private mutating func channelFailed(_ code: UInt16, _ reason: String) {
        logger.warning(
            "the broker closed the publishing channel",
            ["code": .int(Int64(code)), "reason": .string(reason)]
        )
        let written = window.abandon()
        let exchange = Self.exchange(namedIn: reason)
        let culprit = written.firstIndex { $0.item.batch.messages[$0.item.index].exchange == exchange }
        var repeated: [Item] = []
        for (position, entry) in written.enumerated() {
            if let culprit, position >= culprit {
                if entry.item.batch.messages[entry.item.index].exchange == exchange {
                    settle(entry.item, .returned(code: code, reason: reason))
                } else {
                    repeated.append(entry.item)
                }
            } else {
                settle(entry.item, .unknown(reason: reason))
            }
        }
        again.prepend(repeated)
        measurements.queued += repeated.count
    }

    /// The name in "NOT_FOUND - no exchange 'x' in vhost '/'" and "access to exchange 'x' in vhost '/' refused".
    static func exchange(namedIn reason: String) -> String? {
        let parts = reason.split(separator: "exchange '", maxSplits: 1)
        guard parts.count == 2, let end = parts[1].firstIndex(of: "'") else { return nil }
        return String(parts[1][..<end])
    }

    // MARK: Ends

    mutating func lost(_ error: AMQPError, taken: UInt64, at now: ContinuousClock.Instant) {
        usable = false
        countBlocked(until: now)
        var repeated: [Item] = []
        for written in window.abandon() {
            if written.end > taken {
                // Its last byte never left, so the broker cannot have it.
                repeated.append(written.item)
            } else {
                settle(written.item, .unknown(reason: error.description))
            }
        }
        again.prepend(repeated)
        measurements.queued += repeated.count
        measurements.published -= UInt64(repeated.count)
        measurements.outstanding = 0
    }

    mutating func deliver() {
        measurements.outstanding = window.outstanding
        guard !completed.isEmpty else { return }
        let batches = completed
        completed.removeAll(keepingCapacity: true)
        for batch in batches { batch.resume() }
    }

    mutating func end(_ left: PublisherCommands) {
        accept(left)
        let outcome = PublishOutcome.unknown(reason: "the publisher stopped")
        for written in window.abandon() { settle(written.item, outcome) }
        while let item = next() { settle(item, outcome) }
        measurements.queued = 0
        deliver()
    }
}
