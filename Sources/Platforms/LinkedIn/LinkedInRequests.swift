internal import FleetCore

/// Builds LinkedIn's requests: one for each kind of statistics, whatever the number of days or posts.
struct LinkedInRequests {
    /// What an answer must be read as.
    enum Purpose: UInt8 {
        case shareStatistics = 1
        case followerStatistics = 2
        case pageStatistics = 3
        case networkSize = 4
        case posts = 5
        /// A collection without figures that pages like the posts.
        case other = 6
    }

    /// The resources, which LinkedIn also counts calls by.
    enum Resource: String, CaseIterable {
        case shareStatistics = "organizationalEntityShareStatistics"
        case followerStatistics = "organizationalEntityFollowerStatistics"
        case pageStatistics = "organizationPageStatistics"
        case networkSizes
        case posts
        case organizationAcls

        var purpose: Purpose {
            switch self {
            case .shareStatistics: .shareStatistics
            case .followerStatistics: .followerStatistics
            case .pageStatistics: .pageStatistics
            case .networkSizes: .networkSize
            case .posts: .posts
            case .organizationAcls: .other
            }
        }
    }

    static let host = "https://api.linkedin.com"
    static let version = "202609"
    /// How many posts one call names: about two thousand bytes of address.
    static let postsPerCall = 50

    let assignment: Assignment
    let settings: PlatformSettings
    let organization: LinkedInURN

    /// The requests of an assignment.
    static func make(
        _ assignment: Assignment,
        _ settings: PlatformSettings
    ) throws(Death) -> [PlatformRequest] {
        guard let organization = LinkedInURN(organization: assignment.externalID) else {
            throw Death(.badExternalID, "a LinkedIn page's id is urn:li:organization: and a number")
        }
        return try LinkedInRequests(assignment: assignment, settings: settings, organization: organization).make()
    }

    private func make() throws(Death) -> [PlatformRequest] {
        let (shares, page) = (LinkedInMetrics.shares(.days).entries, LinkedInMetrics.page(.days).entries)
        let (gains, size) = ([LinkedInMetrics.followerGains], [LinkedInMetrics.networkSize])
        switch assignment.collect {
        case .accountDaily:
            try assignment.requireOffered(shares + page + gains + size, by: "LinkedIn")
            return ask(shares) { daily(.shareStatistics, "organizationalEntity", $0) }
                + ask(gains) { daily(.followerStatistics, "organizationalEntity", $0) }
                + ask(page) { daily(.pageStatistics, "organization", $0) } + ask(size) { networkSize($0) }
        case .posts:
            try assignment.requireOffered([], by: "LinkedIn")
            return [posts]
        case .postMetrics:
            let entries = LinkedInMetrics.shares(.lifetime).entries
            try assignment.requireOffered(entries, by: "LinkedIn")
            return postStatistics("share", as: "shares", entries) + postStatistics("ugcPost", as: "ugcPosts", entries)
        case .stories, .demographics, .credentialRefresh:
            throw Death(.unknownCollection, "LinkedIn has nothing to collect as \(assignment.collect.rawValue)")
        }
    }

    /// A request, unless nothing of it is wanted or all of it is refused.
    private func ask(_ entries: [PlatformMetric], _ make: ([String]) -> PlatformRequest) -> [PlatformRequest] {
        let names = assignment.names(of: entries)
        return names.isEmpty ? [] : [make(names)]
    }

    /// Statistics of every day asked about: UTC days, in milliseconds, the end excluded.
    private func daily(_ resource: Resource, _ parameter: String, _ metrics: [String]) -> PlatformRequest {
        let (first, last) = (assignment.days.lowerBound, assignment.days.upperBound)
        let intervals = RestLiValue.record([
            "timeRange": .record([
                "start": .text(String(TimeZoneRules.utc.startOfDay(first).milliseconds)),
                "end": .text(String(TimeZoneRules.utc.endOfDay(last).milliseconds)),
            ]),
            "timeGranularityType": .text("DAY"),
        ])
        return request(
            resource,
            [Field("q", parameter), urnField(parameter), intervals.field("timeIntervals")],
            window: assignment.days,
            metrics: metrics
        )
    }

    /// The page itself is a segment of the path here.
    private func networkSize(_ metrics: [String]) -> PlatformRequest {
        request(
            .networkSizes,
            key: "/" + RestLiValue.percentEncoded(organization.text),
            [Field("edgeType", "COMPANY_FOLLOWED_BY_MEMBER")],
            metrics: metrics
        )
    }

    private var posts: PlatformRequest {
        request(
            .posts,
            [
                Field("q", "author"), urnField("author"), Field("count", "100"), Field("start", "0"),
                Field("sortBy", "CREATED"),
            ]
        )
    }

    /// Lifetime figures of posts of one kind, each kind in a list of its own.
    private func postStatistics(_ kind: String, as parameter: String, _ entries: [PlatformMetric]) -> [PlatformRequest]
    {
        let urns = assignment.posts.compactMap { LinkedInURN($0.externalID) }.filter { $0.kind == kind }.map(\.text)
        return stride(from: 0, to: urns.count, by: LinkedInRequests.postsPerCall).flatMap { start in
            let some = Array(urns[start..<min(start + LinkedInRequests.postsPerCall, urns.count)])
            return ask(entries) { metrics in
                request(
                    .shareStatistics,
                    [
                        Field("q", "organizationalEntity"), urnField("organizationalEntity"),
                        RestLiValue.list(some.map(RestLiValue.text)).field(parameter),
                    ],
                    items: some,
                    metrics: metrics
                )
            }
        }
    }

    private func urnField(_ name: String) -> Field { RestLiValue.text(organization.text).field(name) }

    private func request(
        _ resource: Resource,
        key: String = "",
        _ query: [Field],
        window: ClosedRange<CivilDate>? = nil,
        items: [String] = [],
        metrics: [String] = []
    ) -> PlatformRequest {
        PlatformRequest(
            origin: settings.origin ?? LinkedInRequests.host,
            path: "/rest/" + resource.rawValue + key,
            query: query,
            headers: [
                Field("LinkedIn-Version", settings.version ?? LinkedInRequests.version),
                Field("X-Restli-Protocol-Version", "2.0.0"),
            ],
            purpose: resource.purpose.rawValue,
            window: window,
            items: items,
            metrics: metrics,
            endpoint: resource.rawValue
        )
    }
}
