/// How a platform's figures are combined where their kind alone does not say it.
public struct MetricRules: Sendable {
    /// What a metric's value over several days or subjects is made of.
    public enum Combination: Hashable, Sendable {
        /// Sums of the numerators over the sum of the denominator.
        case quotient(of: [MetricID], over: MetricID)
        /// A mean of means, each weighing as much as this metric says.
        case mean(weightedBy: MetricID)
    }

    /// What counts as engagement: the members that people did on purpose, each once. Version 1 of the definition.
    public let engagement: [MetricID]
    /// What a rate "by views" is divided by: the platform's word for a display.
    public let displays: MetricID
    /// Whether bounds of distinct people may be told. YouTube forbids estimates.
    public let allowsBounds: Bool
    private let combinations: [MetricID: Combination]

    private init(
        engagement: [MetricID],
        displays: MetricID = .views,
        allowsBounds: Bool = true,
        _ combinations: [MetricID: Combination] = [:]
    ) {
        self.engagement = engagement
        self.displays = displays
        self.allowsBounds = allowsBounds
        let rates: [MetricID: Combination] = [
            .engagementRateByViews: .quotient(of: [.engagementTotal], over: displays),
            .engagementRateByReach: .quotient(of: [.engagementTotal], over: .reach),
            .engagementRateByFollowers: .quotient(of: [.engagementTotal], over: .followers),
            .avgWatchSeconds: .mean(weightedBy: .views),
            .avgViewPercentage: .mean(weightedBy: .views),
        ]
        self.combinations = rates.merging(combinations) { $1 }
    }

    /// What a metric's value over several days or subjects is made of; nil where nothing is known, so that there is none.
    public func combination(of metric: MetricID) -> Combination? { combinations[metric] }

    /// The rules of a platform. What is not listed has the common ones.
    public static func of(_ platform: PlatformName) -> MetricRules { all[platform] ?? common }

    private static let common = MetricRules(engagement: [.likes, .comments, .shares, .reposts, .quotes, .saves])

    private static let all: [PlatformName: MetricRules] = [
        .instagram: MetricRules(engagement: [.likes, .comments, .shares, .reposts, .saves]),
        .facebook: MetricRules(
            engagement: [.reactions, .comments, .shares],
            [.avgWatchSeconds: .mean(weightedBy: .videoViews)]
        ),
        .threads: MetricRules(engagement: [.likes, .comments, .shares, .reposts, .quotes]),
        .youtube: MetricRules(engagement: [.likes, .comments, .shares], allowsBounds: false),
        .linkedin: MetricRules(
            engagement: [.likes, .comments, .shares],
            displays: .impressions,
            [.engagementRate: .quotient(of: [.clicks, .likes, .comments, .shares], over: .impressions)]
        ),
        .x: MetricRules(engagement: [.likes, .comments, .reposts, .quotes, .saves], displays: .impressions),
        .tiktok: MetricRules(engagement: [.likes, .comments, .shares]),
        .pinterest: MetricRules(
            engagement: [.reactions, .comments, .saves],
            displays: .impressions,
            [
                .engagementRate: .quotient(of: [.engagements], over: .impressions),
                .avgWatchSeconds: .mean(weightedBy: .videoViews),
            ]
        ),
    ]
}
