internal import JSON

/// A post that a publishing service published, told by that service.
public struct PublishedPost: Equatable, Sendable {
    /// Our number of the account.
    public var account: Int64
    /// The platform's id of the post.
    public var externalID: String
    public var kind = PostKind.post
    public var publishedAt: Instant?
    /// The publishing service's own name for what it published, the same for every account that it went to.
    public var reference: String?
    public var url: String?
    /// Whether to collect its figures at once.
    public var collects = false

    public init(account: Int64, externalID: String) {
        self.account = account
        self.externalID = externalID
    }

    /// The body that the database's door takes.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.field("account", account)
        writer.field("external_id", externalID)
        writer.field("kind", kind.rawValue)
        writer.field("published_at", ifPresent: publishedAt?.text(.microseconds))
        writer.field("reference", ifPresent: reference)
        writer.field("url", ifPresent: url)
        writer.field("collect", collects)
        writer.endObject()
        return writer.finish()
    }
}

/// The contract of the message by which publishing services register posts: one message for all accounts to which something
/// was published. What breaks it dies with a named cause and the path of the field; unknown fields are passed over.
public struct PostsContract: Sendable {
    /// The message's versions that this program reads.
    public static let versions: ClosedRange<Int64> = 1...1
    /// The message's type property.
    public static let messageType = "flotilla.posts.v1"
    /// The largest body in bytes.
    public static let maximumBytes = 1 << 20
    /// The most posts of one message.
    public static let maximumPosts = 500
    /// The longest reference in bytes.
    public static let maximumReference = 200
    /// The longest address in bytes.
    public static let maximumURL = 2000

    public init() {}

    /// Reads and checks one message body.
    public func read(_ body: [UInt8], now: Instant) throws(Death) -> [PublishedPost] {
        var version: Int64?
        var posts: [PublishedPost] = []
        do throws(Death) {
            try MessageBody.read(body, maximumBytes: Self.maximumBytes) { key, reader in
                switch key {
                case "version": version = try MessageBody.version(Self.versions, from: &reader)
                case "posts": posts = try Self.posts(from: &reader, now: now)
                default: break
                }
            }
            _ = try MessageBody.required(version, "version")
            guard !posts.isEmpty else { throw Death(.missingField, "names no post", at: "/posts") }
            return posts
        } catch {
            throw MessageBody.blame(error, body, known: Self.versions)
        }
    }

    private static func posts(from reader: inout JSONReader, now: Instant) throws -> [PublishedPost] {
        var posts: [PublishedPost] = []
        try reader.beginArray()
        while try reader.nextElement() {
            guard posts.count < maximumPosts else {
                throw Death(.badPosts, "more than \(maximumPosts) posts", at: "/posts")
            }
            posts.append(try PublishedPost(from: &reader, "/posts/\(posts.count)", now: now))
        }
        return posts
    }
}

extension PublishedPost {
    /// Reads one post, which stands at `path`.
    fileprivate init(from reader: inout JSONReader, _ path: String, now: Instant) throws {
        self.init(account: 0, externalID: "")
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if try reader.takeNull() { continue }
            switch key {
            case "account": account = try reader.int64()
            case "external_id":
                externalID = try JobFields.text(
                    try reader.text(),
                    1...JobContract.maximumPostID,
                    path + "/external_id"
                )
            case "kind": kind = try JobFields.word(try reader.text(), .badPosts, path + "/kind")
            case "published_at": publishedAt = try Self.moment(try reader.text(), path + "/published_at", now)
            case "reference":
                let length = 1...PostsContract.maximumReference
                reference = try JobFields.text(try reader.text(), length, path + "/reference")
            case "url": url = try Self.address(try reader.text(), path + "/url")
            case "collect": collects = try reader.bool()
            default: break
            }
        }
        guard account > 0 else { throw Death(.badAccount, "must be a positive number", at: path + "/account") }
        guard !externalID.isEmpty else { throw Death(.missingField, "is missing", at: path + "/external_id") }
    }

    private static func moment(_ text: JSONText, _ path: String, _ now: Instant) throws(Death) -> Instant {
        guard let moment = Instant(rfc3339: text.bytes.span) else {
            throw Death(.badTime, "must be a time such as 2026-11-21T09:00:00Z", at: path)
        }
        guard moment <= now + JobContract.clockTolerance else { throw Death(.badTime, "lies in the future", at: path) }
        return moment
    }

    private static func address(_ text: JSONText, _ path: String) throws(Death) -> String {
        let url = try JobFields.text(text, 1...PostsContract.maximumURL, path)
        guard url.hasPrefix("https://") || url.hasPrefix("http://") else {
            throw Death(.badPosts, "must begin with https://", at: path)
        }
        return url
    }
}
