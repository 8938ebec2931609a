internal import FleetCore
internal import JSON
internal import Platforms

/// The collections of LinkedIn's interface, each under the rights that it asks for.
struct LinkedInElements {
    let query: LinkedInQuery
    let owner: SimulatedAccount
    let truth: PlatformTruth
    let world: World

    /// How far back there is anything.
    private static let months = 12

    // MARK: Rights

    /// The page named, which the token's member must administer.
    private func page(_ resource: String, _ parameter: String, scope: String) throws(LinkedInFault) {
        guard let finder = query.value("q"), finder == parameter else { throw .invalid("q") }
        guard let urn = query.value(parameter) else { throw .invalid(parameter) }
        guard world.account(.linkedin, urn) == owner, query.call.access.holds(scope) else {
            throw .denied(resource, finder)
        }
    }

    // MARK: Statistics

    func shareStatistics() throws(LinkedInFault) -> [UInt8] {
        try page("organizationalEntityShareStatistics", "organizationalEntity", scope: "rw_organization_admin")
        if let urns = try query.list("shares") { return try postStatistics(urns, "share") }
        if let urns = try query.list("ugcPosts") { return try postStatistics(urns, "ugcPost") }
        return series("organizationalEntity", known: .impressions) { writer, value in writeShares(&writer, value) }
    }

    /// Posts without activity are left out, and there is no series of them.
    private func postStatistics(_ urns: [String], _ kind: String) throws(LinkedInFault) -> [UInt8] {
        guard query.days == nil else { throw .invalid("timeIntervals") }
        guard urns.allSatisfy({ $0.hasPrefix("urn:li:\(kind):") }) else { throw .invalid(kind + "s") }
        let posts = urns.compactMap { world.post(.linkedin, $0, at: query.now) }.filter { $0.id.account == owner }
        return collection { writer in
            for post in posts where truth.value(post, .impressions, at: query.now) ?? 0 > 0 {
                writer.beginObject()
                writer.field("organizationalEntity", owner.externalID)
                if kind == "share" {
                    writer.field("share", post.id.externalID)
                } else {
                    writer.field("ugcPost", post.id.externalID)
                }
                writeShares(&writer) { truth.value(post, $0, at: query.now) }
                writer.endObject()
            }
        }
    }

    private func writeShares(_ writer: inout JSONWriter, _ value: (MetricID) -> Int64?) {
        writer.object("totalShareStatistics") { writer in
            writer.field("impressionCount", ifPresent: value(.impressions))
            // One number, which some pages get under another spelling.
            if owner.number % 2 == 0 {
                writer.field("uniqueImpressionsCount", ifPresent: value(.reach))
            } else {
                writer.field("uniqueImpressionsCounts", ifPresent: value(.reach))
            }
            writer.field("clickCount", ifPresent: value(.clicks))
            writer.field("likeCount", ifPresent: value(.likes))
            writer.field("commentCount", ifPresent: value(.comments))
            writer.field("shareCount", ifPresent: value(.shares))
            if let rate = value(.engagementRate) {
                writer.key("engagement")
                writer.raw(FixedPoint.text(rate, scale: MetricCatalogue.scale(of: .engagementRate)).utf8)
            }
            writer.field("shareMentionsCount", 0)
            writer.field("commentMentionsCount", 0)
        }
    }

    /// Gains by the day; without days only facets, which have no total any more.
    func followerStatistics() throws(LinkedInFault) -> [UInt8] {
        try page("organizationalEntityFollowerStatistics", "organizationalEntity", scope: "rw_organization_admin")
        guard query.days != nil else { return facets() }
        return series("organizationalEntity", known: .followersGained) { writer, value in
            guard let gained = value(.followersGained) else { return }
            let paid = max(0, gained / 10)
            writer.object("followerGains") { writer in
                writer.field("organicFollowerGain", gained - paid)
                writer.field("paidFollowerGain", paid)
            }
        }
    }

    private func facets() -> [UInt8] {
        let level = truth.level(owner.number, .followers, at: query.now) ?? 0
        let audience = Audience(curves: truth.curves, account: owner.number)
        return collection { writer in
            writer.beginObject()
            writer.field("organizationalEntity", owner.externalID)
            writer.array("followerCountsByGeoCountry") { writer in
                for (place, part) in audience.parts(of: level, Audience.countries, salt: 1).enumerated() {
                    writer.beginObject()
                    writer.field("geo", "urn:li:geo:\(103_644_278 + place)")
                    writer.object("followerCounts") { writer in
                        writer.field("organicFollowerCount", part.value)
                        writer.field("paidFollowerCount", 0)
                    }
                    writer.endObject()
                }
            }
            writer.endObject()
        }
    }

