internal import FleetCore

extension Platform {
    /// Accounts on TikTok. The version in the settings chooses the interface: `v2` is the Display interface, `v1.3` the
    /// Business one.
    public static let tiktok = Platform(
        name: .tiktok,
        title: "TikTok",
        collections: [.accountDaily, .posts, .postMetrics],
        // There is no series: a reading is of now, and one call answers for however many days.
        settleDays: 1,
        daysPerJob: 30,
        postsPerJob: TikTokRequests.batch,
        historyDays: 30,
        versions: [APIVersion(TikTokRequests.business), APIVersion(TikTokRequests.display)],
        defaultVersion: TikTokRequests.display,
        scopes: [
            Scope("user.info.basic"),
            Scope("user.info.stats", for: TikTokMetrics.user.entries.map(\.metric)),
            Scope("video.list", for: TikTokMetrics.video.entries.map(\.metric)),
        ],
        metrics: TikTokMetrics.all,
        limits: TikTokEndpoint.rules,
        tokens: .tiktok,
        requests: { (assignment, settings) throws(Death) in try TikTokRequests.make(assignment, settings) },
        read: { request, response, now in
            var answer = TikTokAnswer(request, response, now)
            return answer.read()
        },
        recognise: { request, _ in TikTokRequests.recognise(request) }
    )
}
