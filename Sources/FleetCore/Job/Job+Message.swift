internal import JSON

extension Job {
    /// The message's type property for a version.
    public static func messageType(_ version: Int64) -> String { "flotilla.job.v\(version)" }

    /// The message's type property.
    public var messageType: String { Job.messageType(version) }

    /// The message body, as the contract has it.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter(capacity: 320)
        writer.beginObject()
        writer.field("version", version)
        writer.key("id")
        writer.string(id.description)
        if let run { writer.field("run", run.description) }
        writer.field("platform", platform.rawValue)
        writer.field("account", account)
        writer.field("collect", collect.rawValue)
        writer.field("date", date.description)
        if !metrics.isEmpty { writer.field("metrics", metrics.map(\.name)) }
        if days != 1 { writer.field("days", days) }
        if !posts.isEmpty || !externalPosts.isEmpty { writePosts(to: &writer) }
        writer.field("lane", lane.rawValue)
        writer.field("reason", reason)
        writer.field("enqueued_at", enqueuedAt.text(.milliseconds))
        writer.field("idempotency_key", ifPresent: idempotencyKey)
        writer.field("unique_for", ifPresent: uniqueFor?.components.seconds)
        writer.endObject()
        return writer.finish()
    }

    private func writePosts(to writer: inout JSONWriter) {
        writer.key("posts")
        writer.beginArray()
        for post in posts { writer.int(post) }
        for post in externalPosts {
            writer.beginObject()
            writer.field("external_id", post.id)
            if post.kind != .post { writer.field("kind", post.kind.rawValue) }
            writer.endObject()
        }
        writer.endArray()
    }
}
