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

    public init(job: Job, attempt: Int, doubt: DeadCause? = nil, replay: ReplayTicket? = nil) {
        self.job = job
        self.attempt = attempt
        self.doubt = doubt
        self.replay = replay
    }
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
            message: Message(body: job.encoded(), properties: Self.properties(job.messageType, id: job.id))
        )
    }

    /// The message for a body that some door made already: of a job, or of pushed readings. A job that was in a worker's
    /// hands before goes on with its next attempt.
    public func message(
        body: [UInt8],
        id: UUID,
        routingKey: String,
        attempt: Int = 1,
        doubt: String? = nil
    ) -> Outgoing {
        if routingKey == Topology.ingestRoutingKey { return push(body: body, id: id) }
        var properties = Self.properties(JobContract.messageType(body), id: id)
        if attempt > 1 { properties.headers[DeadLetter.Header.attempt] = .int(Int64(attempt)) }
        if let doubt { properties.headers[DeadLetter.Header.doubt] = .string(doubt) }
        return Outgoing(
            exchange: topology.jobsExchange,
            routingKey: routingKey,
            message: Message(body: body, properties: properties)
        )
    }

    /// A job that the broker took from workers which died, on its way to where it is run apart from others; nil when
    /// nobody can tell from which queue it came.
    public func suspect(_ delivery: Delivery) -> Outgoing? {
        guard let key = brokerDeath(of: delivery)?.key else { return nil }
        var message = Self.forwarded(delivery)
        let before = delivery.properties.headers[DeadLetter.Header.crashes]?.int ?? 0
        message.properties.headers[DeadLetter.Header.crashes] = .int(
            max(0, min(before, Self.maximumAttempt)) + topology.specification.deliveryLimit + 1
        )
        return Outgoing(exchange: topology.suspectsExchange, routingKey: key, message: message)
    }

    /// What the broker's own history says of a letter that no worker published: the work queue that it came from.
    private func brokerDeath(of delivery: Delivery) -> (queue: String, key: String)? {
        guard delivery.properties.headers[DeadLetter.Header.cause] == nil,
            case .array(let deaths) = delivery.properties.headers["x-death"],
            case .table(let last) = deaths.first, let queue = last["queue"]?.string,
            last["reason"]?.string == "delivery_limit",
            let key = topology.routingKey(ofWorkQueue: queue)
        else { return nil }
        return (queue, key)
    }

    /// Whether a job was in the hands of workers that died so often that it must be run apart from others.
    public func isSuspect(_ delivery: Delivery) -> Bool {
        delivery.queue == topology.suspectsQueue
            || delivery.properties.headers[DeadLetter.Header.crashes]?.int ?? 0 > topology.specification.deliveryLimit
    }

    /// The message of pushed readings for the `ingest` exchange.
    public func push(body: [UInt8], id: UUID) -> Outgoing {
        Outgoing(
            exchange: topology.ingestExchange,
            routingKey: Topology.ingestRoutingKey,
            message: Message(body: body, properties: Self.properties(Push.messageType, id: id))
        )
    }

    /// Which attempt at its job a delivery is, and what the one before was in doubt about.
    public func attempt(_ delivery: Delivery) throws(Death) -> (number: Int, doubt: DeadCause?) {
        let doubt = delivery.properties.headers[DeadLetter.Header.doubt]?.string.flatMap(DeadCause.init(rawValue:))
        switch delivery.properties.headers[DeadLetter.Header.attempt] {
        case nil: return (1, doubt)
        case .int(let number) where (1...Self.maximumAttempt).contains(number): return (Int(number), doubt)
        default: throw Death(.badAttempt, "the header \(DeadLetter.Header.attempt) must be a number from 1 to 1000")
        }
    }

    /// The job in a delivery and which attempt this is. Throws the death of a message that breaks the contract.
    public func read(_ delivery: Delivery, now: Instant) throws(Death) -> JobTaken {
        let (attempt, doubt) = try attempt(delivery)
        let job = try contract.read(delivery.body, now: now)
        let isInPlace =
            delivery.queue == topology.workQueue(platform: job.platform, lane: job.lane)
            || delivery.queue == topology.suspectsQueue && delivery.routingKey == job.routingKey
        guard isInPlace else {
            throw Death(
                .wrongQueue,
                "the job says \(job.routingKey) and was published under \"\(delivery.routingKey.prefix(80))\""
            )
        }
        return JobTaken(
            job: job,
            attempt: attempt,
            doubt: doubt,
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

    /// A delivery that comes back to its queue after the shortest delay as what it was: nothing is charged to it, which
    /// the broker does for what is merely given back.
    public func back(_ delivery: Delivery) -> Outgoing {
        Outgoing(
            exchange: topology.retryExchange(for: ladder[0]),
            routingKey: delivery.routingKey,
            message: Self.forwarded(delivery)
        )
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
        let queue = delivery.queue == topology.suspectsQueue ? suspectedQueue(delivery) : delivery.queue
        let platform = isPush ? DeadLetter.pushed : topology.platform(ofWorkQueue: queue) ?? "unknown"
        var generator = SystemRandomNumberGenerator()
        var message = Self.forwarded(delivery)
        if death.cause == .killsWorkers {
            let before = message.properties.headers[DeadLetter.Header.crashes]?.int ?? 0
            message.properties.headers[DeadLetter.Header.crashes] = .int(before + 2)
        }
        message.properties.headers[DeadLetter.Header.doubt] = nil
        message.properties.headers[DeadLetter.Header.cause] = .string(death.cause.rawValue)
        message.properties.headers[DeadLetter.Header.detail] = .string(death.detail)
        message.properties.headers[WaitingJob.routeHeader] = .string(delivery.routingKey)
        message.properties.headers[DeadLetter.Header.death] = .string(
            UUID.version7(milliseconds: ProcessClock.wallNow / 1000, using: &generator).description
        )
        return Outgoing(
            exchange: topology.jobsDeadExchange,
            routingKey: topology.deadRoutingKey(platform: platform, cause: death.cause.rawValue),
            message: message
        )
    }

    /// The work queue that a suspect came from: its routing key is that of its first publishing.
    private func suspectedQueue(_ delivery: Delivery) -> String {
        let words = delivery.routingKey.split(separator: ".", maxSplits: 1).map(String.init)
        return words.count == 2 ? topology.workQueue(platform: words[0], lane: words[1]) : delivery.queue
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
