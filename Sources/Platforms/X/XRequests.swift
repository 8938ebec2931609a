internal import FleetCore

/// Builds X's requests: as few calls and as few paid reads as the interface allows for what is wanted.
enum XRequests {
    static let host = "https://api.x.com"
    /// The version of X's description whose parameter names are sent unless the settings say otherwise.
    static let oldNames = "2.166"
    /// The version from which the new names of parameters are sent.
    static let newNames = "2.167"

    /// Posts whose private numbers X still serves.
    static let privateAge = Duration.seconds(30 * 86_400)
    /// Posts to a call.
    static let batch = 100
    /// How far back a listing goes that no days were named for: older posts are collected on demand only.
    static let listedDays = 90

    /// The requests of an assignment.
    static func make(_ assignment: Assignment, _ settings: PlatformSettings) throws(Death) -> [PlatformRequest] {
        guard isID(assignment.externalID) else {
            throw Death(.badExternalID, "an account's id on X has 1 to 19 digits and nothing else")
        }
        let builder = XRequests.Builder(
            assignment: assignment,
            origin: settings.origin ?? host,
            hasNewNames: settings.version == newNames
        )
        switch assignment.collect {
        case .accountDaily: return try builder.account()
        case .posts: return builder.timeline()
        case .postMetrics: return try builder.posts()
        case .stories, .demographics, .credentialRefresh: return []
        }
    }

    /// Whether a text is an id: 1 to 19 digits.
    static func isID(_ text: some StringProtocol) -> Bool {
        (1...19).contains(text.utf8.count) && text.utf8.allSatisfy { $0 &- 48 < 10 }
    }

    /// The UTC days between `start_time` and `end_time`, which is exclusive; nil when either is missing or they are empty.
    static func window(of request: PlatformRequest) -> ClosedRange<CivilDate>? {
        guard let start = request.queryValue("start_time").flatMap(Instant.init),
            let end = request.queryValue("end_time").flatMap(Instant.init)
        else { return nil }
        let first = start.utcDate
        let last = (end - .seconds(1)).utcDate
        return first <= last ? first...last : nil
    }
}

extension XRequests {
    /// The requests of one assignment.
    struct Builder {
        let assignment: Assignment
        let origin: String
        let hasNewNames: Bool

        /// `tweet.fields` or `post.fields`, as the version names it.
        private var postFields: String { hasNewNames ? "post.fields" : "tweet.fields" }

        /// The account's levels, which have no history.
        func account() throws(Death) -> [PlatformRequest] {
            guard try wants(XMetrics.user.entries, among: XMetrics.user.entries) else { return [] }
            let fields = groups(["public_metrics"])
            guard !fields.isEmpty else { return [] }
            var request = PlatformRequest(
                origin: origin,
                path: "/2/users/me",
                query: [Field("user.fields", fields.joined(separator: ","))],
                items: [assignment.externalID],
                metrics: fields
            )
            XEndpoint.me.label(&request, resources: 1)
            return [request]
        }

        /// The account's own posts, newest first, with their public numbers.
        func timeline() -> [PlatformRequest] {
            let groups = groups(["public_metrics"])
            let references = hasNewNames ? "referenced_posts" : "referenced_tweets"
            let days = assignment.days
            let first = days.count > 1 ? days.lowerBound : days.upperBound - XRequests.listedDays
            let end = TimeZoneRules.utc.endOfDay(days.upperBound)
            var query = [
                Field("max_results", String(XRequests.batch)),
                Field(postFields, (["created_at", references] + groups).joined(separator: ",")),
                Field("exclude", "retweets"),
                Field("start_time", TimeZoneRules.utc.startOfDay(first).text(.seconds)),
            ]
            if days.count > 1, end < assignment.now { query.append(Field("end_time", end.text(.seconds))) }
            var request = PlatformRequest(
                origin: origin,
                path: "/2/users/\(assignment.externalID)/tweets",
                query: query,
                metrics: groups
            )
            XEndpoint.timeline.label(&request, resources: XRequests.batch)
            return [request]
        }

