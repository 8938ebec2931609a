/// One bucket of several subjects, to be held against the stored rows of its members. No I/O.
///
/// The members are examined by themselves against the readings; so what follows from them here follows from readings.
public struct GroupAudit: Sendable {
    /// Whose bucket it is.
    public enum Owner: Hashable, Sendable {
        /// All posts of an account.
        case posts(account: Int64)
        /// All accounts of a workspace.
        case workspace(Int64, RollupLevel)
    }

    public var owner: Owner
    public var platform: PlatformName
    public var grain: Grain
    /// The first day.
    public var day: CivilDate
    /// The members' rows.
    public var members: [RollupRow] = []
    /// Posts published in the bucket, or accounts that should have a row.
    public var count: Int64 = 0
    /// The stored row; nil when there is none.
    public var stored: RollupRow?

    public init(_ owner: Owner, _ platform: PlatformName, _ grain: Grain, _ day: CivilDate) {
        (self.owner, self.platform, self.grain, self.day) = (owner, platform, grain, day)
    }

    /// Notes what is wrong.
    public func examine(into report: inout AuditReport) {
        report.rollups += stored == nil ? 0 : 1
        let (dates, rules) = (grain.dates(around: day), MetricRules.of(platform))
        let wanted =
            switch owner {
            case .posts: RollupRow.posts(members, dates: dates, published: count, rules: rules)
            case .workspace(_, let level):
                RollupRow.workspace(members, level: level, dates: dates, accounts: Int(count), rules: rules)
            }
        let place = "the rollup of \(owner.name) for \(grain.place(day, Instant(microseconds: 0)))"
        switch (stored, wanted.cells.isEmpty) {
        case (nil, true): break
        case (nil, false): report.note(.different, "\(place) is missing")
        case (_, true): report.note(.different, "\(place) rests on no figures")
        case (_, false):
            if let fault = stored.difference(from: wanted) { report.note(.different, "\(place): \(fault)") }
        }
    }
}

extension GroupAudit.Owner {
    fileprivate var name: String {
        switch self {
        case .posts(let account): "the posts of account \(account)"
        case .workspace(let number, .subject): "workspace \(number)"
        case .workspace(let number, .posts): "the posts of workspace \(number)"
        }
    }
}
