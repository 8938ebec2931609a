internal import JSON

/// What is wrong with a result message. Only our own workers write these, so it is a fault of a program.
public struct ResultFault: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String
}

extension JobResult {
    /// The message's type property.
    public static let messageType = "flotilla.result.v1"

    /// The message body. Readable by people in the broker's own pages.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.field("version", JobResult.version)
        writer.field("job", job.description)
        if let run { writer.field("run", run.description) }
        writer.field("platform", platform.rawValue)
        writer.field("account", account)
        writer.field("workspace", workspace)
        writer.field("collect", collect.rawValue)
        writer.field("attempt", attempt)
        writer.field("outcome", isPartial ? "partial" : "succeeded")
        writer.field("enqueued_at", enqueuedAt.text(.microseconds))
        writer.field("fetched_at", fetchedAt.text(.microseconds))
        writer.field("api_version", apiVersion)
        writer.field("requests", requests)
        if origin != .fetched { writer.field("origin", origin.rawValue) }
        if isSynthetic { writer.field("synthetic", true) }
        if !skipped.isEmpty {
            if let dates {
                writer.field("first_day", dates.lowerBound.description)
                writer.field("last_day", dates.upperBound.description)
            }
            writer.key("skipped")
            writer.beginArray()
            for skip in skipped {
                writer.beginObject()
                writer.field("metric", skip.metric)
                writer.field("reason", skip.reason)
                if let item = skip.item { writer.field("item", item) }
                writer.endObject()
            }
            writer.endArray()
        }
        writer.key("readings")
        writer.beginArray()
        for reading in readings { reading.write(to: &writer) }
        writer.endArray()
        writeExtras(to: &writer)
        writer.endObject()
        return writer.finish()
    }

    /// Reads a message body.
    public init(message body: [UInt8]) throws(ResultFault) {
        do {
            var reader = JSONReader(body, limits: .strict)
            var partial = JobResult.blank
            var needed = 0
            try reader.beginObject()
            while let key = try reader.nextKey() {
                needed += try partial.take(key, from: &reader) ? 1 : 0
            }
            try reader.finish()
            guard needed == JobResult.requiredFields else { throw ResultFault(description: "a field is missing") }
            self = partial
        } catch let fault as ResultFault {
            throw fault
        } catch {
            throw ResultFault(description: "\(error)")
        }
    }

    private static let requiredFields = 10
    private static let blank = JobResult(
        job: UUID(high: 0, low: 0),
        platform: .instagram,
        account: 0,
        workspace: 0,
        enqueuedAt: Instant(microseconds: 0),
        fetchedAt: Instant(microseconds: 0),
        apiVersion: "",
        requests: 0,
        readings: []
    )

    /// Takes one field; true when it is one of those that must be there.
    private mutating func take(
        _ key: JSONText,
        from reader: inout JSONReader
    ) throws -> Bool {
        switch key {
        case "version":
            guard try reader.int64() == JobResult.version else { throw ResultFault(description: "unknown version") }
        case "job": job = try Self.uuid(try reader.text())
        case "run":
            run = try Self.uuid(try reader.text())
            return false
        case "platform": platform = try Self.word(try reader.text(), of: PlatformName.allKnown)
        case "account": account = try reader.int64()
        case "workspace": workspace = try reader.int64()
        case "collect": collect = try Self.word(try reader.text())
        case "attempt":
            attempt = Int(clamping: try reader.int64())
            return false
        case "outcome":
            isPartial = try reader.text() == "partial"
            return false
        case "enqueued_at": enqueuedAt = try Self.instant(try reader.text())
        case "fetched_at": fetchedAt = try Self.instant(try reader.text())
        case "api_version": apiVersion = try reader.string()
        case "requests":
            requests = Int(clamping: try reader.int64())
            return false
        case "origin":
            origin = try Self.word(try reader.text())
            return false
        case "synthetic":
            isSynthetic = try reader.bool()
            return false
        case "first_day":
            let first = try Self.day(try reader.text())
            dates = first...max(first, dates?.upperBound ?? first)
            return false
        case "last_day":
            let last = try Self.day(try reader.text())
            dates = min(last, dates?.lowerBound ?? last)...last
            return false
        case "skipped":
            try reader.beginArray()
            while try reader.nextElement() { skipped.append(try Skip(from: &reader)) }
            return false
        case "readings":
            try reader.beginArray()
            while try reader.nextElement() { readings.append(try Reading(from: &reader)) }
        default:
            try takeExtra(key, from: &reader)
            return false
        }
        return true
    }

    private static func uuid(_ text: JSONText) throws(ResultFault) -> UUID {
        guard let id = UUID(utf8: text.bytes) else { throw ResultFault(description: "\"\(text)\" is not a UUID") }
        return id
    }

    private static func day(_ text: JSONText) throws(ResultFault) -> CivilDate {
        guard let day = CivilDate(iso: text.bytes.span) else {
            throw ResultFault(description: "\"\(text)\" is not a day")
        }
        return day
    }

    static func instant(_ text: JSONText) throws(ResultFault) -> Instant {
        guard let moment = Instant(rfc3339: text.bytes.span) else {
            throw ResultFault(description: "\"\(text)\" is not a time")
        }
        return moment
    }

    fileprivate static func word<Word: RawRepresentable<String> & CaseIterable>(
        _ text: JSONText
    ) throws(ResultFault) -> Word {
        try word(text, of: Word.allCases)
    }

    private static func word<Word: RawRepresentable<String>>(
        _ text: JSONText,
        of words: some Collection<Word>
    ) throws(ResultFault) -> Word {
        guard let word = words.first(where: { text.equals($0.rawValue) }) else {
            throw ResultFault(description: "\"\(text)\" is unknown")
        }
        return word
    }
}