        /// Numbers of named posts: lifetime ones of those whose private numbers are served apart from the others, and those
        /// that only the analytics know, by day.
        func posts() throws(Death) -> [PlatformRequest] {
            let known = XMetrics.post.entries + XMetrics.privatePost.entries
            let young = assignment.posts.filter(isYoung)
            let old = assignment.posts.filter { !isYoung($0) }
            let hasPublic = try wants(XMetrics.post.entries, among: known + XMetrics.analyticsOnly)
            let hasPrivate = try wants(XMetrics.privatePost.entries, among: known + XMetrics.analyticsOnly)
            let shared = hasPublic ? ["public_metrics"] : []
            let own = hasPrivate ? ["non_public_metrics", "organic_metrics"] : []
            return lookups(young, groups(shared + own)) + lookups(old, groups(shared)) + analytics()
        }

        private func lookups(_ posts: [Assignment.Post], _ groups: [String]) -> [PlatformRequest] {
            guard !groups.isEmpty else { return [] }
            return chunks(posts).map { ids in
                var request = PlatformRequest(
                    origin: origin,
                    path: "/2/tweets",
                    query: [
                        Field("ids", ids.joined(separator: ",")), Field(postFields, groups.joined(separator: ",")),
                    ],
                    items: ids,
                    metrics: groups
                )
                XEndpoint.posts.label(&request, resources: ids.count)
                return request
            }
        }

        private func analytics() -> [PlatformRequest] {
            let wanted = Set(assignment.metrics)
            let names = XMetrics.analyticsOnly.filter { wanted.isEmpty || wanted.contains($0.metric) }
                .map(\.native).filter { !assignment.refused.contains($0) }
            let start = TimeZoneRules.utc.startOfDay(assignment.days.lowerBound)
            var end = TimeZoneRules.utc.endOfDay(assignment.days.upperBound)
            // The end must lie in the past; an instant of zero means that nobody said what time it is.
            if assignment.now.microseconds > 0 { end = min(end, Instant(seconds: assignment.now.seconds - 10)) }
            guard !names.isEmpty, start < end else { return [] }
            return chunks(assignment.posts).map { ids in
                var request = PlatformRequest(
                    origin: origin,
                    path: "/2/tweets/analytics",
                    query: [
                        Field("ids", ids.joined(separator: ",")),
                        Field("start_time", start.text(.seconds)),
                        Field("end_time", end.text(.seconds)),
                        Field("granularity", "daily"),
                        Field("analytics.fields", (["id", "timestamped_metrics"] + names).joined(separator: ",")),
                    ],
                    window: assignment.days.lowerBound...assignment.days.upperBound,
                    items: ids,
                    metrics: names
                )
                XEndpoint.postAnalytics.label(&request, resources: ids.count)
                return request
            }
        }

        private func chunks(_ posts: [Assignment.Post]) -> [[String]] {
            stride(from: 0, to: posts.count, by: XRequests.batch).map { start in
                posts[start..<min(start + XRequests.batch, posts.count)].map(\.externalID)
            }
        }

        /// Whether X still serves the private numbers of a post. Of a post of unknown age it is not asked.
        private func isYoung(_ post: Assignment.Post) -> Bool {
            post.publishedAt.map { assignment.now - $0 < XRequests.privateAge } ?? false
        }

        /// The groups of fields that X does not refuse.
        private func groups(_ names: [String]) -> [String] { names.filter { !assignment.refused.contains($0) } }

        /// Whether something of these metrics is wanted. Throws when something is wanted that the collection has not.
        private func wants(_ entries: [PlatformMetric], among known: [PlatformMetric]) throws(Death) -> Bool {
            for metric in assignment.metrics where !known.contains(where: { $0.metric == metric }) {
                throw Death(.unsupportedMetric, "X does not serve \(metric.name) in this collection")
            }
            return assignment.metrics.isEmpty || entries.contains { assignment.metrics.contains($0.metric) }
        }
    }
}
