/// What is to be deleted at a moment, as follows from a policy. Pure: what there is to delete is the store's to find.
public struct RetentionPlan: Sendable, Equatable {
    /// Whole partitions that end by a moment.
    public struct Drop: Sendable, Equatable {
        public var kind: RetentionClass
        public var before: Instant
    }

    /// Rows that go one by one: of one platform, or of all where no subject needs to be looked up for it.
    public struct Sweep: Sendable, Equatable {
        public var kind: RetentionClass
        public var platform: PlatformName?
        /// Only accounts of workspaces that are no sandboxes: platforms' terms say nothing of simulated numbers.
        public var isRealOnly: Bool
        public var before: Instant
    }

    public var drops: [Drop] = []
    public var sweeps: [Sweep] = []

    /// Settings delete whole months, so that a month that is kept is kept whole; terms delete to the day.
    public init(_ policy: RetentionPolicy, platforms: [PlatformName], now: Instant) {
        for kind in RetentionClass.allCases {
            let longest = policy.longest(kind)
            let isCommon = kind.isPartitioned || kind == .deadLetters
            if isCommon, let before = Self.month(longest, now) {
                if kind.isPartitioned { drops.append(Drop(kind: kind, before: before)) }
                if kind != .jobs { sweeps.append(Sweep(kind: kind, platform: nil, isRealOnly: false, before: before)) }
            }
            for platform in platforms where kind != .jobs {
                let span = policy.setting(kind, platform)
                if !isCommon || span < longest, let before = Self.month(span, now) {
                    sweeps.append(Sweep(kind: kind, platform: platform, isRealOnly: false, before: before))
                }
                if let term = policy.term(kind, platform) {
                    let before = now - .seconds(term.days * 86_400)
                    sweeps.append(Sweep(kind: kind, platform: platform, isRealOnly: true, before: before))
                }
            }
        }
    }

    private static func month(_ span: RetentionSpan, _ now: Instant) -> Instant? {
        guard let days = span.days else { return nil }
        let date = TimeZoneRules.utc.date(at: now - .seconds(days * 86_400))
        return TimeZoneRules.utc.startOfDay(date.startOfMonth)
    }
}
