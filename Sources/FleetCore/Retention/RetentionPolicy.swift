/// What is kept how long: what operators set, and what platforms' terms allow.
public struct RetentionPolicy: Sendable, Equatable {
    /// Names a setting.
    public struct Key: Sendable, Hashable {
        public var kind: RetentionClass
        /// Nil stands for all platforms that have no setting of their own.
        public var platform: PlatformName?

        public init(_ kind: RetentionClass, _ platform: PlatformName? = nil) {
            (self.kind, self.platform) = (kind, platform)
        }
    }

    /// What a platform allows for the data of real accounts.
    public struct Term: Sendable, Equatable {
        public var days: Int
        /// Where it says so.
        public var source: String
        /// Whether the platform has allowed more.
        public var isAccepted: Bool

        public init(days: Int, source: String, isAccepted: Bool = false) {
            (self.days, self.source, self.isAccepted) = (days, source, isAccepted)
        }
    }

    public var settings: [Key: RetentionSpan]
    /// By platform and kind.
    public var terms: [Key: Term]

    public init(settings: [Key: RetentionSpan] = Self.standard, terms: [Key: Term] = [:]) {
        (self.settings, self.terms) = (settings, terms)
    }

    /// What holds where nothing was set.
    public static let standard: [Key: RetentionSpan] = [
        Key(.observations): RetentionSpan(days: 400), Key(.breakdowns): RetentionSpan(days: 400),
        Key(.jobs): RetentionSpan(days: 460), Key(.deadLetters): RetentionSpan(days: 400),
        Key(.days): RetentionSpan(days: 1826), Key(.weeks): .unlimited, Key(.months): .unlimited,
    ]

    /// What was set for a platform, or for all of them.
    public func setting(_ kind: RetentionClass, _ platform: PlatformName?) -> RetentionSpan {
        settings[Key(kind, platform)] ?? settings[Key(kind)] ?? Self.standard[Key(kind)] ?? .unlimited
    }

    /// The platform's terms, where they are shorter than what was set and nothing more was allowed.
    public func term(_ kind: RetentionClass, _ platform: PlatformName) -> Term? {
        guard let term = terms[Key(kind, platform)], !term.isAccepted,
            RetentionSpan(days: term.days) < setting(kind, platform)
        else { return nil }
        return term
    }

    /// How long data of real accounts is kept in the end.
    public func span(_ kind: RetentionClass, _ platform: PlatformName) -> RetentionSpan {
        term(kind, platform).map { RetentionSpan(days: $0.days) } ?? setting(kind, platform)
    }

    /// How long the longest-kept data of a kind is kept: a partition can go after that.
    public func longest(_ kind: RetentionClass) -> RetentionSpan {
        let platforms = settings.keys.compactMap { $0.kind == kind ? $0.platform : nil }
        return platforms.map { setting(kind, $0) }.reduce(setting(kind, nil), max)
    }
}

// MARK: - What cannot be set

extension RetentionPolicy {
    /// The longest roll-up that may be open, in days: a month.
    static let longestPeriod = 31

    /// The fewest days for which what feeds roll-ups must be kept: the longest open one must be computable until the
    /// platform has settled its last day, and with it the readings around both of its ends.
    public static func fewestDays(_ platforms: [PlatformName]) -> Int {
        let settling = platforms.map { ($0.settlingLag.wholeMicroseconds + 86_399_999_999) / 86_400_000_000 }.max() ?? 0
        return longestPeriod + Int(RollupRow.reach) + Int(settling)
    }

    /// Why a span cannot be set, in a sentence; nil when it can.
    public func refusal(of span: RetentionSpan, for key: Key) -> String? {
        if let days = span.days, days < 1 { return "nothing can be kept for less than a day" }
        if key.kind == .jobs, key.platform != nil {
            return "the ledger is kept for all platforms alike, since its partitions hold all of them"
        }
        let concerned = key.platform.map { [$0] } ?? PlatformName.allKnown
        let fewest = Self.fewestDays(concerned)
        if key.kind.feedsRollups, span < RetentionSpan(days: fewest) {
            return
                "\(key.kind.rawValue) must be kept for at least \(fewest) days: \(Self.longestPeriod) for the longest "
                + "open roll-up, a month, and \(fewest - Self.longestPeriod) until its days are settled"
        }
        var changed = self
        changed.settings[key] = span
        for platform in [nil] + concerned.map(Optional.some) {
            if let reason = changed.contradiction(platform) { return reason }
        }
        return nil
    }

    private func contradiction(_ platform: PlatformName?) -> String? {
        func days(_ kind: RetentionClass) -> RetentionSpan { setting(kind, platform) }
        let ledger = days(.jobs)
        for kind in [RetentionClass.observations, .breakdowns] where ledger < days(kind).longer(by: 31) {
            return "jobs must be kept a month longer than \(kind.rawValue): each reading leads back to its job "
                + "(jobs: \(ledger), \(kind.rawValue): \(days(kind)))"
        }
        if ledger < days(.deadLetters) {
            return
                "jobs must be kept as long as dead_letters: a letter may be replayed, and only the ledger knows what "
                + "was stored (jobs: \(ledger), dead_letters: \(days(.deadLetters)))"
        }
        for (shorter, longer) in [
            (RetentionClass.observations, RetentionClass.days), (.days, .weeks), (.days, .months),
        ]
        where days(longer) < days(shorter) {
            return "\(longer.rawValue) must be kept as long as \(shorter.rawValue), of which they are made "
                + "(\(longer.rawValue): \(days(longer)), \(shorter.rawValue): \(days(shorter)))"
        }
        return nil
    }
}

extension RetentionSpan {
    fileprivate func longer(by more: Int) -> RetentionSpan { RetentionSpan(days: days.map { $0 + more }) }
}
