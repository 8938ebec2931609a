internal import FleetCore
internal import JSON
internal import Platforms

/// The answers of TikTok's Display interface to one call.
struct TikTokServing {
    let call: SimulatedCall
    let world: World

    var truth: PlatformTruth { world[.tiktok] }

    /// The number that an answer is found again by.
    var log: String {
        String(SimulatedAccount.mix(world.options.seed, UInt64(bitPattern: call.now.microseconds)), radix: 16)
    }

    static let userMetrics: [String: MetricID] = [
        "follower_count": .followers, "following_count": .following, "video_count": .posts,
    ]
    static let videoMetrics: [String: MetricID] = [
        "view_count": .views, "like_count": .likes, "comment_count": .comments, "share_count": .shares,
    ]
    /// Videos to a page and to a query.
    static let most = 20

    func owner() throws(TikTokFault) -> SimulatedAccount {
        guard let owner = call.access.owner else { throw .badToken }
        return owner
    }

    /// The fields asked for, each of which must be served.
    private func fields(_ known: (String) -> Bool) throws(TikTokFault) -> [String] {
        let fields = call.list("fields")
        guard !fields.isEmpty else { throw .invalid("The fields parameter is required.") }
        for field in fields where !known(field) || world.isRetired(.tiktok, field, at: call.now) {
            throw .invalid("The field \(field) is invalid.")
        }
        return fields
    }

    // MARK: The user

    func user() throws(TikTokFault) -> SimulatedReply {
        let owner = try owner()
        let plain: Set<String> = ["open_id", "union_id", "display_name", "username"]
        let counts = TikTokServing.userMetrics
        let fields = try fields { plain.contains($0) || counts[$0] != nil || $0 == "likes_count" }
        if fields.contains(where: { !plain.contains($0) }), !call.access.holds("user.info.stats") {
            throw .missingScope
        }
        return good { writer in
            writer.object("user") { writer in
                for field in fields {
                    writer.key(dynamic: field)
                    if let metric = counts[field] {
                        writer.int(truth.level(owner.number, metric, at: call.now) ?? 0)
                    } else if field == "likes_count" {
                        writer.int(truth.total(owner.number, .likes, at: call.now) ?? 0)
                    } else {
                        writer.string(field == "open_id" ? owner.externalID : owner.username)
                    }
                }
            }
        }
    }

    // MARK: Videos

    /// A page of videos, newest first; the cursor is an epoch in milliseconds before which the next page begins.
    func list() throws(TikTokFault) -> SimulatedReply {
        let (owner, fields, body) = (try owner(), try videoFields(), try body())
        let most = body["max_count"].map { $0.int64 ?? 0 } ?? 10
        guard (1...Int64(TikTokServing.most)).contains(most) else { throw .invalid("max_count must be 1 to 20.") }
        let (videos, hasMore) = page(owner, most: Int(most), cursor: body["cursor"]?.int64)
        return good { writer in
            write(videos, fields, &writer)
            writer.field("cursor", videos.last.map { $0.publishedAt.milliseconds } ?? 0)
            writer.field("has_more", hasMore)
        }
    }

    /// The videos below a cursor, and whether there are more.
    func page(_ owner: SimulatedAccount, most: Int, cursor: Int64?) -> (videos: [TruePost], hasMore: Bool) {
        let until = cursor.flatMap { $0 > 0 ? Instant(milliseconds: $0) - .seconds(1) : nil } ?? call.now
        let before = truth.curves.published(owner.number, until: min(until, call.now))
        let videos = truth.posts(owner, before: before, limit: most + 1, at: call.now)
        return (Array(videos.prefix(most)), videos.count > most)
    }

    /// Named videos; whatever is gone or another's is left out in silence.
    func query() throws(TikTokFault) -> SimulatedReply {
        let (owner, fields, body) = (try owner(), try videoFields(), try body())
        let ids = (body["filters"]?["video_ids"]?.array ?? []).compactMap(\.string)
        guard (1...TikTokServing.most).contains(ids.count) else { throw .invalid("video_ids must hold 1 to 20 ids.") }
        let videos = ids.compactMap { world.post(.tiktok, $0, at: call.now) }.filter { $0.id.account == owner }
        return good { write(videos, fields, &$0) }
    }

    private func videoFields() throws(TikTokFault) -> [String] {
        guard call.access.holds("video.list") else { throw .missingScope }
        let plain: Set<String> = ["id", "create_time", "title", "duration"]
        return try fields { plain.contains($0) || TikTokServing.videoMetrics[$0] != nil }
    }

    private func body() throws(TikTokFault) -> JSONValue {
        guard call.header("content-type")?.hasPrefix("application/json") ?? false, let body = call.json,
            body.object != nil
        else { throw .invalid("The body must be JSON, with its content type.") }
        return body
    }

    private func write(_ videos: [TruePost], _ fields: [String], _ writer: inout JSONWriter) {
        writer.array("videos") { writer in
            for video in videos {
                writer.beginObject()
                for field in fields {
                    writer.key(dynamic: field)
                    switch field {
                    case "id": writer.string(video.id.externalID)
                    case "create_time": writer.int(video.publishedAt.seconds)
                    case "duration": writer.int(video.seconds)
                    case "title": writer.string("Simulated video \(video.id.number)")
                    default:
                        let metric = TikTokServing.videoMetrics[field]
                        writer.int(metric.flatMap { truth.value(video, $0, at: call.now) } ?? 0)
                    }
                }
                writer.endObject()
            }
        }
    }

    private func good(_ write: (inout JSONWriter) -> Void) -> SimulatedReply {
        .json { writer in
            writer.beginObject()
            writer.object("data") { write(&$0) }
            TikTokFault.write("ok", "", log, &writer)
            writer.endObject()
        }
    }
}
