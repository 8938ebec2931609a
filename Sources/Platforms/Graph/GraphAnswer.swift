internal import FleetCore
internal import JSON

/// How a Graph answer is taken apart: an error wins over everything, then the body is read as its request expects.
struct GraphAnswer {
    let request: PlatformRequest
    let response: PlatformResponse
    let collectedAt: Instant
    let zone: TimeZoneRules
    let retired: [RetiredMetric]

    /// The days of the request: those it was built for, or what its `since` and `until` cover, or the last 24 hours.
    var window: ClosedRange<CivilDate> {
        request.window ?? GraphAnswer.window(request, collectedAt: collectedAt, zone: zone)
    }

    static func window(
        _ request: PlatformRequest,
        collectedAt: Instant,
        zone: TimeZoneRules
    ) -> ClosedRange<CivilDate> {
        let until = request.queryValue("until").flatMap(epoch) ?? collectedAt
        let since = request.queryValue("since").flatMap(epoch) ?? (until - .seconds(86_400))
        let first = zone.date(at: since)
        let last = zone.date(at: until - .seconds(1))
        return first...max(first, last)
    }

    /// Seconds since 1970 within the years 1 to 9999.
    private static func epoch(_ text: String) -> Instant? {
        guard let seconds = Int64(text), (-62_135_596_800...253_402_300_799).contains(seconds) else { return nil }
        return Instant(seconds: seconds)
    }

    /// Reads the body: `read` is called with the reader at a member of the outermost object, and reads the value or leaves
    /// it. The page is kept only when the whole body could be read.
    func page(
        _ body: (inout SamplePage, JSONText, inout JSONReader) throws(JSONError) -> Void
    ) -> PlatformAnswer {
        var page = SamplePage()
        do throws(JSONError) {
            var reader = JSONReader(response.body)
            try reader.beginObject()
            while let key = try reader.nextKey() {
                if key == "error", try reader.peek() == .object {
                    return .error(try GraphError(&reader).classified(request, response, retired: retired))
                }
                try body(&page, key, &reader)
            }
            try reader.finish()
        } catch {
            return .error(.unreadable(status: response.status))
        }
        return (200...299).contains(response.status) ? .page(page) : .error(errorOfStatus)
    }

    /// The error of a body without an error object, by its status alone.
    private var errorOfStatus: PlatformError {
        switch response.status {
        case 429: PlatformError(.rateLimited, retryAfter: GraphUsage(response).regainSeconds ?? response.retryAfter)
        case 401: PlatformError(.authInvalid)
        case 403: PlatformError(.permission)
        case 404: PlatformError(.notFound)
        case 500...: PlatformError(.transient, reason: "http_\(response.status)")
        case 400..<500: PlatformError(.malformed, reason: "invalid_request")
        default: PlatformError(.unclassified, reason: "http_\(response.status)")
        }
    }

    /// An answer of an insights edge. Its paging shifts the window for ever and is never followed.
    func insights(_ table: GraphMetricTable) -> PlatformAnswer {
        page { (page, key, reader) throws(JSONError) in
            guard key == "data" else { return }
            var insights = GraphInsights(
                table: table,
                zone: zone,
                window: window,
                collectedAt: collectedAt,
                post: request.post
            )
            try insights.readList(&reader, in: response.body)
            page = insights.page
        }
    }

    /// Numbers from the fields of a node: levels of an account, lifetime totals of a post.
    func node(_ table: GraphMetricTable) -> PlatformAnswer {
        let period: Period = request.post == nil ? .instant : .lifetime
        return page { (page, key, reader) throws(JSONError) in
            try readField(key, &reader, table, into: &page, period: period, post: request.post)
        }
    }

    /// A list of posts with numbers among their fields, and insights under each where the fields were expanded so.
    func posts(_ table: GraphMetricTable, insights: GraphMetricTable) -> PlatformAnswer {
        page { (page, key, reader) throws(JSONError) in
            switch key {
            case "data": try readPosts(&reader, table, insights, into: &page)
            case "paging": page.next = try GraphPaging(&reader).next
            default: break
            }
        }
    }

    private func readPosts(
        _ reader: inout JSONReader,
        _ table: GraphMetricTable,
        _ insights: GraphMetricTable,
        into page: inout SamplePage
    ) throws(JSONError) {
        guard try !reader.takeNull() else { return }
        try reader.beginArray()
        while try reader.nextElement() {
            guard try reader.peek() == .object else { continue }
            let range = try reader.rawSlice()
            guard let post = try id(in: range) else { continue }
            var item = JSONReader(response.body, range: range)
            try item.beginObject()
            while let key = try item.nextKey() {
                if key == "insights" {
                    try readNested(&item, insights, into: &page, post: post)
                } else {
                    try readField(key, &item, table, into: &page, period: .lifetime, post: post)
                }
            }
        }
    }

    /// Insights expanded under a post. Their paging is not the list's.
    private func readNested(
        _ reader: inout JSONReader,
        _ table: GraphMetricTable,
        into page: inout SamplePage,
        post: String
    ) throws(JSONError) {
        guard try reader.enterObject() else { return }
        var insights = GraphInsights(table: table, zone: zone, window: window, collectedAt: collectedAt, post: post)
        while let key = try reader.nextKey() {
            if key == "data" { try insights.readList(&reader, in: response.body) }
        }
        page.samples += insights.page.samples
        page.skipped += insights.page.skipped
    }

    /// The id of the object in a part of the body, which need not be its first member.
    private func id(in range: Range<Int>) throws(JSONError) -> String? {
        var reader = JSONReader(response.body, range: range)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key == "id" { return try reader.textIfString()?.string }
        }
        return nil
    }

    private func readField(
        _ key: JSONText,
        _ reader: inout JSONReader,
        _ table: GraphMetricTable,
        into page: inout SamplePage,
        period: Period,
        post: String?
    ) throws(JSONError) {
        guard let metric = table.metric(named: key.bytes.span) else { return }
        switch try reader.sampleValue(metric.entry.metric, metric.entry.conversion) {
        case .skipped(let reason): page.skipped.append(.init(metric: metric.entry.native, reason: reason))
        case .object: page.skipped.append(.init(metric: metric.entry.native, reason: "unparseable"))
        case .number(let value):
            page.samples.append(
                Sample(
                    metric: metric.entry.metric,
                    kind: metric.entry.kind,
                    value: value,
                    period: period,
                    start: .moment(collectedAt),
                    lastDay: nil,
                    post: post,
                    dimensions: []
                )
            )
        }
    }
}
