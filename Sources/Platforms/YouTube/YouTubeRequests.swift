internal import FleetCore

/// Builds YouTube's requests: as few calls as its two interfaces allow for what is wanted.
struct YouTubeRequests {
    /// What an answer must be read as.
    enum Purpose: UInt8 {
        case channels = 1
        case playlistItems = 2
        case videos = 3
        case report = 4
        /// Something that has no figures to read: only errors matter.
        case other = 5
    }

    static let dataHost = "https://www.googleapis.com"
    static let analyticsHost = "https://youtubeanalytics.googleapis.com"
    static let version = "v3"
    /// The most videos in one call of `videos`.
    static let videosPerCall = 50

    let assignment: Assignment
    let settings: PlatformSettings

    /// The requests of an assignment.
    func make() throws(Death) -> [PlatformRequest] {
        guard YouTubeRequests.isChannelID(assignment.externalID) else {
            throw Death(.badExternalID, "a YouTube channel's id is UC and 22 letters, digits, - or _")
        }
        switch assignment.collect {
        case .accountDaily:
            try require(YouTubeMetrics.channel.entries + YouTubeMetrics.analytics.entries)
            return channel() + daily(YouTubeMetrics.Group.fast) + daily(YouTubeMetrics.Group.slow)
        case .posts:
            try require([])
            return [uploads]
        case .postMetrics:
            try require(YouTubeMetrics.video.entries + YouTubeMetrics.analytics.entries)
            return videos() + byVideo()
        case .demographics:
            try require(YouTubeMetrics.byCountry)
            return byCountry()
        case .stories, .credentialRefresh:
            throw Death(.unknownCollection, "YouTube has nothing to collect as \(assignment.collect.rawValue)")
        }
    }

    private func require(_ entries: [PlatformMetric]) throws(Death) {
        try assignment.requireOffered(entries, by: "YouTube")
    }

    // MARK: Data API

    private func channel() -> [PlatformRequest] {
        let names = assignment.names(of: YouTubeMetrics.channel.entries)
        guard !names.isEmpty else { return [] }
        return [
            data(
                "channels",
                [Field("part", "statistics"), Field("id", assignment.externalID)],
                .channels,
                items: [assignment.externalID],
                metrics: names
            )
        ]
    }

    /// The list of a channel's uploads has the channel's id with `UU` for `UC`. A search would cost its own, small quota.
    private var uploads: PlatformRequest {
        data(
            "playlistItems",
            [
                Field("part", "contentDetails"), Field("playlistId", "UU" + assignment.externalID.dropFirst(2)),
                Field("maxResults", "50"),
            ],
            .playlistItems
        )
    }

    private func videos() -> [PlatformRequest] {
        let names = assignment.names(of: YouTubeMetrics.video.entries)
        guard !names.isEmpty else { return [] }
        return chunks(of: assignment.posts.map(\.externalID), YouTubeRequests.videosPerCall).map { ids in
            data(
                "videos",
                [Field("part", "statistics"), Field("id", ids.joined(separator: ","))],
                .videos,
                items: ids,
                metrics: names
            )
        }
    }

    private func data(
        _ resource: String,
        _ query: [Field],
        _ purpose: Purpose,
        items: [String] = [],
        metrics: [String] = []
    ) -> PlatformRequest {
        PlatformRequest(
            origin: settings.origin ?? YouTubeRequests.dataHost,
            path: "/youtube/\(settings.version ?? YouTubeRequests.version)/\(resource)",
            query: query,
            purpose: purpose.rawValue,
            items: items,
            metrics: metrics,
            endpoint: resource
        )
    }

    private func chunks(of ids: [String], _ size: Int) -> [[String]] {
        stride(from: 0, to: ids.count, by: size).map { Array(ids[$0..<min($0 + size, ids.count)]) }
    }

    /// `UC` and 22 characters of base64 for addresses.
    static func isChannelID(_ text: String) -> Bool {
        text.utf8.count == 24 && text.hasPrefix("UC") && isSafe(text)
    }

    /// Whether an id consists of letters, digits, `-` and `_` only, so that it can stand in a list.
    static func isSafe(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                byte &- 48 < 10 || (byte | 0x20) &- 97 < 26 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }
}
