internal import FleetCore
internal import JSON
internal import Platforms

/// The parameters of a profile's insights call, checked as the platform checks them.
struct ThreadsQuery {
    static let served = [
        "views", "likes", "replies", "reposts", "quotes", "clicks", "followers_count", "follower_demographics",
    ]
    /// 13 April 2024: nothing is known of what was before.
    private static let earliest: Int64 = 1_712_991_600

    let names: [String]
    let breakdown: String?
    let since: Int64
    let until: Int64
    let days: ClosedRange<CivilDate>

    init(_ page: GraphPage) throws(GraphFault) {
        let call = page.call
        names = call.list("metric")
        guard !names.isEmpty else { throw .noMetric }
        for (position, name) in names.enumerated() {
            guard ThreadsQuery.served.contains(name), !page.world.isRetired(.threads, name, at: page.now) else {
                throw .unknownMetric(position: position, known: ThreadsQuery.served)
            }
        }
        breakdown = call.value("breakdown")
        if names.contains("follower_demographics") {
            guard names.count == 1, ["age", "city", "country", "gender"].contains(breakdown) else {
                throw .invalidParameter("follower_demographics needs one breakdown of age, city, country, gender")
            }
        } else if breakdown != nil {
            throw .invalidParameter("breakdown is not supported for these metrics")
        }
        let zone = page.truth.zone
        let today = zone.date(at: page.now)
        since = try ThreadsQuery.seconds("since", call) ?? zone.startOfDay(today - 1).seconds
        until = try ThreadsQuery.seconds("until", call) ?? page.now.seconds
        guard since < until, since >= ThreadsQuery.earliest else { throw .badRange }
        days = zone.date(at: Instant(seconds: since))...zone.date(at: Instant(seconds: until - 1))
    }

    private static func seconds(_ name: String, _ call: SimulatedCall) throws(GraphFault) -> Int64? {
        guard let text = call.value(name) else { return nil }
        guard let value = Int64(text), (0...4_000_000_000).contains(value) else { throw .badRange }
        return value
    }
}
