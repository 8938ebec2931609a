internal import FleetCore

extension Platform {
    /// Accounts on X over version 2 of its interface.
    ///
    /// The version in the settings chooses the names of parameters: before 2.167 the old ones (`tweet.fields`), from there
    /// the new ones (`post.fields`). Answers are read with either.
    public static let x = Platform(
        name: .x,
        title: "X",
        collections: [.accountDaily, .posts, .postMetrics],
        settleDays: 2,
        // Account levels have no history: one call answers for however many days.
        daysPerJob: 30,
        postsPerJob: XRequests.batch,
        historyDays: 30,
        versions: [APIVersion(XRequests.oldNames), APIVersion(XRequests.newNames)],
        defaultVersion: XRequests.oldNames,
        scopes: [
            Scope("users.read"),
            Scope("tweet.read", for: XScopes.postMetrics),
            Scope("offline.access"),
        ],
        metrics: XMetrics.all,
        limits: XEndpoint.rules,
        tokens: .x,
        requests: { (assignment, settings) throws(Death) in try XRequests.make(assignment, settings) },
        read: { request, response, now in
            var answer = XAnswer(request, response, now)
            return answer.read()
        },
        recognise: { XRequests.recognise($0, account: $1) },
        signals: signalsOfX
    )
}

private enum XScopes {
    /// Everything that is about posts.
    static let postMetrics: [MetricID] = {
        var seen: Set<MetricID> = []
        return (XMetrics.post.entries + XMetrics.privatePost.entries + XMetrics.analytics.entries).map(\.metric)
            .filter { seen.insert($0).inserted }
    }()
}

private func signalsOfX(
    _ request: PlatformRequest,
    _ response: PlatformResponse,
    _ now: Instant
) -> [LimitSignal] {
    guard let endpoint = XEndpoint(rawValue: request.purpose), let rule = endpoint.headerRule else { return [] }
    return RateHeaders(response, prefix: XAnswer.ratePrefix, at: now).signals(rule: rule, endpoint: endpoint.name)
}
