internal import FleetCore
internal import JSON
internal import Platforms

/// Writes one post with the fields that a call asks for and may see.
struct XPostWriter {
    private let serving: XServing
    private let post: TruePost
    private let fields: Set<String>

    init(_ serving: XServing, _ post: TruePost) {
        self.serving = serving
        self.post = post
        fields = Set(serving.postFields).subtracting(serving.refusedFields(post))
    }

    func write(_ writer: inout JSONWriter) {
        let id = post.id.externalID
        writer.beginObject()
        writer.field("id", id)
        writer.field("text", "Simulated post \(post.id.number)")
        writer.key(dynamic: serving.hasNewNames ? "edit_history_post_ids" : "edit_history_tweet_ids")
        writer.beginArray()
        writer.string(id)
        writer.endArray()
        if fields.contains("created_at") { writer.field("created_at", post.publishedAt.text(.milliseconds)) }
        if fields.contains("public_metrics") {
            writer.object("public_metrics") { writer in writePublic(&writer) { $0 } }
        }
        if fields.contains("non_public_metrics") {
            writer.object("non_public_metrics") { writer in
                writer.field("impression_count", value(.impressions))
                writer.field("url_link_clicks", value(.linkClicks))
                writer.field("user_profile_clicks", value(.profileClicks))
                writer.field("engagements", value(.engagements))
            }
        }
        if fields.contains("organic_metrics") {
            writer.object("organic_metrics") { writer in
                writePublic(&writer, XPostWriter.organic)
                writer.field("url_link_clicks", XPostWriter.organic(value(.linkClicks)))
                writer.field("user_profile_clicks", XPostWriter.organic(value(.profileClicks)))
            }
        }
        writer.endObject()
    }

    private func writePublic(_ writer: inout JSONWriter, _ share: (Int64) -> Int64) {
        writer.key(dynamic: serving.hasNewNames ? "repost_count" : "retweet_count")
        writer.int(share(value(.reposts)))
        writer.field("reply_count", share(value(.comments)))
        writer.field("like_count", share(value(.likes)))
        writer.field("quote_count", share(value(.quotes)))
        writer.field("bookmark_count", share(value(.saves)))
        writer.field("impression_count", share(value(.impressions)))
    }

    /// The part of a number that nobody paid for.
    static func organic(_ value: Int64) -> Int64 { value - value / 20 }

    private func value(_ metric: MetricID) -> Int64 {
        serving.truth.value(post, metric, at: serving.call.now) ?? 0
    }
}
