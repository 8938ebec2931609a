public import AMQP
public import FleetCore
internal import Runtime

/// A job as it was taken from its queue.
public struct JobTaken: Sendable {
    public var job: Job
    /// Which attempt this is, from 1.
    public var attempt: Int
    /// What the attempt before was in doubt about.
    public var doubt: DeadCause?
    /// The replay that it belongs to.
    public var replay: ReplayTicket?

    /// Since when the fleet has tried: a replay begins anew.
    public var since: Instant { max(job.enqueuedAt, replay?.since ?? job.enqueuedAt) }
}

/// Between jobs as values and jobs as messages: what a delivery holds, and what is published after it.
public struct JobMessages: Sendable {
    private let topology: Topology
    private let contract = JobContract()
    /// The delays of the retry ladder, shortest first.
    public let ladder: [Duration]

    /// The highest attempt number believed: a greater one is forged.
    private static let maximumAttempt: Int64 = 1000

    public init(topology: Topology) {
        self.topology = topology
        ladder = topology.retryLevels.map(\.delay)
    }

    /// The message of a job for the `jobs` exchange.
    public func message(_ job: Job) -> Outgoing {
        Outgoing(
            exchange: topology.jobsExchange,
            routingKey: job.routingKey,
            message: Message(body: job.encoded(), properties: Self.properties(Job.messageType, id: job.id))
        )
    }

    /// The message for a body that some door made already: of a job, or of pushed readings.
    public func message(body: [UInt8], id: UUID, routingKey: String) -> Outgoing {
        if routingKey == Topology.ingestRoutingKey { return push(body: body, id: id) }
        return Outgoing(
            exchange: topology.jobsExchange,
            routingKey: routingKey,
            message: Message(body: body, properties: Self.properties(Job.messageType, id: id))
        )
    }

    /// The message of pushed readings for the `ingest` exchange.
    public func push(body: [UInt8], id: UUID) -> Outgoing {
        Outgoing(
            exchange: topology.ingestExchange,
            routingKey: Topology.ingestRoutingKey,
            message: Message(body: body, properties: Self.properties(Push.messageType, id: id))
        )
    }

    /// The job in a delivery and which attempt this is. Throws the death of a message that breaks the contract.
    public func read(_ delivery: Delivery, now: Instant) throws(Death) -> JobTaken {
        let attempt: Int
        switch delivery.properties.headers[DeadLetter.Header.attempt] {
        case nil: attempt = 1
        case .int(let number) where (1...Self.maximumAttempt).contains(number): attempt = Int(number)
        default: throw Death(.badAttempt, "the header \(DeadLetter.Header.attempt) must be a number from 1 to 1000")
        }
        let job = try contract.read(delivery.body, now: now)
        guard delivery.queue == topology.workQueue(platform: job.platform, lane: job.lane) else {
            throw Death(
                .wrongQueue,
                "the job says \(job.routingKey) and was published under \"\(delivery.routingKey.prefix(80))\""
            )
        }
        let doubt = delivery.properties.headers[DeadLetter.Header.doubt]?.string
        return JobTaken(
            job: job,
            attempt: attempt,
            doubt: doubt.flatMap(DeadCause.init(rawValue:)),
            replay: ReplayTicket(delivery.properties.headers)
        )
    }

    /// What to publish for a disposal of a delivery.
    public func outgoing(_ disposal: JobDisposal, _ delivery: Delivery) -> Outgoing {
        switch disposal {
        case .result(let result):
            return self.result(result)
        case .ladder(let delay, let attempt, let doubt):
            var message = Self.forwarded(delivery)
            message.properties.headers[DeadLetter.Header.attempt] = .int(Int64(attempt))
            message.properties.headers[DeadLetter.Header.doubt] = (doubt?.rawValue).map { .string($0) }
            return Outgoing(
                exchange: topology.retryExchange(for: delay),
                routingKey: delivery.routingKey,
                message: message
            )
        case .deadLetter(let death):
            return deadLetter(death, delivery)
        }
    }

    /// The message of a result for the `results` exchange.
    public func result(_ result: JobResult) -> Outgoing {
        Outgoing(
            exchange: topology.resultsExchange,
            routingKey: topology.resultRoutingKey(shard: topology.resultShard(account: result.account)),
            message: Message(
                body: result.encoded(),
                properties: Self.properties(JobResult.messageType, id: result.job)
            )
        )
    }

    private func deadLetter(_ death: Death, _ delivery: Delivery) -> Outgoing {
        // The platform in a broken body cannot be trusted; the queue that it came from can.
        let isPush = delivery.queue == topology.ingestQueue
        let platform = isPush ? DeadLetter.pushed : topology.platform(ofWorkQueue: delivery.queue) ?? "unknown"
        var generator = SystemRandomNumberGenerator()
        var message = Self.forwarded(delivery)
        message.properties.headers[DeadLetter.Header.doubt] = nil
        message.properties.headers[DeadLetter.Header.cause] = .string(death.cause.rawValue)
        message.properties.headers[DeadLetter.Header.detail] = .string(death.detail)
        message.properties.headers[DeadLetter.Header.death] = .string(
            UUID.version7(milliseconds: ProcessClock.wallNow / 1000, using: &generator).description
        )
        return Outgoing(
            exchange: topology.jobsDeadExchange,
            routingKey: topology.deadRoutingKey(platform: platform, cause: death.cause.rawValue),
            message: message
        )
    }

    /// The delivery as it can always be published again by us, whatever its publisher made of it.
    ///
    /// The broker closes the channel on a user id that is not our own; a time to live of its own would cut the ladder's;
    /// and what does not fit into one frame is never sent.
    static func forwarded(_ delivery: Delivery) -> Message {
        var message = Message(body: delivery.body, properties: delivery.properties)
        message.properties.userID = nil
        message.properties.expiration = nil
        message.properties.headers = Array(delivery.properties.headers.filter(travelsOn).prefix(64))
        return message
    }

    /// Short scalars travel on, without the broker's own history: it counts wrongly once a message is published again.
    private static func travelsOn(_ field: AMQP.Field) -> Bool {
        if field.name.hasPrefix("x-death") || field.name.hasPrefix("x-first-death") { return false }
        if field.name.hasPrefix("x-last-death") || field.name == "x-delivery-count" { return false }
        switch field.value {
        case .string(let text): return text.utf8.count <= 1024
        case .bytes(let bytes): return bytes.count <= 1024
        case .bool, .int, .double, .timestamp, .null: return true
        case .table, .array, .omitted: return false
        }
    }

    private static func properties(_ type: String, id: UUID) -> Properties {
        var properties = Properties(contentType: "application/json", type: type, messageID: id.description)
        properties.appID = "flotilla"
        return properties
    }
}
