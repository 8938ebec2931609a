internal import FleetCore
internal import JSON
internal import Platforms

extension XServing {
    /// What analytics serve of posts.
    private static let postMetrics: KeyValuePairs<String, MetricID> = [
        "impressions": .impressions, "engagements": .engagements, "likes": .likes, "shares": .shares,
        "permalink_clicks": .permalinkClicks, "hashtag_clicks": .hashtagClicks, "detail_expands": .detailExpands,
        "media_views": .mediaViews, "replies": .comments, "retweets": .reposts, "quote_tweets": .quotes,
        "bookmarks": .saves, "follows": .followersGained, "unfollows": .followersLost, "url_clicks": .linkClicks,
        "user_profile_clicks": .profileClicks,
    ]

    private enum Granularity: String {
        case hourly, daily, weekly, total

        var length: Duration {
            switch self {
            case .hourly: .hours(1)
            case .daily: .hours(24)
            case .weekly: .hours(7 * 24)
            case .total: .hours(24 * 3660)
            }
        }
    }

    /// Numbers of own posts in buckets of time.
    func analytics() throws(XProblem) -> SimulatedReply {
        let ids = call.list("ids")
        guard (1...100).contains(ids.count) else { throw .invalid("The number of ids must be 1 to 100.", seed) }
        let fields = call.list("analytics.fields")
        for field in fields where world.isRetired(.x, field, at: call.now) {
            throw .invalid("The field \(field) is not one of the valid values.", seed)
        }
        let wanted = XServing.postMetrics.filter { fields.isEmpty || fields.contains($0.key) }
        return try serve(ids, key: "id", wanted.map { ($0.key, $0.value) }, asText: false)
    }

    /// Numbers of the videos in own posts; some counters are texts.
    func mediaAnalytics() throws(XProblem) -> SimulatedReply {
        let keys = call.list("media_keys")
        guard (1...100).contains(keys.count) else { throw .invalid("The number of keys must be 1 to 100.", seed) }
        let metrics: [(String, MetricID)] = [
            ("media_views", .mediaViews), ("video_views", .videoViews), ("playback_start", .videoStarts),
        ]
        return try serve(keys, key: "media_key", metrics, asText: true)
    }

    private func serve(
        _ ids: [String],
        key: StaticString,
        _ metrics: [(String, MetricID)],
        asText: Bool
    ) throws(XProblem) -> SimulatedReply {
        try require("tweet.read")
        guard let start = try instant("start_time"), let end = try instant("end_time"), start < end else {
            throw .invalid("start_time and end_time are required, in this order.", seed)
        }
        guard let granularity = Granularity(rawValue: call.value("granularity") ?? "daily") else {
            throw .invalid("Invalid granularity.", seed)
        }
        var problems: [XProblem] = []
        var found: [TruePost] = []
        for id in ids {
            let post = id.split(separator: "_").last ?? ""
            switch world.post(.x, post, at: call.now) {
            case nil: problems.append(.notFound(id, "tweet", "ids", seed))
            case let post? where post.id.account != call.access.owner: problems.append(.notAuthorized(id, seed))
            case let post?: found.append(post)
            }
        }
        // Up to version 2.166 the list lay in a second `data`.
        let isNested = seed >> 1 & 1 == 0 && !found.isEmpty
        var reply = partial(found.isEmpty ? nil : isNested, problems) { writer in
            if isNested {
                writer.beginObject()
                writer.key("data")
                writer.beginArray()
            }
            for post in found {
                writer.beginObject()
                writer.field(key, asText ? "13_\(post.id.externalID)" : post.id.externalID)
                write(post, metrics, start, end, granularity, asText, &writer)
                writer.endObject()
            }
            if isNested {
                writer.endArray()
                writer.endObject()
            }
        }
        reply.bill = bill(found)
        return reply
    }

    private func write(
        _ post: TruePost,
        _ metrics: [(String, MetricID)],
        _ start: Instant,
        _ end: Instant,
        _ granularity: Granularity,
        _ asText: Bool,
        _ writer: inout JSONWriter
    ) {
        func write(_ writer: inout JSONWriter, _ value: (MetricID) -> Int64) {
            for (name, metric) in metrics {
                writer.key(dynamic: name)
                let value = value(metric)
                if asText { writer.string(String(value)) } else { writer.int(value) }
            }
        }
        guard granularity != .total else {
            return write(&writer) { grown(post, $0, start, min(end, call.now)) }
        }
        writer.array("timestamped_metrics") { writer in
            var from = start
            while from < end, from <= call.now {
                let to = min(from + granularity.length, end)
                writer.beginObject()
                writer.field("timestamp", from.text(.seconds))
                writer.object("metrics") { writer in
                    // Whole days settle as days do; other stretches are the difference of totals.
                    write(&writer) { metric in
                        granularity == .daily && from == truth.zone.startOfDay(from.utcDate)
                            ? truth.shown(post, metric, on: from.utcDate, at: call.now) ?? 0
                            : grown(post, metric, from, min(to, call.now))
                    }
                }
                writer.endObject()
                from = from + granularity.length
            }
        }
    }

    private func grown(_ post: TruePost, _ metric: MetricID, _ start: Instant, _ end: Instant) -> Int64 {
        (truth.value(post, metric, at: end) ?? 0) - (truth.value(post, metric, at: start) ?? 0)
    }
}
