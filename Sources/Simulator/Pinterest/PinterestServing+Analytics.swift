internal import FleetCore
internal import JSON
internal import Platforms

extension PinterestServing {
    private static let metrics: [String: MetricID] = [
        "IMPRESSION": .impressions, "ENGAGEMENT": .engagements, "PIN_CLICK": .clicks, "OUTBOUND_CLICK": .linkClicks,
        "SAVE": .saves, "ENGAGEMENT_RATE": .engagementRate, "VIDEO_MRC_VIEW": .videoViews, "VIDEO_START": .videoStarts,
        "VIDEO_10S_VIEW": .videoViews10s, "QUARTILE_95_PERCENT_VIEW": .videoViews95pct,
        "VIDEO_V50_WATCH_TIME": .watchTimeSeconds, "VIDEO_AVG_WATCH_TIME": .avgWatchSeconds,
        "USER_FOLLOW": .followersGained, "PROFILE_VISIT": .profileViews,
    ]
    /// What only one of the two levels serves.
    private static let ofPinOnly: Set<String> = ["USER_FOLLOW", "PROFILE_VISIT", "TOTAL_COMMENTS", "TOTAL_REACTIONS"]
    private static let ofAccountOnly: Set<String> = ["ENGAGEMENT", "ENGAGEMENT_RATE"]
    private static let totals: [String: MetricID] = ["TOTAL_COMMENTS": .comments, "TOTAL_REACTIONS": .reactions]
    /// How a total splits, by field; unknown fields are refused.
    private static let splits: [String: [String]] = [
        "APP_TYPE": ["MOBILE", "TABLET", "WEB"], "PIN_FORMAT": ["IMAGE", "VIDEO"],
        "SOURCE": ["YOUR_PINS", "OTHER_PINS"], "OWNED_CONTENT": ["OWNED", "OTHER"],
    ]

    /// The days and metrics of a call, checked.
    private struct Query {
        var days: ClosedRange<CivilDate>
        var types: [String]
    }

    func accountAnalytics() throws(PinterestFault) -> SimulatedReply {
        let owner = try owner("user_accounts:read")
        let split = call.value("split_field").flatMap { $0 == "NO_SPLIT" ? nil : $0 }
        let names = split.map { PinterestServing.splits[$0] ?? [] } ?? ["all"]
        guard !names.isEmpty else { throw .invalid("split_field is not one of the known values.") }
        let all = PinterestServing.metrics.keys.filter { !PinterestServing.ofPinOnly.contains($0) }.sorted()
        let query = try query(PinterestServing.ofPinOnly, otherwise: all)
        return .json { writer in
            writer.beginObject()
            for (place, name) in names.enumerated() {
                writer.key(dynamic: name)
                writer.beginObject()
                writeDays(query, &writer) { metric, day in
                    truth.shown(owner.number, metric, on: day, at: call.now).map { value in
                        PinterestServing.part(place, of: names.count, value, metric)
                    }
                }
                writer.endObject()
            }
            writer.endObject()
        }
    }

    func pinAnalytics(_ id: String) throws(PinterestFault) -> SimulatedReply {
        let owner = try owner("pins:read")
        let query = try query(PinterestServing.ofAccountOnly, otherwise: nil)
        guard let pin = world.post(.pinterest, id, at: call.now) else { throw .notFound }
        guard pin.id.account == owner else { throw .notOwned }
        return .json { write(pin, query, &$0) }
    }

    /// Up to a hundred pins; one that is gone has its own error in its place.
    func pinsAnalytics() throws(PinterestFault) -> SimulatedReply {
        let owner = try owner("pins:read")
        let query = try query(PinterestServing.ofAccountOnly, otherwise: nil)
        let ids = call.list("pin_ids")
        guard (1...100).contains(ids.count) else { throw .invalid("pin_ids must hold 1 to 100 ids.") }
        return .json { writer in
            writer.beginObject()
            for id in ids {
                writer.key(dynamic: id)
                switch world.post(.pinterest, id, at: call.now) {
                case nil: PinterestFault.notFound.write(&writer)
                case let pin? where pin.id.account != owner: PinterestFault.notOwned.write(&writer)
                case let pin?: write(pin, query, &writer)
                }
            }
            writer.endObject()
        }
    }

    private func write(_ pin: TruePost, _ query: Query, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.object("all") { writer in
            writeDays(query, &writer) { truth.shown(pin, $0, on: $1, at: call.now) }
            writer.object("lifetime_metrics") { writer in
                for type in query.types {
                    guard let metric = PinterestServing.totals[type] else { continue }
                    writer.key(dynamic: type)
                    writer.int(truth.value(pin, metric, at: call.now) ?? 0)
                }
            }
        }
        writer.endObject()
    }

    private func query(_ refused: Set<String>, otherwise all: [String]?) throws(PinterestFault) -> Query {
        guard let first = call.value("start_date").flatMap(CivilDate.init),
            let last = call.value("end_date").flatMap(CivilDate.init), first <= last
        else { throw .invalid("start_date and end_date are required, in this order.") }
        guard first >= call.now.utcDate - 90 else { throw .invalid("start_date is more than 90 days in the past.") }
        let asked = call.list("metric_types")
        guard let types = asked.isEmpty ? all : asked else { throw .invalid("metric_types is required.") }
        for type in types {
            let isServed = PinterestServing.metrics[type] != nil || PinterestServing.totals[type] != nil
            guard isServed, !refused.contains(type), !world.isRetired(.pinterest, type, at: call.now) else {
                throw .invalid("'\(type)' is not one of the metric types of this call.")
            }
        }
        return Query(days: first...last, types: types)
    }

    /// Days with their status. One that is still processed is full of zeros that are no data.
    private func writeDays(
        _ query: Query,
        _ writer: inout JSONWriter,
        _ value: (MetricID, CivilDate) -> Int64?
    ) {
        var sums: [String: Int64] = [:]
        writer.array("daily_metrics") { writer in
            for day in query.days {
                let isKnown = value(.impressions, day) != nil
                writer.beginObject()
                writer.field("date", day.description)
                writer.field("data_status", status(day, isKnown: isKnown))
                writer.object("metrics") { writer in
                    for type in query.types {
                        guard let metric = PinterestServing.metrics[type] else { continue }
                        let value = isKnown ? value(metric, day) ?? 0 : 0
                        if MetricCatalogue[metric]?.isAmount ?? false { sums[type, default: 0] += value }
                        writer.key(dynamic: type)
                        let isTime = metric == .watchTimeSeconds || metric == .avgWatchSeconds
                        writer.amount(value, metric, isMilliseconds: isTime)
                    }
                }
                writer.endObject()
            }
        }
        writer.object("summary_metrics") { writer in
            for (type, sum) in sums.sorted(by: { $0.key < $1.key }) {
                writer.key(dynamic: type)
                writer.int(sum)
            }
        }
    }

    private func status(_ day: CivilDate, isKnown: Bool) -> String {
        if day < TrueCurves.origin { return "BEFORE_BUSINESS_CREATED" }
        guard isKnown else { return "PROCESSING" }
        return truth.settlement.isSettled(day, at: call.now) ? "READY" : "ESTIMATE"
    }

    /// One of several parts that add up to a value; means and rates are the same in each.
    private static func part(_ place: Int, of count: Int, _ value: Int64, _ metric: MetricID) -> Int64 {
        guard count > 1, MetricCatalogue[metric]?.isAmount ?? false else { return value }
        let each = value / Int64(count)
        return place == 0 ? value - each * Int64(count - 1) : each
    }
}
