/// An operator's order about a part of the work: to leave it alone, or to take nothing new.
public struct FleetControl: Sendable, Equatable {
    /// What is ordered.
    public enum Verb: String, Sendable, CaseIterable {
        /// Nobody begins such jobs. What is in a worker's hands is finished.
        case pause
        /// No such jobs are published any more. What was published before is finished.
        case drain
    }

    public var id: Int64
    public var verb: Verb
    public var scope: ControlScope
    public var reason: String
    /// When it ends by itself; nil holds until it is lifted.
    public var expiresAt: Instant?

    public init(id: Int64, verb: Verb, scope: ControlScope, reason: String, expiresAt: Instant? = nil) {
        self.id = id
        self.verb = verb
        self.scope = scope
        self.reason = reason
        self.expiresAt = expiresAt
    }

    /// Whether it holds at a moment.
    public func holds(at now: Instant) -> Bool { expiresAt.map { now < $0 } ?? true }
}

/// Which jobs an order is about: those that all given parts are true of. Nothing given means all jobs.
public struct ControlScope: Sendable, Hashable {
    public var platform: PlatformName?
    public var lane: Lane?
    public var workspace: Int64?
    public var account: Int64?
    public var collect: CollectionKind?

    public init(
        platform: PlatformName? = nil,
        lane: Lane? = nil,
        workspace: Int64? = nil,
        account: Int64? = nil,
        collect: CollectionKind? = nil
    ) {
        self.platform = platform
        self.lane = lane
        self.workspace = workspace
        self.account = account
        self.collect = collect
    }

    /// Whether it is about whole queues, so that a worker need not look at jobs.
    public var isOfQueues: Bool { workspace == nil && account == nil && collect == nil }

    /// Whether it is about everything.
    public var isEverything: Bool { self == ControlScope() }

    /// Whether it is about every job of a queue.
    public func covers(platform: PlatformName, lane: Lane) -> Bool {
        isOfQueues && (self.platform ?? platform) == platform && (self.lane ?? lane) == lane
    }

    /// Whether it is about a job of an account in a workspace; `workspace` is nil where nobody knows it.
    public func covers(_ job: Job, workspace: Int64?) -> Bool {
        if let platform, platform != job.platform { return false }
        if let lane, lane != job.lane { return false }
        if let account, account != job.account { return false }
        if let collect, collect != job.collect { return false }
        return self.workspace == nil || self.workspace == workspace
    }

    /// For people: `platform instagram, lane bulk`.
    public var description: String {
        let parts = [
            platform.map { "platform \($0.rawValue)" }, lane.map { "lane \($0.rawValue)" },
            workspace.map { "workspace \($0)" }, account.map { "account \($0)" },
            collect.map { "jobs of \($0.rawValue)" },
        ].compactMap(\.self)
        return parts.isEmpty ? "everything" : parts.joined(separator: ", ")
    }
}
