internal import JSON

/// What was read of a job message so far; complete only when every required field came.
struct JobFields {
    private var version: Int64?
    private var id: UUID?
    private var run: UUID?
    private var platform: PlatformName?
    private var account: Int64?
    private var collect: CollectionKind?
    private var date: CivilDate?
    private var metrics: [MetricID] = []
    private var days: Int64 = 1
    private var posts = JobPosts()
    private var lane: Lane?
    private var reason = ""
    private var enqueuedAt: Instant?
    private var key: String?
    private var uniqueFor: Int64?

    mutating func take(_ name: JSONText, from reader: inout JSONReader) throws {
        switch name {
        case "version": version = try MessageBody.version(Job.versions, from: &reader)
        case "id": id = try Self.uuid(try reader.text(), .badID, "/id")
        case "run": if try !reader.takeNull() { run = try Self.uuid(try reader.text(), .badRun, "/run") }
        case "platform": platform = try Self.word(try reader.text(), .unknownPlatform, "/platform")
        case "account": account = try reader.int64()
        case "collect": collect = try Self.word(try reader.text(), .unknownCollection, "/collect")
        case "date":
            let text = try reader.text()
            guard let date = CivilDate(iso: text.bytes.span) else {
                throw Death(.badDate, "must be a day such as 2026-11-19", at: "/date")
            }
            self.date = date
        case "metrics": if try !reader.takeNull() { try takeMetrics(from: &reader) }
        case "days": if try !reader.takeNull() { days = try reader.int64() }
        case "posts": if try !reader.takeNull() { try posts.take(from: &reader) }
        case "lane": lane = try Self.word(try reader.text(), .unknownLane, "/lane")
        case "reason": reason = try Self.text(try reader.text(), 0...JobContract.maximumReason, "/reason")
        case "enqueued_at": enqueuedAt = try MessageBody.moment(try reader.text(), "enqueued_at")
        case "idempotency_key":
            if try reader.takeNull() { break }
            key = try Self.text(try reader.text(), 1...JobContract.maximumKey, "/idempotency_key")
        case "unique_for": if try !reader.takeNull() { uniqueFor = try reader.int64() }
        default: break
        }
    }

    private mutating func takeMetrics(from reader: inout JSONReader) throws {
        try reader.beginArray()
        while try reader.nextElement() {
            let path = "/metrics/\(metrics.count)"
            let name = try reader.text()
            let id = try MessageBody.metric(name, at: path)
            guard !metrics.contains(id) else {
                throw Death(.duplicateMetric, "\"\(name)\" is named twice", at: path)
            }
            guard metrics.count < JobContract.maximumMetrics else {
                throw Death(.tooManyMetrics, "more than \(JobContract.maximumMetrics) metrics", at: "/metrics")
            }
            metrics.append(id)
        }
    }

    /// The job, when nothing is missing and everything fits together. Version 1 knows less than version 2 and nothing else,
    /// so raising it means refusing what it could not have said.
    func job(now: Instant) throws(Death) -> Job {
        let version = try MessageBody.required(version, "version")
        let id = try MessageBody.required(id, "id")
        let account = try MessageBody.required(account, "account")
        let date = try MessageBody.required(date, "date")
        let collect = try MessageBody.required(collect, "collect")
        try MessageBody.check(id, now: now)
        guard account > 0 else { throw Death(.badAccount, "must be a positive number", at: "/account") }
        try check(date, now: now)
        try posts.check(collect, version: version)
        var job = Job(
            id: id,
            run: run,
            platform: try MessageBody.required(platform, "platform"),
            account: account,
            collect: collect,
            date: date,
            metrics: metrics,
            days: Int(days),
            posts: posts.numbers,
            lane: try MessageBody.required(lane, "lane"),
            reason: reason,
            enqueuedAt: try MessageBody.required(enqueuedAt, "enqueued_at")
        )
        job.externalPosts = posts.named
        job.idempotencyKey = key
        job.uniqueFor = try uniqueness()
        return job
    }

    private func check(_ date: CivilDate, now: Instant) throws(Death) {
        let latest = MessageBody.lastDay(at: now)
        guard date <= latest else { throw Death(.dateInFuture, "\(date) has not begun anywhere", at: "/date") }
        guard (1...Int64(JobContract.maximumDays)).contains(days) else {
            throw Death(.badDays, "must be a number from 1 to \(JobContract.maximumDays), not \(days)", at: "/days")
        }
        let first = date - (Int(days) - 1)
        guard latest - first <= JobContract.maximumAgeInDays else {
            throw Death(.dateTooOld, "\(first) is older than \(JobContract.maximumAgeInDays) days", at: "/date")
        }
    }

    private func uniqueness() throws(Death) -> Duration? {
        guard let uniqueFor else { return nil }
        guard (1...Int64(JobContract.maximumUniqueFor)).contains(uniqueFor) else {
            throw Death(
                .numberOutOfRange,
                "must be a number of seconds from 1 to \(JobContract.maximumUniqueFor)",
                at: "/unique_for"
            )
        }
        return .seconds(uniqueFor)
    }

    private static func uuid(_ text: JSONText, _ cause: DeadCause, _ path: String) throws(Death) -> UUID {
        guard let id = UUID(utf8: text.bytes) else { throw Death(cause, "must be a UUID", at: path) }
        return id
    }

    static func text(_ text: JSONText, _ length: ClosedRange<Int>, _ path: String) throws(Death) -> String {
        guard length.contains(text.count) else {
            throw Death(
                .textTooLong,
                "has \(text.count) bytes, and may have \(length.lowerBound) to \(length.upperBound)",
                at: path
            )
        }
        return text.string
    }

    static func word<Word: RawRepresentable<String> & CaseIterable>(
        _ text: JSONText,
        _ cause: DeadCause,
        _ path: String
    ) throws(Death) -> Word {
        guard let word = Word.allCases.first(where: { text.equals($0.rawValue) }) else {
            let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw Death(cause, "is \"\(MessageBody.shown(text))\"; known: \(known)", at: path)
        }
        return word
    }
}
