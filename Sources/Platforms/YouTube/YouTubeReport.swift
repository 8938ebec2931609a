internal import FleetCore
internal import JSON

/// A table of the Analytics API: columns that are found by name, and rows.
///
/// A row whose columns or dimensions are in doubt says nothing: a part taken for a total would be an invented number.
struct YouTubeReport {
    let request: PlatformRequest
    /// Where `columnHeaders` and `rows` stand in the body.
    var headers: Range<Int>?
    var rows: Range<Int>?

    /// What a column holds.
    private enum Column {
        case day
        case video
        case part(String)
        case metric(PlatformMetric)
        case unmapped
    }

    /// What is known of every row before it is read.
    private struct Frame {
        var columns: [Column] = []
        var post: String?
        var dimensions: [Sample.Dimension] = []
        var place: SamplePlace?
    }

    init(request: PlatformRequest) { self.request = request }

    func read(_ bytes: [UInt8]) -> PlatformAnswer {
        var page = SamplePage()
        do throws(JSONError) {
            guard let rows else { return .page(page) }
            var reader = JSONReader(bytes, range: rows)
            if try reader.takeNull() { return .page(page) }
            guard try reader.enterArray() else { return .error(.unreadable(status: 200)) }
            var frame: Frame?
            while try reader.nextElement() {
                if frame == nil { frame = try makeFrame(bytes, &page) }
                guard let frame else { return .error(.unreadable(status: 200)) }
                try readRow(&reader, frame, into: &page)
            }
        } catch {
            return .error(.unreadable(status: 200))
        }
        return .page(page)
    }

    // MARK: Columns

    /// Nil when the columns are not those asked for, or one cannot be told.
    private func makeFrame(_ bytes: [UInt8], _ page: inout SamplePage) throws(JSONError) -> Frame? {
        var frame = Frame()
        var names: Set<String> = []
        guard let headers else { return nil }
        var reader = JSONReader(bytes, range: headers)
        guard try reader.enterArray() else { return nil }
        while try reader.nextElement() {
            guard let (name, column) = try readHeader(&reader) else { return nil }
            if case .unmapped = column { page.skipped.append(.init(metric: name, reason: "unmapped")) }
            names.insert(name)
            frame.columns.append(column)
        }
        let wanted = (request.queryValue("dimensions") ?? "").split(separator: ",")
        guard wanted.allSatisfy({ names.contains(String($0)) }) else { return nil }
        frame.place = request.window.map { window in
            window.count == 1
                ? SamplePlace(.day, .date(window.lowerBound))
                : SamplePlace(.range, .date(window.lowerBound), lastDay: window.upperBound)
        }
        return apply(YouTubeFilter.all(in: request).filter { !names.contains($0.dimension) }, to: frame)
    }

    private func readHeader(_ reader: inout JSONReader) throws(JSONError) -> (String, Column)? {
        guard try reader.enterObject() else { return nil }
        var name: String?
        var type: String?
        while let key = try reader.nextKey() {
            switch key {
            case "name": name = try reader.textIfString()?.string
            case "columnType": type = try reader.textIfString()?.string
            default: break
            }
        }
        guard let name, !name.isEmpty else { return nil }
        let metric = YouTubeMetrics.analytics[name]
        switch (type, name) {
        case ("METRIC"?, _): return (name, metric.map(Column.metric) ?? .unmapped)
        case ("DIMENSION"?, "day"), (nil, "day"): return (name, .day)
        case ("DIMENSION"?, "video"), (nil, "video"): return (name, .video)
        case ("DIMENSION"?, _): return (name, .part(name))
        default: return metric.map { (name, .metric($0)) }
        }
    }

    /// A filter narrows the whole table: to one video, or to one value of a dimension. What several values add up to is
    /// neither a total nor a part with a name.
    private func apply(_ filters: [YouTubeFilter], to frame: Frame) -> Frame {
        var frame = frame
        for filter in filters where filter.dimension != "channel" {
            if filter.values.count != 1 {
                frame.columns = frame.columns.map { if case .metric = $0 { .unmapped } else { $0 } }
            } else if filter.dimension == "video" {
                frame.post = filter.values[0]
            } else {
                frame.dimensions.append(.init(filter.dimension, filter.values[0]))
            }
        }
        return frame
    }

    // MARK: Rows

    private func readRow(_ reader: inout JSONReader, _ frame: Frame, into page: inout SamplePage) throws(JSONError) {
        guard try reader.enterArray() else { return page.skipped.append(.init(metric: "*", reason: "unparseable")) }
        var row = frame
        var values: [(PlatformMetric, SampleValue)] = []
        var index = 0
        var isSound = true
        while try reader.nextElement() {
            guard index < frame.columns.count else {
                isSound = false
                continue
            }
            switch frame.columns[index] {
            case .metric(let metric):
                values.append((metric, try reader.sampleValue(metric.metric, metric.conversion)))
            case .unmapped: break
            case .day:
                guard let day = try reader.textIfString().flatMap({ CivilDate($0.string) }) else {
                    isSound = false
                    break
                }
                row.place = SamplePlace(.day, .date(day))
            case .video:
                row.post = try reader.textIfString()?.string
                isSound = isSound && row.post.map(YouTubeRequests.isSafe) ?? false
            case .part(let name):
                guard let value = try reader.textIfString()?.string, !value.isEmpty else {
                    isSound = false
                    break
                }
                row.dimensions.append(.init(name, value))
            }
            index += 1
        }
        guard isSound, index == frame.columns.count else {
            return page.skipped.append(.init(metric: "*", reason: "unparseable"))
        }
        for (metric, value) in values {
            guard let place = row.place else {
                page.skipped.append(.init(metric: metric.native, reason: "unknown_period"))
                continue
            }
            page.record(metric, value, place, post: row.post, dimensions: row.dimensions)
        }
    }
}
