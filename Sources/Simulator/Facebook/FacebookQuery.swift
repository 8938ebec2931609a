internal import FleetCore
internal import JSON
internal import Platforms

/// The parameters of a page's insights call, checked as the platform checks them.
struct FacebookQuery {
    /// A metric that the edge serves.
    struct Served: Sendable {
        enum Shape: Sendable {
            case number
            /// An object with a value for each of these.
            case object([String])
            /// An object of what was paid for and what was not, with its total.
            case paid
        }

        var native: String
        var metric: MetricID
        var shape = Shape.number
        var isMilliseconds = false
        var breakdowns: Set<String> = []
    }

    static let served: [Served] = [
        Served(native: "page_media_view", metric: .views, breakdowns: ["is_from_ads", "is_from_followers"]),
        Served(native: "page_total_media_view_unique", metric: .reach),
        Served(native: "page_post_engagements", metric: .engagements),
        Served(native: "page_daily_follows", metric: .followersGained),
        Served(native: "page_daily_follows_unique", metric: .followersGained),
        Served(native: "page_daily_unfollows_unique", metric: .followersLost),
        Served(native: "page_follows", metric: .followers),
        Served(native: "page_views_total", metric: .profileViews),
        Served(native: "page_total_actions", metric: .ctaClicks),
        Served(native: "page_video_views", metric: .videoViews),
        Served(native: "page_video_complete_views_30s", metric: .videoViews30s),
        Served(native: "page_video_view_time", metric: .watchTimeSeconds, isMilliseconds: true),
        Served(
            native: "page_actions_post_reactions_total",
            metric: .reactions,
            shape: .object(SimulatedFacebook.reactions)
        ),
        Served(native: "page_fan_adds_by_paid_non_paid_unique", metric: .pageLikesGained, shape: .paid),
    ]

    /// The most that may lie between `since` and `until`.
    private static let longest: Int64 = 90 * 86_400

    var metrics: [Served] = []
    var period: Period
    var breakdown: String?
    var since: Int64
    var until: Int64
    var days: ClosedRange<CivilDate>
    /// Lifetime figures know no range: with one they come without values.
    var isEmpty = false

    init(_ page: GraphPage) throws(GraphFault) {
        let call = page.call
        let names = call.list("metric")
        guard !names.isEmpty else { throw .noMetric }
        let word = call.value("period") ?? "day"
        guard let period = word == "total_over_range" ? .range : Period(name: word), period != .instant else {
            throw .badPeriod(word)
        }
        self.period = period
        breakdown = call.value("breakdown").flatMap { $0.isEmpty ? nil : $0 }
        (since, until) = try FacebookQuery.range(page)
        isEmpty = period == .lifetime && call.value("since") != nil
        let first = page.truth.zone.date(at: Instant(seconds: since))
        days = first...max(first, page.truth.zone.date(at: Instant(seconds: until - 1)))
        for name in names {
            guard let metric = FacebookQuery.served.first(where: { $0.native == name }),
                !page.world.isRetired(.facebook, name, at: page.now)
            else { throw .invalidMetric }
            if let breakdown, !metric.breakdowns.contains(breakdown) { throw .unknownError }
            metrics.append(metric)
        }
    }

    /// `since` alone reaches up to now, however far; both together may lie ninety days apart. Without any, the last two days
    /// that are over.
    private static func range(_ page: GraphPage) throws(GraphFault) -> (since: Int64, until: Int64) {
        func seconds(_ name: String) throws(GraphFault) -> Int64? {
            guard let text = page.call.value(name) else { return nil }
            if let date = CivilDate(text) { return page.truth.zone.startOfDay(date).seconds }
            guard let value = Int64(text), (1_000_000_000...4_000_000_000).contains(value) else { throw .badRange }
            return value
        }
        let today = page.truth.zone.date(at: page.now)
        let (since, until) = (try seconds("since"), try seconds("until"))
        guard since != nil || until != nil else {
            return (page.truth.zone.startOfDay(today - 2).seconds, page.truth.zone.startOfDay(today).seconds)
        }
        let end = until ?? page.now.seconds
        let start = since ?? end - 2 * 86_400
        guard start < end else { throw .badRange }
        if since != nil, until != nil, end - start > longest { throw .dateRangeTooLong }
        return (start, end)
    }
}
