internal import JSON

/// Readings that another service pushed, of a source that no worker collects.
public struct Push: Equatable, Sendable {
    /// The message's version that this program reads.
    public static let version: Int64 = 1
    /// The message's type property.
    public static let messageType = "flotilla.readings.v1"

    public var id: UUID
    public var account: Int64
    public var fetchedAt: Instant
    /// Of the account.
    public var readings: [Reading] = []
    public var postReadings: [PostReadings] = []
    public var posts: [DiscoveredPost] = []

    /// The result that is stored, as if a worker had fetched it.
    public func result(platform: PlatformName, workspace: Int64, now: Instant) -> JobResult {
        var result = JobResult(
            job: id,
            platform: platform,
            account: account,
            workspace: workspace,
            enqueuedAt: now,
            fetchedAt: fetchedAt,
            apiVersion: "push/\(Push.version)",
            requests: 0,
            readings: readings
        )
        (result.origin, result.postReadings, result.posts) = (.pushed, postReadings, posts)
        return result
    }
}

/// The contract of pushed readings. A message that breaks it dies with a named cause; unknown fields are passed over.
public struct PushContract: Sendable {
    /// The largest body in bytes.
    public static let maximumBytes = 1 << 20
    /// The most readings of one message.
    public static let maximumReadings = 1000
    /// The longest id of a post in bytes.
    public static let maximumPostID = 200

    public init() {}

    /// Reads and checks one message body.
    public func read(_ body: [UInt8], now: Instant) throws(Death) -> Push {
        var fields = PushFields()
        try MessageBody.read(body, maximumBytes: Self.maximumBytes) { try fields.take($0, from: &$1) }
        return try fields.push(now: now)
    }
}

/// What was read so far.
private struct PushFields {
    private var version: Int64?
    private var id: UUID?
    private var account: Int64?
    private var fetchedAt: Instant?
    private var readings: [PushedReading] = []
    private var posts: [DiscoveredPost] = []

    mutating func take(_ key: JSONText, from reader: inout JSONReader) throws {
        switch key {
        case "version":
            version = try MessageBody.version(Push.version...Push.version, from: &reader)
        case "id":
            guard let id = UUID(utf8: try reader.text().bytes) else { throw Death(.badID, "must be a UUID", at: "/id") }
            self.id = id
        case "account": account = try reader.int64()
        case "fetched_at":
            if try reader.takeNull() { break }
            fetchedAt = try MessageBody.moment(try reader.text(), "fetched_at")
        case "readings":
            try reader.beginArray()
            while try reader.nextElement() {
                guard readings.count < PushContract.maximumReadings else {
                    throw Death(.badReading, "more than \(PushContract.maximumReadings) readings")
                }
                readings.append(try PushedReading(from: &reader))
            }
        case "posts":
            if try reader.takeNull() { break }
            try reader.beginArray()
            while try reader.nextElement() { posts.append(try post(from: &reader)) }
        default: break
        }
    }

