/// What one count is kept for: a rule of a platform, and whose calls are counted together under it.
public struct BudgetKey: Hashable, Sendable {
    public var platform: PlatformName
    /// The rule's name.
    public var rule: String
    /// The account's id at the platform, the workspace's number, or nothing for the whole application.
    public var subject: String
    /// The family of calls, where the rule counts each by itself; otherwise nothing.
    public var endpoint: String

    public init(_ platform: PlatformName, rule: String, subject: String = "", endpoint: String = "") {
        self.platform = platform
        self.rule = rule
        self.subject = subject
        self.endpoint = endpoint
    }
}

extension BudgetKey: Comparable {
    /// The order in which keys are locked, the same for everyone.
    public static func < (left: BudgetKey, right: BudgetKey) -> Bool {
        (left.platform.rawValue, left.rule, left.subject, left.endpoint)
            < (right.platform.rawValue, right.rule, right.subject, right.endpoint)
    }
}

/// A call that is about to be made, as far as limits are concerned.
public struct BudgetCall: Hashable, Sendable {
    public var platform: PlatformName
    /// The family of calls.
    public var endpoint: String
    /// The account's id at the platform: the same account in two workspaces has one budget.
    public var account: String
    public var workspace: Int64
    public var lane: Lane
    /// What it costs in the platform's own units.
    public var units: Int64
    /// What it costs at most in millionths of a US dollar.
    public var microDollars: Int64
    /// Whether it goes on with a job whose earlier calls would have been for nothing.
    public var isContinuing: Bool

    public init(
        platform: PlatformName,
        endpoint: String,
        account: String,
        workspace: Int64,
        lane: Lane,
        units: Int64 = 1,
        microDollars: Int64 = 0,
        isContinuing: Bool = false
    ) {
        self.platform = platform
        self.endpoint = endpoint
        self.account = account
        self.workspace = workspace
        self.lane = lane
        self.units = units
        self.microDollars = microDollars
        self.isContinuing = isContinuing
    }
}

extension BudgetRule {
    /// The endpoint of a rule that counts every family of calls by itself.
    public static let eachEndpoint = "*"

    /// What a call is counted under; nil when the rule does not count it.
    public func key(of call: BudgetCall) -> BudgetKey? {
        guard endpoint == nil || endpoint == Self.eachEndpoint || endpoint == call.endpoint else { return nil }
        let subject =
            switch subject {
            case .app: ""
            case .account: call.account
            case .workspace: String(call.workspace)
            }
        return BudgetKey(
            call.platform,
            rule: name,
            subject: subject,
            endpoint: endpoint == Self.eachEndpoint ? call.endpoint : ""
        )
    }

    /// What a call costs in the rule's unit.
    public func cost(of call: BudgetCall) -> Int64 {
        switch unit {
        case .calls: 1
        case .units: max(call.units, 0)
        case .microDollars: max(call.microDollars, 0)
        }
    }
}
