internal import JSON

/// The contract of the job message: what every door writes and what every worker checks before it does anything.
///
/// A message that breaks it dies with a named cause. Unknown fields are passed over, so that older workers read newer
/// messages of the same version.
public struct JobContract: Sendable {
    /// The largest body in bytes. A job is about 300; anything near the limit is a mistake.
    public static let maximumBytes = 64 << 10
    /// The most metrics one job may name.
    public static let maximumMetrics = 64
    /// The most posts one job may name.
    public static let maximumPosts = 500
    /// The most days one job may cover.
    public static let maximumDays = 90
    /// The longest reason in bytes.
    public static let maximumReason = 128
    /// How far back a job may ask, in days: no platform keeps daily figures longer.
    public static let maximumAgeInDays = 2 * 366
    /// How far ahead of this machine's clock an id's time may lie.
    public static let clockTolerance = Duration.seconds(24 * 3600)

    public init() {}

    /// Reads and checks one message body.
    public func read(_ body: [UInt8], now: Instant) throws(Death) -> Job {
        var fields = Fields()
        try MessageBody.read(body, maximumBytes: Self.maximumBytes) { try take($0, from: &$1, into: &fields) }
        return try fields.job(now: now)
    }

    private func take(_ key: JSONText, from reader: inout JSONReader, into fields: inout Fields) throws {
        switch key {
        case "version":
            fields.version = try MessageBody.version(Job.version, from: &reader)
        case "id":
            fields.id = try Self.uuid(try reader.text(), cause: .badID, name: "id")
        case "run":
            if try !reader.takeNull() { fields.run = try Self.uuid(try reader.text(), cause: .badRun, name: "run") }
        case "platform":
            fields.platform = try Self.word(try reader.text(), cause: .unknownPlatform, name: "platform")
        case "account":
            fields.account = try reader.int64()
        case "collect":
            fields.collect = try Self.word(try reader.text(), cause: .unknownCollection, name: "collect")
        case "date":
            let text = try reader.text()
            guard let date = CivilDate(iso: text.bytes.span) else {
                throw Death(.badDate, "\"date\" must be a day such as 2026-11-19")
            }
            fields.date = date
        case "metrics":
            if try !reader.takeNull() { fields.metrics = try metrics(from: &reader) }
        case "days":
            if try !reader.takeNull() { fields.days = try reader.int64() }
        case "posts":
            if try !reader.takeNull() { fields.posts = try posts(from: &reader) }
        case "lane":
            fields.lane = try Self.word(try reader.text(), cause: .unknownLane, name: "lane")
        case "reason":
            let text = try reader.text()
            guard text.count <= Self.maximumReason else {
                throw Death(.textTooLong, "\"reason\" has \(text.count) bytes, the limit is \(Self.maximumReason)")
            }
            fields.reason = text.string
        case "enqueued_at":
            fields.enqueuedAt = try MessageBody.moment(try reader.text(), "enqueued_at")
        default:
            break
        }
    }

    private func metrics(from reader: inout JSONReader) throws -> [MetricID] {
        var metrics: [MetricID] = []
        try reader.beginArray()
        while try reader.nextElement() {
            let name = try reader.text()
            let id = try MessageBody.metric(name)
            guard !metrics.contains(id) else { throw Death(.duplicateMetric, "\"\(name)\" is named twice") }
            guard metrics.count < Self.maximumMetrics else {
                throw Death(.tooManyMetrics, "more than \(Self.maximumMetrics) metrics")
            }
            metrics.append(id)
        }
        return metrics
    }

    private func posts(from reader: inout JSONReader) throws -> [Int64] {
        var posts: [Int64] = []
        var seen: Set<Int64> = []
        try reader.beginArray()
        while try reader.nextElement() {
            let post = try reader.int64()
            guard post > 0 else { throw Death(.badPosts, "a post is named by a positive number, not \(post)") }
            guard seen.insert(post).inserted else { throw Death(.badPosts, "post \(post) is named twice") }
            guard posts.count < Self.maximumPosts else {
                throw Death(.badPosts, "more than \(Self.maximumPosts) posts")
            }
            posts.append(post)
        }
        return posts
    }

