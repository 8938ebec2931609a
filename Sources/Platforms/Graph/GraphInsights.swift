internal import FleetCore
internal import JSON

/// Reads the list of an insights edge into samples.
///
/// An entry states its numbers in one of three shapes: `values` (a series, or one lifetime value), `total_value` (one total
/// for the window, perhaps with breakdowns) and `link_total_values`. The keys of an entry may stand in any order, so the
/// shapes are noted first and read once name and period are known.
struct GraphInsights {
    let table: GraphMetricTable
    /// The zone whose days end stamps close.
    let zone: TimeZoneRules
    /// The days that the request covers; nil when it does not say in a way that is known.
    let window: ClosedRange<CivilDate>?
    /// When the answer arrived.
    let collectedAt: Instant
    /// The post the insights belong to; nil for the account.
    var post: String?
    /// What was read.
    var page = SamplePage()

    /// One entry of the list, its shapes still unread.
    private struct Entry {
        var name: JSONText?
        var period: Period?
        var periodKnown = true
        var values: Range<Int>?
        var total: Range<Int>?
        var links: Range<Int>?
    }

    /// Reads the list at which the reader stands. `bytes` are the reader's own.
    mutating func readList(_ reader: inout JSONReader, in bytes: [UInt8]) throws(JSONError) {
        if try reader.takeNull() { return }
        try reader.beginArray()
        while try reader.nextElement() {
            guard try reader.enterObject() else { continue }
            var entry = Entry()
            while let key = try reader.nextKey() {
                switch key {
                case "name": entry.name = try reader.textIfString()
                case "period": try readPeriod(&reader, into: &entry)
                case "values": entry.values = try reader.rawSlice()
                case "total_value": entry.total = try reader.rawSlice()
                case "link_total_values": entry.links = try reader.rawSlice()
                default: break
                }
            }
            try read(entry, in: bytes)
        }
    }

    private func readPeriod(_ reader: inout JSONReader, into entry: inout Entry) throws(JSONError) {
        guard let text = try reader.textIfString() else { return }
        switch text {
        case "day": entry.period = .day
        case "lifetime": entry.period = .lifetime
        case "week": entry.period = .week
        case "days_28": entry.period = .days28
        case "total_over_range": entry.period = .range
        default: entry.periodKnown = false
        }
    }

    private mutating func read(_ entry: Entry, in bytes: [UInt8]) throws(JSONError) {
        guard let name = entry.name else { return }
        guard let metric = table.metric(named: name.bytes.span) else {
            page.skipped.append(.init(metric: name.string, reason: "unmapped"))
            return
        }
        guard entry.periodKnown else {
            skip(metric, "unknown_period")
            return
        }
        let before = (page.samples.count, page.skipped.count)
        var hasTotal = false
        if let range = entry.total {
            var reader = JSONReader(bytes, range: range)
            hasTotal = try readTotal(&reader, metric, entry.period, in: bytes)
        }
        if let range = entry.links {
            var reader = JSONReader(bytes, range: range)
            try readLinks(&reader, metric, entry.period)
            hasTotal = true
        }
        // A breakdown of a post carries its total twice: once is enough.
        if !hasTotal, let range = entry.values {
            var reader = JSONReader(bytes, range: range)
            try readValues(&reader, metric, entry.period, in: bytes)
        }
        if (page.samples.count, page.skipped.count) == before { skip(metric, "missing_value") }
    }

    mutating func skip(_ metric: GraphMetric, _ reason: String) {
        page.skipped.append(.init(metric: metric.entry.native, reason: reason))
    }

    mutating func add(
        _ metric: GraphMetric,
        _ value: Int64,
        _ place: SamplePlace,
        as id: MetricID? = nil,
        _ dimensions: [Sample.Dimension] = []
    ) {
        page.samples.append(
            Sample(
                metric: id ?? metric.entry.metric,
                kind: metric.entry.kind,
                value: value,
                period: place.period,
                start: place.start,
                lastDay: place.lastDay,
                post: post,
                dimensions: dimensions
            )
        )
    }

    /// Where a total over the request's window lies.
    func placeOfTotal(_ metric: GraphMetric, _ period: Period?) -> SamplePlace? {
        if period == .lifetime { return SamplePlace(.lifetime, .moment(collectedAt)) }
        if metric.entry.kind == .gauge { return SamplePlace(.instant, .moment(collectedAt)) }
        guard let window else { return nil }
        let first = window.lowerBound
        if first == window.upperBound { return SamplePlace(.day, .date(first)) }
        return SamplePlace(.range, .date(first), lastDay: window.upperBound)
    }
}
