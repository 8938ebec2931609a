/// Every alert there is. Each has a rule, a check of `flotilla doctor`, and a runbook of its name.
public enum Alert: String, Sendable, CaseIterable {
    case processMissing = "process-missing"
    case noLeader = "no-leader"
    case versionSkew = "version-skew"
    case jobsTooOld = "jobs-too-old"
    case nothingFinishes = "nothing-finishes"
    case promiseBurns = "promise-burns"
    case queueWithoutConsumer = "queue-without-consumer"
    case deadLettersGrow = "dead-letters-grow"
    case budgetNearlySpent = "budget-nearly-spent"
    case publishBlocked = "publish-blocked"
    case messagesReturned = "messages-returned"
    case brokerAlarm = "broker-alarm"
    case brokerDiskFills = "broker-disk-fills"
    case outboxOld = "outbox-old"
    case rollupsLag = "rollups-lag"
    case changesWait = "changes-wait"
    case tokensBroken = "tokens-broken"
    case platformVersionEnds = "platform-version-ends"
    case seriesRefused = "series-refused"

    /// How soon somebody should look.
    public enum Severity: String, Sendable {
        /// Now, at night too.
        case critical
        /// Today.
        case warning
    }

    /// The name that Prometheus shows, such as `FlotillaNoLeader`.
    public var title: String {
        "Flotilla" + rawValue.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    /// Where the runbook is, in the checkout.
    public var runbook: String { "docs/runbooks/\(rawValue).md" }
}
