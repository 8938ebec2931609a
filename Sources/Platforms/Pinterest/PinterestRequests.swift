internal import FleetCore

/// Builds Pinterest's requests: one call for the levels, one for up to 89 days of the account, one for each pin.
enum PinterestRequests {
    static let host = "https://api.pinterest.com"
    static let version = "v5"
    /// The same version with the call for the analytics of many pins, which not every application may use.
    static let beta = "v5-beta"
    /// Days back that are answered: ninety by the documentation, one less to be safe at the day's turn.
    static let days = 89
    /// Pins to a page, and to a call of the beta.
    static let pageSize = 250
    static let batch = 100

    /// The requests of an assignment.
    static func make(_ assignment: Assignment, _ settings: PlatformSettings) throws(Death) -> [PlatformRequest] {
        guard isID(assignment.externalID) else {
            throw Death(.badExternalID, "an account's id on Pinterest has 1 to 32 digits and nothing else")
        }
        let builder = Builder(assignment: assignment, origin: settings.origin ?? host)
        switch assignment.collect {
        case .accountDaily: return try builder.account()
        case .posts: return builder.pins()
        case .postMetrics: return try builder.analytics(isBeta: settings.version == beta)
        case .stories, .demographics, .credentialRefresh: return []
        }
    }

    /// Whether a text is an id: 1 to 32 digits.
    static func isID(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count) && text.utf8.allSatisfy { $0 &- 48 < 10 }
    }
}

extension PinterestRequests {
    /// The requests of one assignment.
    struct Builder {
        let assignment: Assignment
        let origin: String

        func account() throws(Death) -> [PlatformRequest] {
            let levels = PinterestMetrics.account.entries
            let daily = PinterestMetrics.ofAccount.compactMap { PinterestMetrics.analytics[$0] }
            try check(among: levels + daily)
            var requests: [PlatformRequest] = []
            let names = wanted(levels)
            if !names.isEmpty { requests.append(request(.account, "/user_account", metrics: names)) }
            let types = wanted(daily)
            if !types.isEmpty, let window {
                requests.append(
                    request(.accountAnalytics, "/user_account/analytics", query: span(window, types), metrics: types)
                )
                requests[requests.count - 1].window = window
            }
            return requests
        }

        func pins() -> [PlatformRequest] {
            let query = [Field("page_size", String(PinterestRequests.pageSize)), Field("pin_metrics", "true")]
            return [request(.pins, "/pins", query: query, metrics: PinterestMetrics.pin.entries.map(\.native))]
        }

        /// Daily numbers of named pins, by one call for each, or by one for many where the application may.
        func analytics(isBeta: Bool) throws(Death) -> [PlatformRequest] {
            let names = PinterestMetrics.ofPin + PinterestMetrics.ofVideo
            try check(
                among: names.compactMap { PinterestMetrics.analytics[$0] } + PinterestMetrics.reactions.entries
            )
            guard let window else { return [] }
            if isBeta, assignment.posts.count > 1 {
                let size = PinterestRequests.batch
                return stride(from: 0, to: assignment.posts.count, by: size).compactMap { start in
                    batch(Array(assignment.posts[start..<min(start + size, assignment.posts.count)]), window)
                }
            }
            return assignment.posts.compactMap { post in
                let types = types(for: [post])
                guard !types.isEmpty else { return nil }
                let path = "/pins/\(post.externalID)/analytics"
                var request = request(.pinAnalytics, path, query: span(window, types), metrics: types)
                request.post = post.externalID
                request.items = [post.externalID]
                request.window = window
                return request
            }
        }

        private func batch(_ posts: [Assignment.Post], _ window: ClosedRange<CivilDate>) -> PlatformRequest? {
            let ids = posts.map(\.externalID)
            let types = types(for: posts)
            guard !types.isEmpty else { return nil }
            let query = [Field("pin_ids", ids.joined(separator: ","))] + span(window, types)
            var request = request(.pinsAnalytics, "/pins/analytics", query: query, metrics: types)
            request.items = ids
            request.window = window
            return request
        }

        /// What the analytics of some pins are asked for; a video has more.
        private func types(for posts: [Assignment.Post]) -> [String] {
            let names = PinterestMetrics.ofPin + (posts.contains { $0.kind == .video } ? PinterestMetrics.ofVideo : [])
            return wanted(names.compactMap { PinterestMetrics.analytics[$0] } + PinterestMetrics.reactions.entries)
        }

        /// The days asked about that are answered still; nil when none is.
        private var window: ClosedRange<CivilDate>? {
            let first = max(assignment.days.lowerBound, assignment.now.utcDate - PinterestRequests.days)
            return first <= assignment.days.upperBound ? first...assignment.days.upperBound : nil
        }

        private func span(_ window: ClosedRange<CivilDate>, _ types: [String]) -> [Field] {
            [
                Field("start_date", window.lowerBound.description), Field("end_date", window.upperBound.description),
                Field("metric_types", types.joined(separator: ",")),
            ]
        }

        private func request(
            _ endpoint: PinterestEndpoint,
            _ path: String,
            query: [Field] = [],
            metrics: [String]
        ) -> PlatformRequest {
            let path = "/\(PinterestRequests.version)\(path)"
            var request = PlatformRequest(origin: origin, path: path, query: query, metrics: metrics)
            endpoint.label(&request)
            return request
        }

        /// Pinterest's names of what is wanted and not refused.
        private func wanted(_ entries: [PlatformMetric]) -> [String] {
            entries.filter { assignment.metrics.isEmpty || assignment.metrics.contains($0.metric) }
                .map(\.native).filter { !assignment.refused.contains($0) }
        }

        private func check(among known: [PlatformMetric]) throws(Death) {
            for metric in assignment.metrics where !known.contains(where: { $0.metric == metric }) {
                throw Death(.unsupportedMetric, "Pinterest does not serve \(metric.name) in this collection")
            }
        }
    }

    /// What a written-down request asks for, by its path.
    static func recognise(_ request: PlatformRequest) -> PlatformRequest? {
        var parts = request.path.split(separator: "/").map(String.init)
        if let first = parts.first, first.first == "v", Int(first.dropFirst()) != nil { parts.removeFirst() }
        guard let endpoint = endpoint(parts) else { return nil }
        var request = request
        endpoint.label(&request)
        request.metrics = list(request.queryValue("metric_types"))
        switch endpoint {
        case .pin, .pinAnalytics:
            request.post = parts[1]
            request.items = [parts[1]]
        case .pinsAnalytics: request.items = list(request.queryValue("pin_ids"))
        case .account, .accountAnalytics, .pins, .token: break
        }
        if let first = request.queryValue("start_date").flatMap(CivilDate.init),
            let last = request.queryValue("end_date").flatMap(CivilDate.init), first <= last
        {
            request.window = first...last
        }
        return request
    }

    private static func endpoint(_ parts: [String]) -> PinterestEndpoint? {
        switch (parts.first, parts.count) {
        case ("user_account", 1): .account
        case ("user_account", 2) where parts[1] == "analytics": .accountAnalytics
        case ("pins", 1): .pins
        case ("pins", 2) where parts[1] == "analytics": .pinsAnalytics
        case ("pins", 2) where isID(parts[1]): .pin
        case ("pins", 3) where isID(parts[1]) && parts[2] == "analytics": .pinAnalytics
        case ("oauth", 2) where parts[1] == "token": .token
        default: nil
        }
    }

    private static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map(String.init)
    }
}
