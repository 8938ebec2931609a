internal import FleetCore
internal import JSON
internal import Platforms

/// The lists of the Data API: what stands now, with counts as strings.
struct YouTubeLists {
    let call: SimulatedCall
    let owner: SimulatedAccount
    let world: World

    private var truth: PlatformTruth { world[.youtube] }
    private var parts: [String] { call.list("part") }

    // MARK: Channels

    /// Channels that do not exist are left out; without any there are no `items` at all.
    func channels() throws(YouTubeFault) -> [UInt8] {
        guard !parts.isEmpty else { throw .missing("part") }
        let isMine = call.value("mine") == "true"
        guard isMine || call.value("id") != nil else { throw .missing("id") }
        let accounts = isMine ? [owner] : call.list("id").compactMap { world.account(.youtube, $0) }
        return list("youtube#channelListResponse", accounts.count, hasItems: !accounts.isEmpty) { writer in
            for account in accounts { writeChannel(&writer, account) }
        }
    }

    private func writeChannel(_ writer: inout JSONWriter, _ account: SimulatedAccount) {
        writer.beginObject()
        writer.field("kind", "youtube#channel")
        writer.field("etag", "sim")
        writer.field("id", account.externalID)
        if parts.contains("snippet") {
            writer.object("snippet") { $0.field("title", account.username) }
        }
        if parts.contains("statistics") {
            writer.object("statistics") { writer in
                let hides = truth.hidesSubscribers(account.number)
                let followers = truth.level(account.number, .followers, at: call.now) ?? 0
                writer.field("viewCount", String(truth.total(account.number, .views, at: call.now) ?? 0))
                writer.field("subscriberCount", hides ? "0" : String(followers))
                writer.field("hiddenSubscriberCount", hides)
                writer.field("videoCount", String(truth.level(account.number, .posts, at: call.now) ?? 0))
            }
        }
        if parts.contains("contentDetails") {
            writer.object("contentDetails") { writer in
                writer.object("relatedPlaylists") { writer in
                    writer.field("uploads", "UU" + account.externalID.dropFirst(2))
                }
            }
        }
        writer.endObject()
    }

    // MARK: Uploads

    func playlistItems() throws(YouTubeFault) -> [UInt8] {
        guard !parts.isEmpty else { throw .missing("part") }
        guard let id = call.value("playlistId") else { throw .missing("playlistId") }
        guard id.hasPrefix("UU"), let account = world.account(.youtube, "UC" + id.dropFirst(2)) else {
            throw .notFound("playlist")
        }
        let size = try pageSize()
        let posts = truth.posts(account, before: try pageStart(), limit: size + 1, at: call.now)
        let total = truth.level(account.number, .posts, at: call.now) ?? 0
        let next = posts.count > size ? YouTubeLists.token(posts[size - 1].id.number) : nil
        return list("youtube#playlistItemListResponse", Int(total), perPage: size, next: next) { writer in
            for post in posts.prefix(size) { writeEntry(&writer, post) }
        }
    }

    private func writeEntry(_ writer: inout JSONWriter, _ post: TruePost) {
        writer.beginObject()
        writer.field("kind", "youtube#playlistItem")
        writer.field("etag", "sim")
        writer.field("id", "UEx" + post.id.externalID)
        if parts.contains("contentDetails") {
            writer.object("contentDetails") { writer in
                writer.field("videoId", post.id.externalID)
                writer.field("videoPublishedAt", post.publishedAt.text(.seconds))
            }
        }
        writer.endObject()
    }

    private func pageSize() throws(YouTubeFault) -> Int {
        guard let text = call.value("maxResults") else { return 5 }
        guard let size = Int(text), (1...50).contains(size) else { throw .invalid("maxResults") }
        return size
    }

    /// The number below which the page begins; nil for the first page.
    private func pageStart() throws(YouTubeFault) -> Int? {
        guard let token = call.value("pageToken"), !token.isEmpty else { return nil }
        guard token.hasPrefix("EAAaB"), let number = Int(token.dropFirst(5), radix: 36) else {
            throw .invalid("pageToken")
        }
        return number
    }

    private static func token(_ number: Int) -> String { "EAAaB" + String(number, radix: 36) }

    // MARK: Videos

    /// Videos that do not exist are left out in silence.
    func videos() throws(YouTubeFault) -> [UInt8] {
        guard !parts.isEmpty else { throw .missing("part") }
        let ids = call.list("id")
        guard !ids.isEmpty else { throw .missing("id") }
        guard ids.count <= 50 else { throw .invalid("id") }
        let posts = ids.compactMap { world.post(.youtube, $0, at: call.now) }
        return list("youtube#videoListResponse", posts.count, perPage: posts.count) { writer in
            for post in posts { writeVideo(&writer, post) }
        }
    }

    private func writeVideo(_ writer: inout JSONWriter, _ post: TruePost) {
        func count(_ metric: MetricID) -> String? { truth.value(post, metric, at: call.now).map { String($0) } }
        writer.beginObject()
        writer.field("kind", "youtube#video")
        writer.field("etag", "sim")
        writer.field("id", post.id.externalID)
        if parts.contains("statistics") {
            writer.object("statistics") { writer in
                writer.field("viewCount", ifPresent: count(.views))
                writer.field("likeCount", ifPresent: count(.likes))
                writer.field("favoriteCount", "0")
                writer.field("commentCount", ifPresent: count(.comments))
            }
        }
        writer.endObject()
    }

    // MARK: The form of a list

    private func list(
        _ kind: String,
        _ total: Int,
        perPage: Int = 5,
        next: String? = nil,
        hasItems: Bool = true,
        _ write: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 + total * 16)
        writer.beginObject()
        writer.field("kind", kind)
        writer.field("etag", "sim")
        writer.field("nextPageToken", ifPresent: next)
        writer.object("pageInfo") { writer in
            writer.field("totalResults", total)
            writer.field("resultsPerPage", perPage)
        }
        if hasItems { writer.array("items", write) }
        writer.endObject()
        return writer.finish()
    }
}