    private func post(from reader: inout JSONReader) throws -> DiscoveredPost {
        var post = DiscoveredPost(externalID: "", kind: .article)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "id": post.externalID = try PushedReading.postID(try reader.text())
            case "published_at": post.publishedAt = try MessageBody.moment(try reader.text(), "published_at")
            case "kind":
                let text = try reader.text()
                guard let kind = PostKind.allCases.first(where: { text.equals($0.rawValue) }) else {
                    throw Death(.badPosts, "a post has an unknown kind")
                }
                post.kind = kind
            default: break
            }
        }
        guard !post.externalID.isEmpty else { throw Death(.badPosts, "a post has no id") }
        return post
    }

    func push(now: Instant) throws(Death) -> Push {
        _ = try MessageBody.required(version, "version")
        let id = try MessageBody.required(id, "id")
        let account = try MessageBody.required(account, "account")
        try MessageBody.check(id, now: now)
        let latest = now + JobContract.clockTolerance
        guard account > 0 else { throw Death(.badAccount, "must be a positive number", at: "/account") }
        guard !readings.isEmpty || !posts.isEmpty else { throw Death(.badReading, "there are no readings") }
        // Without a time of its own, a message speaks of when it was made.
        let fetched = fetchedAt ?? Instant(milliseconds: id.milliseconds)
        guard fetched <= latest else { throw Death(.badTime, "lies in the future", at: "/fetched_at") }
        var push = Push(id: id, account: account, fetchedAt: fetched)
        push.posts = posts
        let lastDay = MessageBody.lastDay(at: now)
        for reading in readings {
            let whole = try reading.reading(fetchedAt: fetched)
            if case .date(let date) = whole.start, date > lastDay {
                throw Death(.dateInFuture, "the day \(date) has not begun anywhere")
            }
            if case .moment(let moment) = whole.start, moment > latest {
                throw Death(.badTime, "\(moment) lies in the future")
            }
            guard let post = reading.post else {
                push.readings.append(whole)
                continue
            }
            if let position = push.postReadings.firstIndex(where: { $0.post == post }) {
                push.postReadings[position].readings.append(whole)
            } else {
                push.postReadings.append(PostReadings(post: post, readings: [whole]))
            }
        }
        return push
    }
}

/// One reading as it stands in a message.
private struct PushedReading {
    var post: String?
    private var period = Period.day
    private var start: Reading.Start?
    private var metrics: [MetricID] = []
    private var values: [Int64] = []

    init(from reader: inout JSONReader) throws {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "post": if try !reader.takeNull() { post = try Self.postID(try reader.text()) }
            case "period":
                guard let period = Period(name: try reader.string()) else {
                    throw Death(.badReading, "a reading has an unknown period")
                }
                self.period = period
            case "start":
                let text = try reader.text()
                if let date = text.count == 10 ? CivilDate(iso: text.bytes.span) : nil {
                    start = .date(date)
                } else {
                    start = .moment(try MessageBody.moment(text, "start"))
                }
            case "values": try takeValues(from: &reader)
            default: break
            }
        }
    }

    static func postID(_ text: JSONText) throws(Death) -> String {
        guard (1...PushContract.maximumPostID).contains(text.count) else {
            throw Death(.badPosts, "the id of a post has 1 to \(PushContract.maximumPostID) bytes")
        }
        return text.string
    }

    private mutating func takeValues(from reader: inout JSONReader) throws {
        try reader.beginObject()
        while let name = try reader.nextKey() {
            let id = try MessageBody.metric(name)
            guard let metric = MetricCatalogue[id], !metric.isDerived else {
                throw Death(.unsupportedMetric, "\(id.name) is computed, not pushed")
            }
            let number = try reader.integerOrDecimal()
            do throws(FixedPoint.Fault) {
                values.append(try FixedPoint.parse(Array(number.text.utf8).span, scale: metric.scale))
            } catch {
                throw Death(.badReading, "\(metric.name) \(error.reason)")
            }
            metrics.append(id)
        }
    }

    func reading(fetchedAt: Instant) throws(Death) -> Reading {
        guard !metrics.isEmpty else { throw Death(.badReading, "a reading has no values") }
        let start: Reading.Start
        switch (self.start, period.isWindow) {
        case (.date(let date), true): start = .date(date)
        case (.moment(let moment), false): start = .moment(moment)
        case (nil, false): start = .moment(fetchedAt)
        case (nil, true): throw Death(.badReading, "a reading of a \(period.name) has no start")
        case (.date, false): throw Death(.badReading, "a \(period.name) reading starts at a moment, not on a day")
        case (.moment, true): throw Death(.badReading, "a reading of a \(period.name) starts on a day, not at a moment")
        }
        return Reading(period: period, start: start, metrics: metrics, values: values)
    }
}

extension FixedPoint.Fault {
    /// What is wrong with a number, to stand behind its name.
    public var reason: String {
        switch self {
        case .notANumber: "is not a number"
        case .overflow: "is too large for 64 bits"
        case .fractional: "counts and has a fraction"
        }
    }
}
