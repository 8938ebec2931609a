/// A thing that goes wrong in silence on a broker, or is about to. The raw value is stable: scripts may match it.
public enum Hazard: String, CaseIterable, Hashable, Sendable {
    // Dead lettering
    case atLeastOnceFallback = "at-least-once-fallback"
    case atMostOnce = "at-most-once"
    case deadLetterTargetMissing = "dead-letter-target-missing"
    case deadLetterTargetUnguarded = "dead-letter-target-unguarded"
    case deadLettersStuck = "dead-letters-stuck"
    case deadLetterTargetLimited = "dead-letter-target-limited"
    case automaticCycle = "automatic-cycle"
    // Limits
    case deliveryLimitDestroys = "delivery-limit-destroys"
    case defaultDeliveryLimit = "default-delivery-limit"
    case deadQueueLimited = "dead-queue-limited"
    case messagesExpire = "messages-expire"
    case queueExpires = "queue-expires"
    case ladderWithoutTTL = "ladder-without-ttl"
    // Routing
    case unroutableUnnoticed = "unroutable-unnoticed"
    case unroutableDropped = "unroutable-dropped"
    case foreignBinding = "foreign-binding"
    // Shape
    case wrongType = "wrong-type"
    case unknownArgument = "unknown-argument"
    case ignoredArgument = "ignored-argument"
    case policyDisplaced = "policy-displaced"
    case drift = "drift"
    // Life
    case queueDown = "queue-down"
    case noConsumer = "no-consumer"
    case parkedMessages = "parked-messages"
    case unboundedPrefetch = "unbounded-prefetch"
    case automaticAcknowledgement = "automatic-acknowledgement"
    case resourceAlarm = "resource-alarm"
    case blockedConnections = "blocked-connections"
    case connectionChurn = "connection-churn"
    case nodeDown = "node-down"
    case networkPartition = "network-partition"
    // Access and version
    case defaultPassword = "default-password"
    case unsupportedBroker = "unsupported-broker"
}

extension Hazard {
    /// Why it bites, for somebody who has never met it.
    public var why: String {
        switch self {
        case .atLeastOnceFallback:
            "at-least-once needs a quorum queue, overflow reject-publish and the feature flag stream_queue; without one of "
                + "them the broker quietly dead-letters at most once and can lose messages"
        case .atMostOnce: "dead letters are published without confirmation: a full or restarting target loses them"
        case .deadLetterTargetMissing:
            "dead letters without an exchange to go to are dropped, or stay stuck in their queue"
        case .deadLetterTargetUnguarded:
            "32 dead letters without a route stop all dead lettering of their queue, and nothing says so"
        case .deadLettersStuck:
            "these messages are in no list and no purge removes them; from 32 on their queue dead-letters nothing any more"
        case .deadLetterTargetLimited:
            "a length limit on a dead-letter target is ignored, or loses messages, unless every source is at-least-once and "
                + "the target refuses instead of dropping"
        case .automaticCycle:
            "a message that returns to a queue without anybody rejecting it is dropped, or stuck for ever under at-least-once"
        case .deliveryLimitDestroys:
            "before RabbitMQ 4.0 a delivery limit of -1 does not mean unlimited: the first return dead-letters or drops"
        case .defaultDeliveryLimit:
            "from RabbitMQ 4.0 a quorum queue without a delivery limit has one of 20: even looking at a message counts"
        case .deadQueueLimited:
            "whatever limits this queue deletes dead letters or stops dead lettering; looking counts as a delivery"
        case .messagesExpire: "messages vanish or turn into dead letters just by waiting"
        case .queueExpires: "a queue without consumers is deleted with everything in it"
        case .ladderWithoutTTL:
            "without a fixed time to live messages never leave, and times of their own block each other: the longest in front "
                + "holds all others"
        case .unroutableUnnoticed:
            "an alternate exchange counts as a route: the publisher of an unroutable job gets a confirm and no return"
        case .unroutableDropped:
            "somebody publishes without `mandatory`: the broker confirmed these messages and threw them away"
        case .foreignBinding:
            "another service takes copies here; if its queue fills up and refuses, our publishes are refused too"
        case .wrongType:
            "only quorum queues survive the loss of a node and dead-letter safely; mirrored queues lose confirmed messages"
        case .unknownArgument: "the broker accepts arguments that it does not know and ignores them"
        case .ignoredArgument: "this version of the broker accepts the argument and ignores it"
        case .policyDisplaced: "only one policy applies to a queue: the one with the highest priority hides all others"
        case .drift: "the broker no longer is what queues.yaml says"
        case .queueDown:
            "a queue without a leader takes and gives nothing; after some restarts it never comes back by itself"
        case .noConsumer: "messages wait and nobody takes them"
        case .parkedMessages:
            "these messages had no route where they were sent: a queue or binding is missing or a lane was removed"
        case .unboundedPrefetch:
            "one consumer holds everything that waits, and its crash charges a delivery to all of it: good jobs die with the bad one"
        case .automaticAcknowledgement: "the broker forgets a message when it is sent: a crash of the consumer loses it"
        case .resourceAlarm: "all publishers of the whole cluster are blocked, without an error"
        case .blockedConnections:
            "these publishers wait and may not notice; a consumer that publishes on its own connection stands still"
        case .connectionChurn: "short-lived connections fill the broker's log files and its memory"
        case .nodeDown: "quorum queues with a member there have less or no redundancy"
        case .networkPartition: "the cluster's halves decide on their own"
        case .defaultPassword: "anybody who reaches the port owns the broker"
        case .unsupportedBroker: "before RabbitMQ 3.10 there is no at-least-once dead lettering"
        }
    }
}

/// A hazard found on a broker.
public struct Finding: Hashable, Sendable {
    public enum Severity: String, Hashable, Sendable, Comparable {
        /// Messages are being lost or stuck, or will be at the next ordinary fault.
        case critical
        /// Something is wrong and should be put right.
        case warning
        /// Good to know; does not fail the doctor.
        case note

        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .critical: 0
            case .warning: 1
            case .note: 2
            }
        }
    }

    public var severity: Severity
    public var hazard: Hazard
    /// The exchange, queue, policy, node or user: `queue jobs.instagram.normal`.
    public var subject: String
    /// What was seen there.
    public var detail: String
    /// A command, or what to do.
    public var fix: String

    public init(_ severity: Severity, _ hazard: Hazard, at subject: String, _ detail: String, fix: String) {
        self.severity = severity
        self.hazard = hazard
        self.subject = subject
        self.detail = detail
        self.fix = fix
    }
}
