internal import FleetCore

extension Platform {
    /// Pinterest accounts over version 5. The version `v5-beta` in the settings adds the call for many pins at once.
    public static let pinterest = Platform(
        name: .pinterest,
        title: "Pinterest",
        collections: [.accountDaily, .posts, .postMetrics],
        // Days are being processed for one or two; the status of each says so.
        settleDays: 4,
        daysPerJob: PinterestRequests.days,
        historyDays: PinterestRequests.days,
        versions: [APIVersion(PinterestRequests.version), APIVersion(PinterestRequests.beta)],
        defaultVersion: PinterestRequests.version,
        scopes: [
            Scope(
                "user_accounts:read",
                for: PinterestMetrics.account.entries.map(\.metric)
                    + PinterestMetrics.ofAccount.compactMap { PinterestMetrics.analytics[$0]?.metric }
            ),
            Scope("boards:read"),
            Scope("pins:read", for: (PinterestMetrics.pin.entries + PinterestMetrics.analytics.entries).map(\.metric)),
        ],
        metrics: PinterestMetrics.all,
        limits: PinterestEndpoint.rules,
        tokens: .pinterest,
        requests: { (assignment, settings) throws(Death) in try PinterestRequests.make(assignment, settings) },
        read: { request, response, now in
            var answer = PinterestAnswer(request, response, now)
            return answer.read()
        },
        recognise: { request, _ in PinterestRequests.recognise(request) },
        signals: { PinterestEndpoint.signals($0, $1, $2) }
    )
}