    func pageStatistics() throws(LinkedInFault) -> [UInt8] {
        try page("organizationPageStatistics", "organization", scope: "rw_organization_admin")
        return series("organization", known: .profileViews) { writer, value in
            guard let views = value(.profileViews), let viewers = value(.profileViewers) else { return }
            writer.object("totalPageStatistics") { writer in
                writer.object("clicks") { _ in }
                writer.object("views") { writer in
                    write(&writer, "allPageViews", views, viewers)
                    write(&writer, "allDesktopPageViews", views - views / 3, viewers)
                    write(&writer, "allMobilePageViews", views / 3, viewers / 2)
                }
            }
        }
    }

    private func write(_ writer: inout JSONWriter, _ key: StaticString, _ views: Int64, _ viewers: Int64) {
        writer.object(key) { writer in
            writer.field("pageViews", views)
            writer.field("uniquePageViews", viewers)
        }
    }

    /// One element for each day of which something is said, or one for all that is kept.
    ///
    /// `page` is the member that names the page, `known` the metric that decides whether a day is there.
    private func series(
        _ page: StaticString,
        known: MetricID,
        _ write: (inout JSONWriter, (MetricID) -> Int64?) -> Void
    ) -> [UInt8] {
        let today = query.now.utcDate
        let kept = today.addingMonths(-LinkedInElements.months)...today
        func shown(_ metric: MetricID, _ days: ClosedRange<CivilDate>) -> Int64? {
            truth.shown(owner.number, metric, over: days, at: query.now)
        }
        return collection { writer in
            for days in query.days.map({ $0.clamped(to: kept).map { $0...$0 } }) ?? [kept] {
                guard kept.contains(days.lowerBound), shown(known, days) != nil else { continue }
                writer.beginObject()
                write(&writer) { shown($0, days) }
                writer.field(page, owner.externalID)
                if query.days != nil {
                    writer.object("timeRange") { writer in
                        writer.field("start", TimeZoneRules.utc.startOfDay(days.lowerBound).milliseconds)
                        writer.field("end", TimeZoneRules.utc.endOfDay(days.upperBound).milliseconds)
                    }
                }
                writer.endObject()
            }
        }
    }

    // MARK: The rest

    /// The level, which everybody may read.
    func networkSize(_ key: Substring) throws(LinkedInFault) -> [UInt8] {
        guard let edge = query.value("edgeType"),
            ["COMPANY_FOLLOWED_BY_MEMBER", "CompanyFollowedByMember"].contains(edge)
        else { throw .invalid("edgeType") }
        guard let account = world.account(.linkedin, RestLiValue.percentDecoded(key)) else {
            throw .unknown("networkSizes")
        }
        var writer = JSONWriter(capacity: 64)
        writer.beginObject()
        writer.field("firstDegreeSize", truth.level(account.number, .followers, at: query.now) ?? 0)
        writer.endObject()
        return writer.finish()
    }

    /// Newest first, from a place in the list.
    func posts() throws(LinkedInFault) -> [UInt8] {
        try page("posts", "author", scope: "r_organization_social")
        let count = try query.number("count", default: 10, 1...100)
        let start = try query.number("start", default: 0, 0...100_000)
        let all = truth.posts(owner, limit: start + count + 1, at: query.now).dropFirst(start)
        let total = truth.level(owner.number, .posts, at: query.now) ?? 0
        return collection(start: start, count: count, total: total, hasNext: all.count > count) { writer in
            for post in all.prefix(count) {
                writer.beginObject()
                writer.field("id", post.id.externalID)
                writer.field("author", owner.externalID)
                writer.field("createdAt", post.publishedAt.milliseconds)
                writer.field("publishedAt", post.publishedAt.milliseconds)
                writer.field("lifecycleState", "PUBLISHED")
                writer.field("commentary", "")
                writer.endObject()
            }
        }
    }

    /// The pages that the token's member administers: one.
    func roles() throws(LinkedInFault) -> [UInt8] {
        guard query.value("q") == "roleAssignee" else { throw .invalid("q") }
        return collection(total: 1) { writer in
            writer.beginObject()
            writer.field("organization", owner.externalID)
            writer.field("roleAssignee", "urn:li:person:sim\(owner.number)")
            writer.field("role", "ADMINISTRATOR")
            writer.field("state", "APPROVED")
            writer.endObject()
        }
    }

    /// A collection with its paging. Only a link to the next page means that there is more.
    private func collection(
        start: Int = 0,
        count: Int = 10,
        total: Int64? = nil,
        hasNext: Bool = false,
        _ write: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.object("paging") { writer in
            writer.field("start", start)
            writer.field("count", count)
            writer.array("links") { writer in
                guard hasNext else { return }
                writer.beginObject()
                writer.field("rel", "next")
                writer.field("type", "application/json")
                let author = owner.externalID.replacingColons
                writer.field("href", "/rest/posts?author=\(author)&count=\(count)&q=author&start=\(start + count)")
                writer.endObject()
            }
            writer.field("total", ifPresent: total)
        }
        writer.array("elements", write)
        writer.endObject()
        return writer.finish()
    }
}

extension String {
    fileprivate var replacingColons: String { split(separator: ":").joined(separator: "%3A") }
}