    private static func uuid(_ text: JSONText, cause: DeadCause, name: String) throws(Death) -> UUID {
        guard let id = UUID(utf8: text.bytes) else { throw Death(cause, "\"\(name)\" must be a UUID") }
        return id
    }

    private static func word<Word: RawRepresentable<String> & CaseIterable>(
        _ text: JSONText,
        cause: DeadCause,
        name: String
    ) throws(Death) -> Word {
        guard let word = Word.allCases.first(where: { text.equals($0.rawValue) }) else {
            let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw Death(cause, "\"\(name)\" is \"\(MessageBody.shown(text))\"; known: \(known)")
        }
        return word
    }
}

/// What was read so far; complete only when every required field came.
private struct Fields {
    var version: Int64?
    var id: UUID?
    var run: UUID?
    var platform: PlatformName?
    var account: Int64?
    var collect: CollectionKind?
    var date: CivilDate?
    var metrics: [MetricID] = []
    var days: Int64 = 1
    var posts: [Int64] = []
    var lane: Lane?
    var reason = ""
    var enqueuedAt: Instant?

    func job(now: Instant) throws(Death) -> Job {
        _ = try MessageBody.required(version, "version")
        let id = try MessageBody.required(id, "id")
        let account = try MessageBody.required(account, "account")
        let date = try MessageBody.required(date, "date")
        try MessageBody.check(id, now: now)
        guard account > 0 else { throw Death(.badAccount, "\"account\" must be a positive number") }
        let latest = MessageBody.lastDay(at: now)
        guard date <= latest else { throw Death(.dateInFuture, "\"date\" \(date) has not begun anywhere") }
        guard (1...Int64(JobContract.maximumDays)).contains(days) else {
            throw Death(.badDays, "\"days\" must be a number from 1 to \(JobContract.maximumDays), not \(days)")
        }
        let first = date - (Int(days) - 1)
        guard latest - first <= JobContract.maximumAgeInDays else {
            throw Death(.dateTooOld, "the day \(first) is older than \(JobContract.maximumAgeInDays) days")
        }
        let collect = try MessageBody.required(collect, "collect")
        guard collect == .postMetrics || posts.isEmpty else {
            throw Death(.badPosts, "\"posts\" is for post_metrics only")
        }
        guard collect != .postMetrics || !posts.isEmpty else { throw Death(.missingField, "\"posts\" is missing") }
        return Job(
            id: id,
            run: run,
            platform: try MessageBody.required(platform, "platform"),
            account: account,
            collect: collect,
            date: date,
            metrics: metrics,
            days: Int(days),
            posts: posts,
            lane: try MessageBody.required(lane, "lane"),
            reason: reason,
            enqueuedAt: try MessageBody.required(enqueuedAt, "enqueued_at")
        )
    }
}

extension Job {
    /// The message's type property.
    public static let messageType = "flotilla.job.v1"

    /// The message body, as the contract has it.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter(capacity: 320)
        writer.beginObject()
        writer.field("version", Job.version)
        writer.key("id")
        writer.string(id.description)
        if let run { writer.field("run", run.description) }
        writer.field("platform", platform.rawValue)
        writer.field("account", account)
        writer.field("collect", collect.rawValue)
        writer.field("date", date.description)
        if !metrics.isEmpty {
            writer.key("metrics")
            writer.beginArray()
            for metric in metrics { writer.string(metric.name) }
            writer.endArray()
        }
        if days != 1 { writer.field("days", days) }
        if !posts.isEmpty { writer.field("posts", posts) }
        writer.field("lane", lane.rawValue)
        writer.field("reason", reason)
        writer.field("enqueued_at", enqueuedAt.text(.milliseconds))
        writer.endObject()
        return writer.finish()
    }
}
