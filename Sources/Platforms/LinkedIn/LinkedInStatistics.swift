internal import FleetCore
internal import JSON

/// The elements of share, follower and page statistics.
///
/// An element of which it is in doubt what it speaks of, which page, which post or which time, says nothing.
struct LinkedInStatistics {
    let request: PlatformRequest
    let collectedAt: Instant
    private(set) var page = SamplePage()

    /// One element, its numbers still unread.
    private struct Element {
        var shares: Range<Int>?
        var gains: Range<Int>?
        var views: Range<Int>?
        var organization: String?
        var post: String?
        var hasTimeRange = false
        var days: ClosedRange<CivilDate>?
    }

    init(request: PlatformRequest, collectedAt: Instant) {
        self.request = request
        self.collectedAt = collectedAt
    }

    /// Reads the element at which the reader stands. `bytes` are the reader's own.
    mutating func readElement(_ reader: inout JSONReader, in bytes: [UInt8]) throws(JSONError) {
        guard try reader.enterObject() else { return }
        var element = Element()
        while let key = try reader.nextKey() {
            switch key {
            case "totalShareStatistics": element.shares = try reader.rawSlice()
            case "followerGains": element.gains = try reader.rawSlice()
            case "totalPageStatistics": element.views = try reader.rawSlice()
            case "organizationalEntity", "organization": element.organization = try reader.textIfString()?.string
            case "share", "ugcPost": element.post = try reader.textIfString()?.string
            case "timeRange":
                element.hasTimeRange = true
                element.days = try LinkedInStatistics.readTimeRange(&reader)
            default: break
            }
        }
        try read(element, in: bytes)
    }

    private static func readTimeRange(_ reader: inout JSONReader) throws(JSONError) -> ClosedRange<CivilDate>? {
        guard try reader.enterObject() else { return nil }
        var start: Int?
        var end: Int?
        while let key = try reader.nextKey() {
            switch key {
            case "start": start = try reader.smallInteger()
            case "end": end = try reader.smallInteger()
            default: break
            }
        }
        guard let start, let end else { return nil }
        return LinkedInTime.days(from: Int64(start), to: Int64(end))
    }

    private mutating func read(_ element: Element, in bytes: [UInt8]) throws(JSONError) {
        guard isOurs(element.organization), !request.asksForPosts || element.post != nil else { return skip("*") }
        guard let place = place(of: element) else { return skip("*", "unknown_period") }
        let span: LinkedInMetrics.Span = element.days == nil ? .lifetime : .days
        if let range = element.shares {
            var reader = JSONReader(bytes, range: range)
            try readNumbers(&reader, LinkedInMetrics.shares(span), place, post: element.post)
        }
        if let range = element.views {
            var reader = JSONReader(bytes, range: range)
            try readViews(&reader, LinkedInMetrics.page(span), place)
        }
        if let range = element.gains {
            var reader = JSONReader(bytes, range: range)
            try readGains(&reader, place)
        }
    }

    /// Whether an element is about the page asked about, as far as it says.
    private func isOurs(_ organization: String?) -> Bool {
        let asked = request.queryValue("organizationalEntity") ?? request.queryValue("organization")
        guard let organization, let asked else { return true }
        return RestLiValue.percentDecoded(organization) == RestLiValue.percentDecoded(asked)
    }

    /// Where an element lies in time. Without a time range it is a total of all that LinkedIn keeps, unless days were
    /// asked for.
    private func place(of element: Element) -> SamplePlace? {
        if let days = element.days {
            return days.count == 1
                ? SamplePlace(.day, .date(days.lowerBound))
                : SamplePlace(.range, .date(days.lowerBound), lastDay: days.upperBound)
        }
        guard !element.hasTimeRange, !request.asksForSeries else { return nil }
        return SamplePlace(.lifetime, .moment(collectedAt))
    }

    private mutating func skip(_ metric: String, _ reason: String = "unparseable") {
        page.skipped.append(.init(metric: metric, reason: reason))
    }

    private mutating func readNumbers(
        _ reader: inout JSONReader,
        _ table: MetricTable,
        _ place: SamplePlace,
        post: String?
    ) throws(JSONError) {
        guard try reader.enterObject() else { return skip(table.entries[0].native) }
        var seen: Set<MetricID> = []
        while let key = try reader.nextKey() {
            guard let metric = table[key] else { continue }
            let value = try reader.sampleValue(metric.metric, metric.conversion)
            // The unique count has two spellings; were both there, they would be one number.
            if case .number = value, !seen.insert(metric.metric).inserted { continue }
            page.record(metric, value, place, post: post)
        }
    }

    /// `views.allPageViews`
    private mutating func readViews(
        _ reader: inout JSONReader,
        _ table: MetricTable,
        _ place: SamplePlace
    ) throws(JSONError) {
        guard try reader.enterObject() else { return skip(table.entries[0].native) }
        while let key = try reader.nextKey() {
            guard key == "views", try reader.enterObject() else { continue }
            while let key = try reader.nextKey() {
                if key == "allPageViews" { try readNumbers(&reader, table, place, post: nil) }
            }
        }
    }

    /// The two parts, and their sum when both are there: a total with a part missing is none.
    private mutating func readGains(_ reader: inout JSONReader, _ place: SamplePlace) throws(JSONError) {
        let metric = LinkedInMetrics.followerGains
        guard place.period != .lifetime else { return skip(metric.native, "unknown_period") }
        guard try reader.enterObject() else {
            for (part, _) in LinkedInMetrics.followSources { skip(part) }
            return
        }
        var total: Int64? = 0
        var found = 0
        while let key = try reader.nextKey() {
            guard let (part, source) = LinkedInMetrics.followSources.first(where: { key.equals($0.0) }) else {
                continue
            }
            guard case .number(let number) = try readPart(&reader, part) else {
                total = nil
                continue
            }
            page.record(metric, .number(number), place, dimensions: [.init("follow_source", source)])
            let sum = total?.addingReportingOverflow(number)
            total = sum.flatMap { $0.overflow ? nil : $0.partialValue }
            found += 1
        }
        guard let total, found == LinkedInMetrics.followSources.count else { return }
        page.record(metric, .number(total), place)
    }

    /// A part of the gains; what is no number is skipped under the part's own name.
    private mutating func readPart(_ reader: inout JSONReader, _ part: String) throws(JSONError) -> SampleValue {
        let metric = LinkedInMetrics.followerGains
        let value = try reader.sampleValue(metric.metric, metric.conversion)
        switch value {
        case .number: break
        case .object: skip(part)
        case .skipped(let reason): skip(part, reason)
        }
        return value
    }
}
