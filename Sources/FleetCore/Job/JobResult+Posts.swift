internal import JSON

// What a result says of posts and of parts. Each has an array of its own, which a reader that does not know it passes
// over, so that nobody takes a post's reading for the account's.

extension JobResult {
    func writeExtras(to writer: inout JSONWriter) {
        writer.array("posts", posts) { $0.write(to: &$1) }
        writer.array("post_readings", postReadings) { $0.write(to: &$1) }
        writer.array("breakdowns", breakdowns) { $0.write(to: &$1) }
        if !missingPosts.isEmpty { writer.field("missing_posts", missingPosts) }
    }

    mutating func takeExtra(_ key: JSONText, from reader: inout JSONReader) throws {
        switch key {
        case "posts":
            try reader.beginArray()
            while try reader.nextElement() { posts.append(try DiscoveredPost(from: &reader)) }
        case "post_readings":
            try reader.beginArray()
            while try reader.nextElement() { postReadings.append(try PostReadings(from: &reader)) }
        case "breakdowns":
            try reader.beginArray()
            while try reader.nextElement() { breakdowns.append(try Breakdown(from: &reader)) }
        case "missing_posts": missingPosts = try reader.strings()
        default: break
        }
    }
}

extension DiscoveredPost {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("id", externalID)
        if let publishedAt { writer.field("published_at", publishedAt.text(.microseconds)) }
        writer.field("kind", kind.rawValue)
        writer.endObject()
    }

    fileprivate init(from reader: inout JSONReader) throws {
        self.init(externalID: "")
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "id": externalID = try reader.string()
            case "published_at": publishedAt = try JobResult.instant(try reader.text())
            case "kind":
                // A newer worker may know more kinds; what is certain is that it is a post.
                let text = try reader.text()
                kind = PostKind.allCases.first { text.equals($0.rawValue) } ?? .post
            default: break
            }
        }
        guard !externalID.isEmpty else { throw ResultFault(description: "a post has no id") }
    }
}

extension PostReadings {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("post", post)
        writer.array("readings", readings) { $0.write(to: &$1) }
        writer.endObject()
    }

    fileprivate init(from reader: inout JSONReader) throws {
        self.init(post: "")
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "post": post = try reader.string()
            case "readings":
                try reader.beginArray()
                while try reader.nextElement() { readings.append(try Reading(from: &reader)) }
            default: break
            }
        }
        guard !post.isEmpty else { throw ResultFault(description: "readings of a post do not name it") }
    }
}

extension Breakdown {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        if let post { writer.field("post", post) }
        writer.field("period", period.name)
        writer.field("start", start.text)
        writer.field("metric", metric.name)
        writer.field("dimensions", dimensions)
        writer.array("parts", parts) { part, writer in
            writer.beginObject()
            writer.field("names", part.names)
            writer.field("value", part.value)
            writer.endObject()
        }
        writer.endObject()
    }

    fileprivate init(from reader: inout JSONReader) throws {
        var (period, start, metric): (Period?, Reading.Start?, MetricID?)
        var post: String?
        var dimensions: [String] = []
        var parts: [Part] = []
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "post": post = try reader.string()
            case "period": period = try Period(result: try reader.text())
            case "start": start = try Reading.Start(result: try reader.text())
            case "metric":
                let name = try reader.text()
                metric = MetricCatalogue.id(named: name.bytes.span)
                guard metric != nil else { throw ResultFault(description: "unknown metric \"\(name)\"") }
            case "dimensions": dimensions = try reader.strings()
            case "parts":
                try reader.beginArray()
                while try reader.nextElement() { parts.append(try Part(from: &reader)) }
            default: break
            }
        }
        guard let period, let start, let metric, !dimensions.isEmpty,
            parts.allSatisfy({ $0.names.count == dimensions.count })
        else { throw ResultFault(description: "a breakdown is incomplete") }
        self.init(post: post, period: period, start: start, metric: metric, dimensions: dimensions, parts: parts)
    }
}

extension Breakdown.Part {
    fileprivate init(from reader: inout JSONReader) throws {
        var value: Int64?
        self.init(names: [], value: 0)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "names": names = try reader.strings()
            case "value": value = try reader.int64()
            default: break
            }
        }
        guard let value else { throw ResultFault(description: "a part has no value") }
        self.value = value
    }
}

extension JSONWriter {
    /// Writes a member holding an array; nothing when it would be empty.
    fileprivate mutating func array<Element>(
        _ key: StaticString,
        _ elements: [Element],
        _ write: (Element, inout JSONWriter) -> Void
    ) {
        if elements.isEmpty { return }
        self.key(key)
        beginArray()
        for element in elements { write(element, &self) }
        endArray()
    }
}

extension JSONReader {
    fileprivate mutating func strings() throws -> [String] {
        var strings: [String] = []
        try beginArray()
        while try nextElement() { strings.append(try string()) }
        return strings
    }
}
