internal import FleetCore
internal import JSON
internal import Platforms

extension TikTokServing {
    static let businessAccountMetrics: [String: MetricID] = ["followers_count": .followers, "videos_count": .posts]
    static let businessVideoMetrics: [String: MetricID] = [
        "video_views": .views, "reach": .reach, "total_time_watched": .watchTimeSeconds,
        "average_time_watched": .avgWatchSeconds,
    ]

    func businessAccount() throws(TikTokFault) -> SimulatedReply {
        let owner = try business()
        let counts = TikTokServing.businessAccountMetrics
        let fields = try businessFields { counts[$0] != nil || $0 == "total_likes" || $0 == "display_name" }
        guard call.access.holds("user.info.stats") else { throw .missingScope }
        return enveloped { writer in
            for field in fields {
                writer.key(dynamic: field)
                if let metric = counts[field] {
                    writer.int(truth.level(owner.number, metric, at: call.now) ?? 0)
                } else if field == "total_likes" {
                    writer.int(truth.total(owner.number, .likes, at: call.now) ?? 0)
                } else {
                    writer.string(owner.username)
                }
            }
        }
    }

    /// Videos with reach and watch time, named by a filter or page by page.
    func businessVideos() throws(TikTokFault) -> SimulatedReply {
        let owner = try business()
        guard call.access.holds("video.list") else { throw .missingScope }
        let fields = try businessFields {
            TikTokServing.businessVideoMetrics[$0] != nil || $0 == "item_id" || $0 == "create_time"
        }
        let most = call.value("max_count").map { Int($0) ?? 0 } ?? 10
        guard (1...TikTokServing.most).contains(most) else { throw .invalid("max_count must be 1 to 20.") }
        let filters = call.value("filters").flatMap { try? JSONValue(parsing: $0) }
        let ids = filters?["video_ids"]?.array?.compactMap(\.string)
        guard ids.map({ $0.count <= TikTokServing.most }) ?? true else { throw .invalid("At most 20 video_ids.") }
        let page = page(owner, most: most, cursor: call.value("cursor").flatMap { Int64($0) })
        let named = ids?.compactMap { world.post(.tiktok, $0, at: call.now) }.filter { $0.id.account == owner }
        let videos = named ?? page.videos
        return enveloped { writer in
            writer.array("videos") { writer in
                for video in videos { write(video, fields, &writer) }
            }
            writer.field("cursor", videos.last.map { $0.publishedAt.milliseconds } ?? 0)
            writer.field("has_more", named == nil && page.hasMore)
        }
    }

    private func write(_ video: TruePost, _ fields: [String], _ writer: inout JSONWriter) {
        writer.beginObject()
        for field in fields {
            writer.key(dynamic: field)
            if let metric = TikTokServing.businessVideoMetrics[field] {
                writer.amount(truth.value(video, metric, at: call.now) ?? 0, metric)
            } else if field == "create_time" {
                // The Business interface writes it as a text.
                writer.string(String(video.publishedAt.seconds))
            } else {
                writer.string(video.id.externalID)
            }
        }
        writer.endObject()
    }

    /// The account of the call, which must be the token's.
    private func business() throws(TikTokFault) -> SimulatedAccount {
        guard call.header("access-token") != nil else { throw .badToken }
        let owner = try owner()
        guard call.value("business_id") == owner.externalID else { throw .missingScope }
        return owner
    }

    private func businessFields(_ known: (String) -> Bool) throws(TikTokFault) -> [String] {
        let list = call.value("fields").flatMap { try? JSONValue(parsing: $0) }?.array
        guard let fields = list?.compactMap(\.string), !fields.isEmpty else {
            throw .invalid("fields must be a list in JSON.")
        }
        for field in fields where !known(field) || world.isRetired(.tiktok, field, at: call.now) {
            throw .invalid("The field \(field) is invalid.")
        }
        return fields
    }

    private func enveloped(_ write: (inout JSONWriter) -> Void) -> SimulatedReply {
        .json { writer in
            writer.beginObject()
            writer.field("code", 0)
            writer.field("message", "OK")
            writer.field("request_id", log)
            writer.object("data") { write(&$0) }
            writer.endObject()
        }
    }
}
