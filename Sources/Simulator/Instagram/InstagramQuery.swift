internal import FleetCore
internal import Platforms

/// The parameters of an insights call, checked as the platform checks them.
struct InstagramQuery {
    /// A metric that the edge serves.
    struct Served: Equatable {
        var native: String
        var title: String
        var metric: MetricID
        var total = true
        var series = false
        var breakdowns: [String] = []
    }

    /// What the account's insights edge serves.
    static let served: [Served] = [
        Served(
            native: "reach",
            title: "Accounts reached",
            metric: .reach,
            series: true,
            breakdowns: ["media_product_type", "follow_type"]
        ),
        Served(native: "views", title: "Views", metric: .views, breakdowns: ["media_product_type", "follower_type"]),
        Served(native: "likes", title: "Likes", metric: .likes, breakdowns: ["media_product_type"]),
        Served(native: "comments", title: "Comments", metric: .comments, breakdowns: ["media_product_type"]),
        Served(native: "saves", title: "Saves", metric: .saves, breakdowns: ["media_product_type"]),
        Served(native: "shares", title: "Shares", metric: .shares, breakdowns: ["media_product_type"]),
        Served(
            native: "total_interactions",
            title: "Total interactions",
            metric: .engagements,
            breakdowns: ["media_product_type"]
        ),
        Served(native: "accounts_engaged", title: "Accounts engaged", metric: .engaged),
        Served(native: "replies", title: "Replies", metric: .replies),
        Served(native: "reposts", title: "Reposts", metric: .reposts),
        Served(
            native: "profile_links_taps",
            title: "Profile links taps",
            metric: .profileLinkClicks,
            breakdowns: ["contact_button_type"]
        ),
        Served(native: "profile_views", title: "Profile views", metric: .profileViews),
        Served(native: "website_clicks", title: "Website clicks", metric: .websiteClicks),
        Served(
            native: "follows_and_unfollows",
            title: "Follows and unfollows",
            metric: .followersGained,
            breakdowns: ["follow_type"]
        ),
        Served(native: "follower_count", title: "Follower count", metric: .followersGained, total: false, series: true),
    ]

    private static let names = NameTable(served.map(\.native))
    static let retired: Set<String> = [
        "impressions", "plays", "video_views", "engagement", "email_contacts", "phone_call_clicks",
        "text_message_clicks", "get_directions_clicks", "audience_city", "audience_country", "audience_gender_age",
        "audience_locale",
    ]

    var metrics: [Served] = []
    var period: Period
    var isTotal: Bool
    var breakdown: String?
    var since: Int64
    var until: Int64

    init(_ call: SimulatedCall, _ world: World) throws(GraphFault) {
        let names = (call.value("metric") ?? "").split(separator: ",")
        guard !names.isEmpty else { throw .noMetric }
        let word = call.value("period") ?? "day"
        guard let period = Period(name: word), period == .day || period == .week || period == .days28 else {
            throw .badPeriod(word)
        }
        // Trailing windows exist for distinct people only.
        guard period == .day || names == ["reach"] else { throw .badPeriod(word) }
        self.period = period
        isTotal = call.value("metric_type") == "total_value"
        breakdown = call.value("breakdown").flatMap { $0.isEmpty ? nil : $0 }
        (since, until) = try InstagramQuery.range(call)
        for (position, name) in names.enumerated() {
            guard let index = InstagramQuery.names.index(of: name.utf8Span.span) else {
                if InstagramQuery.retired.contains(String(name)) { throw .retired(String(name)) }
                throw .unknownMetric(position: position, known: InstagramQuery.served.map(\.native))
            }
            let metric = InstagramQuery.served[index]
            if world.isRetired(.instagram, metric.native, at: call.now) { throw .retired(metric.native) }
            if isTotal && !metric.total { throw .needsSeries(metric.native) }
            if !isTotal && !metric.series { throw .needsTotal(metric.native) }
            if let breakdown, !metric.breakdowns.contains(breakdown) { throw .unknownError }
            metrics.append(metric)
        }
    }

    /// `since` and `until` in seconds since 1970; the last 24 hours when they are not given.
    private static func range(_ call: SimulatedCall) throws(GraphFault) -> (since: Int64, until: Int64) {
        func seconds(_ name: String) throws(GraphFault) -> Int64? {
            guard let text = call.value(name) else { return nil }
            guard let value = Int64(text), (1_000_000_000...4_000_000_000).contains(value) else { throw .badRange }
            return value
        }
        let until = try seconds("until") ?? call.now.seconds
        let since = try seconds("since") ?? until - 86_400
        guard since < until else { throw .badRange }
        guard until - since <= 2_592_000 else { throw .rangeTooLong }
        return (since, until)
    }
}
