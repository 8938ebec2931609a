internal import FleetCore

/// What all requests of one assignment have in common, and the forms they are built in.
struct GraphPlan {
    let dialect: GraphDialect
    let assignment: Assignment
    let origin: String
    let version: String
    /// The metrics wanted; nil for all.
    private let wanted: Set<MetricID>?

    /// Throws when the account's id is not of the interface's form, or when a metric is not among those `served`.
    init(
        _ dialect: GraphDialect,
        _ assignment: Assignment,
        origin: String,
        version: String,
        title: String,
        served: Set<MetricID>
    ) throws(Death) {
        guard GraphPath.isAccountID(assignment.externalID) else {
            throw Death(.badExternalID, "the id of an account at \(title) has 1 to 32 digits and nothing else")
        }
        for post in assignment.posts where !GraphPath.isID(post.externalID) {
            throw Death(.badExternalID, "the id of a post at \(title) has digits and nothing else")
        }
        for metric in assignment.metrics where !served.contains(metric) {
            throw Death(.unsupportedMetric, "\(title) does not serve \(metric.name) in this collection")
        }
        self.dialect = dialect
        self.assignment = assignment
        self.origin = origin
        self.version = version
        wanted = assignment.metrics.isEmpty ? nil : Set(assignment.metrics)
    }

    /// The path of the account, or of one of its edges.
    func path(_ edge: String? = nil, of object: String? = nil) -> String {
        "/\(version)/\(object ?? assignment.externalID)" + (edge.map { "/" + $0 } ?? "")
    }

    /// Whether a metric is wanted, served on a day and not refused at present.
    func asks(for metric: GraphMetric, on day: CivilDate) -> Bool {
        let entry = metric.entry
        return entry.isServed(on: day) && !assignment.refused.contains(entry.native)
            && (wanted.map { wanted in metric.fills.contains(where: wanted.contains) } ?? true)
    }

    /// The names in a group of a table that are to be asked for.
    func names(in group: String, of table: GraphMetricTable, on day: CivilDate) -> [String] {
        table.metrics.filter { $0.entry.group == group && asks(for: $0, on: day) }.map(\.entry.native)
    }

    /// The days as stretches that one call may cover, each of at most so many seconds: a day of 25 hours counts as such.
    func stretches(maximumSeconds: Int64) -> [ClosedRange<CivilDate>] {
        let zone = TimeZoneRules.pacific
        var stretches: [ClosedRange<CivilDate>] = []
        var first = assignment.days.lowerBound
        while first <= assignment.days.upperBound {
            var last = first
            while last < assignment.days.upperBound,
                zone.endOfDay(last + 1).seconds - zone.startOfDay(first).seconds <= maximumSeconds
            {
                last = last + 1
            }
            stretches.append(first...last)
            first = last + 1
        }
        return stretches
    }

    /// A request for insights of the account over some days.
    func insights(
        _ names: [String],
        edge: String = "insights",
        over days: ClosedRange<CivilDate>,
        _ extra: [Field] = []
    ) -> PlatformRequest {
        let zone = TimeZoneRules.pacific
        return PlatformRequest(
            origin: origin,
            path: path(edge),
            query: [Field("metric", names.joined(separator: ","))] + extra + [
                Field("since", String(zone.startOfDay(days.lowerBound).seconds)),
                Field("until", String(zone.endOfDay(days.upperBound).seconds)),
            ],
            purpose: GraphForm.insights.rawValue,
            window: days,
            metrics: names,
            endpoint: GraphForm.insights.endpoint
        )
    }

    /// A request for insights without days: who the audience is.
    func insights(_ names: [String], edge: String = "insights", _ extra: [Field]) -> PlatformRequest {
        PlatformRequest(
            origin: origin,
            path: path(edge),
            query: [Field("metric", names.joined(separator: ","))] + extra,
            purpose: GraphForm.insights.rawValue,
            metrics: names,
            endpoint: GraphForm.insights.endpoint
        )
    }

    /// A request for fields of the account.
    func node(_ names: [String]) -> PlatformRequest {
        PlatformRequest(
            origin: origin,
            path: path(),
            query: [Field("fields", names.joined(separator: ","))],
            purpose: GraphForm.node.rawValue,
            metrics: names,
            endpoint: GraphForm.node.endpoint
        )
    }

    /// A request for the posts on an edge, the largest page that the interface allows.
    func list(_ edge: String, fields: String, metrics: [String]) -> PlatformRequest {
        PlatformRequest(
            origin: origin,
            path: path(edge),
            query: [Field("fields", fields), Field("limit", "100")],
            purpose: GraphForm.list.rawValue,
            metrics: metrics,
            endpoint: edge
        )
    }

    /// A request for the insights of a post.
    func insights(_ names: [String], of post: String) -> PlatformRequest {
        PlatformRequest(
            origin: origin,
            path: path("insights", of: post),
            query: [Field("metric", names.joined(separator: ","))],
            purpose: GraphForm.insights.rawValue,
            post: post,
            items: [post],
            metrics: names,
            endpoint: GraphForm.insights.endpoint
        )
    }

    /// A request for fields of a post, with edges expanded.
    func node(of post: String, fields: String, metrics: [String]) -> PlatformRequest {
        PlatformRequest(
            origin: origin,
            path: path(of: post),
            query: [Field("fields", fields)],
            purpose: GraphForm.node.rawValue,
            post: post,
            items: [post],
            metrics: metrics,
            endpoint: GraphForm.node.endpoint
        )
    }

    /// Requests about posts, as many to a call as the interface allows.
    static func batches(_ parts: [PlatformRequest]) -> [PlatformRequest] {
        stride(from: 0, to: parts.count, by: GraphBatch.maximumParts).map { start in
            GraphBatch.request(Array(parts[start..<min(start + GraphBatch.maximumParts, parts.count)]))
        }
    }
}

extension GraphMetric {
    /// The canonical metrics that its parts and total fill.
    var fills: [MetricID] {
        if case .metrics(let ids) = parts { return Array(ids.values) }
        return [entry.metric]
    }
}

extension Collection where Element == GraphMetric {
    /// The canonical metrics of some groups.
    func filled(by groups: String...) -> Set<MetricID> {
        Set(filter { groups.contains($0.entry.group) }.flatMap(\.fills))
    }
}
