internal import FleetCore

/// Builds Instagram's requests: as few calls as the interface allows for what is wanted.
enum InstagramRequests {
    /// What an answer must be read as.
    enum Purpose: UInt8 {
        case accountInsights = 1
        case accountNode = 2
        case mediaInsights = 3
        case mediaList = 4
        case mediaNode = 5
    }

    static let host = "https://graph.facebook.com"
    static let version = "v25.0"

    /// The requests of an assignment: one for all totals, one for follows and unfollows, one for the levels, and each only
    /// when something of it is wanted.
    static func make(
        _ assignment: Assignment,
        _ settings: PlatformSettings
    ) throws(Death) -> [PlatformRequest] {
        guard GraphPath.isAccountID(assignment.externalID) else {
            throw Death(.badExternalID, "an Instagram account's id has 1 to 32 digits and nothing else")
        }
        let wanted = try wanted(assignment.metrics)
        let base = "/\(settings.version ?? version)/\(assignment.externalID)"
        let origin = settings.origin ?? host
        var requests: [PlatformRequest] = []
        func ask(_ group: String, _ table: GraphMetricTable, _ make: ([String]) -> PlatformRequest) {
            let names = table.metrics.lazy.map(\.entry).filter { entry in
                entry.group == group && entry.isServed(on: assignment.date) && (wanted?.contains(entry.metric) ?? true)
            }.map(\.native)
            if !names.isEmpty { requests.append(make(Array(names))) }
        }
        func insights(_ names: [String], _ extra: [Field]) -> PlatformRequest {
            let zone = TimeZoneRules.pacific
            return PlatformRequest(
                origin: origin,
                path: base + "/insights",
                query: [Field("metric", names.joined(separator: ",")), Field("period", "day")] + extra + [
                    Field("since", String(zone.startOfDay(assignment.date).seconds)),
                    Field("until", String(zone.endOfDay(assignment.date).seconds)),
                ],
                purpose: Purpose.accountInsights.rawValue,
                window: assignment.date...assignment.date,
                metrics: names
            )
        }
        ask(InstagramMetrics.Group.total, InstagramMetrics.account) { names in
            insights(names, [Field("metric_type", "total_value")])
        }
        if wanted.map({ $0.contains(.followersGained) || $0.contains(.followersLost) }) ?? true {
            requests.append(
                insights(
                    [InstagramMetrics.Group.follows],
                    [Field("metric_type", "total_value"), Field("breakdown", "follow_type")]
                )
            )
        }
        ask(InstagramMetrics.Group.node, InstagramMetrics.node) { names in
            PlatformRequest(
                origin: origin,
                path: base,
                query: [Field("fields", names.joined(separator: ","))],
                purpose: Purpose.accountNode.rawValue,
                metrics: names
            )
        }
        return requests
    }

    /// The metrics wanted, or nil for all.
    private static func wanted(_ metrics: [MetricID]) throws(Death) -> Set<MetricID>? {
        for metric in metrics where !served.contains(metric) {
            throw Death(.unsupportedMetric, "Instagram does not serve \(metric.name) in this collection")
        }
        return metrics.isEmpty ? nil : Set(metrics)
    }

    /// The canonical metrics of the daily collection.
    private static let served: Set<MetricID> = {
        var ids: Set<MetricID> = [.followersGained, .followersLost]
        for metric in InstagramMetrics.account.metrics where metric.entry.group == InstagramMetrics.Group.total {
            ids.insert(metric.entry.metric)
        }
        for metric in InstagramMetrics.node.metrics { ids.insert(metric.entry.metric) }
        return ids
    }()

    /// What a written-down request asks for, by its path and the account's id.
    static func recognise(_ request: PlatformRequest, account: String?) -> PlatformRequest? {
        guard request.method == .get, let path = GraphPath(request.path) else { return nil }
        var request = request
        let isAccount = account.map { $0 == path.id } ?? true
        switch path.edge {
        case nil where isAccount: request.purpose = Purpose.accountNode.rawValue
        case nil:
            request.purpose = Purpose.mediaNode.rawValue
            request.post = path.id
        case "insights" where isAccount: request.purpose = Purpose.accountInsights.rawValue
        case "insights":
            request.purpose = Purpose.mediaInsights.rawValue
            request.post = path.id
        case "media", "stories": request.purpose = Purpose.mediaList.rawValue
        default: return nil
        }
        let names = request.queryValue("metric") ?? request.queryValue("fields") ?? ""
        request.metrics = names.split(separator: ",").map(String.init)
        return request
    }
}
