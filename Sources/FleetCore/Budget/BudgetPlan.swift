/// The rules in force: what platforms publish, over it what `queues.yaml` says, and over that what an operator set.
public struct BudgetPlan: Hashable, Sendable {
    /// A rule that was set for a platform, in place of the one of the same name or besides the others.
    public struct Override: Hashable, Sendable {
        public var platform: PlatformName
        public var rule: BudgetRule
        /// The part that only the interactive lane may use, in thousandths.
        public var reserve: Int64

        public init(platform: PlatformName, rule: BudgetRule, reserve: Int64 = 20) {
            self.platform = platform
            self.rule = rule
            self.reserve = reserve
        }
    }

    private let defaults: [PlatformName: [BudgetRule]]
    private let lease: Duration
    private let flight: Duration

    /// - Parameters:
    ///   - defaults: the rules that each platform publishes.
    ///   - lease: how long a slice may be used without asking again.
    ///   - flight: how long a call may take.
    public init(defaults: [PlatformName: [BudgetRule]], lease: Duration = .seconds(15), flight: Duration = .seconds(30))
    {
        self.defaults = defaults
        self.lease = lease
        self.flight = flight
    }

    /// All terms by platform; later overrides win.
    public func terms(_ overrides: [Override]) -> [PlatformName: [BudgetTerms]] {
        var all: [PlatformName: [BudgetTerms]] = [:]
        for platform in PlatformName.allCases {
            var terms = (defaults[platform] ?? []).map { make($0, platform, isSet: false) }
            for override in overrides where override.platform == platform {
                var set = make(override.rule, platform, isSet: true)
                set.reserve = override.reserve
                if let index = terms.firstIndex(where: { $0.rule.name == override.rule.name }) {
                    terms[index] = set
                } else {
                    terms.append(set)
                }
            }
            all[platform] = BudgetDesk.completed(terms, zone: platform.dayZone)
        }
        return all
    }

    private func make(_ rule: BudgetRule, _ platform: PlatformName, isSet: Bool) -> BudgetTerms {
        BudgetTerms(rule, zone: platform.dayZone, lease: lease, flight: flight, isSet: isSet)
    }
}