extension JobResult.Skip {
    fileprivate init(from reader: inout JSONReader) throws(JSONError) {
        self.init(metric: "", reason: "")
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "metric": metric = try reader.string()
            case "reason": reason = try reader.string()
            case "item": item = try reader.string()
            default: break
            }
        }
    }
}

extension Reading {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("period", period.name)
        writer.field("start", start.text)
        writer.key("values")
        writer.beginObject()
        for (metric, value) in zip(metrics, values) {
            writer.key(dynamic: metric.name)
            writer.int(value)
        }
        writer.endObject()
        writer.endObject()
    }

    init(from reader: inout JSONReader) throws {
        self.init(period: .day, start: .moment(Instant(microseconds: 0)))
        var periodSeen = false
        var startSeen = false
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "period":
                period = try Period(result: try reader.text())
                periodSeen = true
            case "start":
                start = try Start(result: try reader.text())
                startSeen = true
            case "values":
                try reader.beginObject()
                while let name = try reader.nextKey() {
                    guard let id = MetricCatalogue.id(named: name.bytes.span) else {
                        throw ResultFault(description: "unknown metric \"\(name)\"")
                    }
                    metrics.append(id)
                    values.append(try reader.int64())
                }
            default: break
            }
        }
        guard periodSeen, startSeen else { throw ResultFault(description: "a reading lacks its period or start") }
    }
}

extension Period {
    /// Reads the name of a period in a result.
    init(result text: JSONText) throws(ResultFault) {
        guard let period = Period.allCases.first(where: { text.equals($0.name) }) else {
            throw ResultFault(description: "unknown period \"\(text)\"")
        }
        self = period
    }
}

extension Reading.Start {
    /// As it stands in a result.
    var text: String {
        switch self {
        case .date(let date): date.description
        case .moment(let moment): moment.text(.microseconds)
        }
    }

    /// Reads a start in a result: a day or a moment.
    init(result text: JSONText) throws(ResultFault) {
        if text.count == 10, let date = CivilDate(iso: text.bytes.span) {
            self = .date(date)
        } else {
            self = .moment(try JobResult.instant(text))
        }
    }
}
