/// Whose figures a roll-up row holds. The numbers are stored and never change.
public enum RollupLevel: Int16, Sendable, CaseIterable, Hashable {
    /// The account or post itself.
    case subject = 0
    /// All posts of an account together. Never added to what the platform says of the account.
    case posts = 1

    /// The name on command lines and in messages.
    public var name: String { "\(self)" }
}

/// One bucket of one subject, as the store knows it.
public struct RollupKey: Hashable, Comparable, Sendable {
    /// The account or post; for ``RollupLevel/posts`` the account.
    public var subject: Int64
    public var level: RollupLevel
    public var grain: Grain
    public var start: Instant

    public init(subject: Int64, level: RollupLevel = .subject, grain: Grain, start: Instant) {
        (self.subject, self.level, self.grain, self.start) = (subject, level, grain, start)
    }

    /// The order in which all writers put rows, so that none waits for another in a circle.
    public static func < (left: RollupKey, right: RollupKey) -> Bool {
        (left.subject, left.level.rawValue, left.grain.rawValue, left.start)
            < (right.subject, right.level.rawValue, right.grain.rawValue, right.start)
    }
}

/// A roll-up row with everything it is stored with.
public struct RollupEntry: Equatable, Sendable {
    public var key: RollupKey
    public var account: Int64
    public var workspace: Int64
    /// The bucket's first day.
    public var day: CivilDate
    public var end: Instant
    /// Without cells the row is not to be there.
    public var row: RollupRow
    /// What the store held when the row was computed: its generation, 0 for nothing, nil when nobody looked.
    public var known: Int32?

    public init(
        _ key: RollupKey,
        account: Int64,
        workspace: Int64,
        day: CivilDate,
        end: Instant,
        row: RollupRow,
        known: Int32? = nil
    ) {
        (self.key, self.account, self.workspace) = (key, account, workspace)
        (self.day, self.end, self.row, self.known) = (day, end, row, known)
    }
}

/// One bucket of all accounts of a workspace on one platform.
public struct GroupKey: Hashable, Comparable, Sendable {
    public var workspace: Int64
    public var platform: PlatformName
    public var level: RollupLevel
    public var grain: Grain
    /// The bucket's first day.
    public var day: CivilDate

    public init(workspace: Int64, platform: PlatformName, level: RollupLevel, grain: Grain, day: CivilDate) {
        (self.workspace, self.platform, self.level) = (workspace, platform, level)
        (self.grain, self.day) = (grain, day)
    }

    /// The bucket's days.
    public var dates: ClosedRange<CivilDate> { grain.dates(around: day) }

    /// The order in which all writers put rows.
    public static func < (left: GroupKey, right: GroupKey) -> Bool {
        if left.workspace != right.workspace { return left.workspace < right.workspace }
        if left.platform != right.platform { return left.platform.rawValue < right.platform.rawValue }
        return (left.level.rawValue, left.grain.rawValue, left.day)
            < (right.level.rawValue, right.grain.rawValue, right.day)
    }
}

/// Days of a subject whose readings changed.
public struct DirtyDays: Hashable, Sendable {
    public var workspace: Int64
    public var account: Int64
    public var subject: Int64
    public var days: ClosedRange<CivilDate>
    /// Whether the days' own rows were put by whoever changed the readings.
    public var isComputed: Bool

    public init(workspace: Int64, account: Int64, subject: Int64, days: ClosedRange<CivilDate>, isComputed: Bool) {
        (self.workspace, self.account, self.subject) = (workspace, account, subject)
        (self.days, self.isComputed) = (days, isComputed)
    }
}
