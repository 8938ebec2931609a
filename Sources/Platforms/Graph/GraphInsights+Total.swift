internal import FleetCore
internal import JSON

// One total for a window: `total_value`, with breakdowns where they were asked for, and the list per link.
extension GraphInsights {
    /// Reads `total_value`; says whether it held a total or parts.
    mutating func readTotal(
        _ reader: inout JSONReader,
        _ metric: GraphMetric,
        _ period: Period?,
        in bytes: [UInt8]
    ) throws(JSONError) -> Bool {
        guard try reader.enterObject() else { return false }
        guard let place = placeOfTotal(metric, period) else {
            skip(metric, "unknown_period")
            return true
        }
        let before = (page.samples.count, page.skipped.count)
        while let key = try reader.nextKey() {
            switch key {
            case "value": try readTotalValue(&reader, metric, place)
            case "breakdowns": try readBreakdowns(&reader, metric, place, in: bytes)
            default: break
            }
        }
        return (page.samples.count, page.skipped.count) != before
    }

    private mutating func readTotalValue(
        _ reader: inout JSONReader,
        _ metric: GraphMetric,
        _ place: SamplePlace
    ) throws(JSONError) {
        switch metric.parts {
        case .metrics, .partsOnly: return
        case .dimensions, .object: break
        }
        try readScalarOrObject(&reader, metric, place)
    }

    private mutating func readBreakdowns(
        _ reader: inout JSONReader,
        _ metric: GraphMetric,
        _ place: SamplePlace,
        in bytes: [UInt8]
    ) throws(JSONError) {
        guard try reader.enterArray() else { return }
        while try reader.nextElement() {
            guard try reader.enterObject() else { continue }
            var keys: [String]?
            var results: Range<Int>?
            while let key = try reader.nextKey() {
                switch key {
                case "dimension_keys": keys = try reader.texts()
                case "results": results = try reader.rawSlice()
                default: break
                }
            }
            guard let keys, let results else { continue }
            var part = JSONReader(bytes, range: results)
            try readResults(&part, metric, place, keys)
        }
    }

    private mutating func readResults(
        _ reader: inout JSONReader,
        _ metric: GraphMetric,
        _ place: SamplePlace,
        _ keys: [String]
    ) throws(JSONError) {
        guard try reader.enterArray() else { return }
        while try reader.nextElement() {
            guard try reader.enterObject() else { continue }
            var values: [String]?
            var number: SampleValue?
            while let key = try reader.nextKey() {
                switch key {
                case "dimension_values": values = try reader.texts()
                case "value": number = try reader.sampleValue(metric.entry.metric, metric.entry.conversion)
                default: break
                }
            }
            guard let number else { continue }
            guard let values, values.count == keys.count else {
                skip(metric, "unparseable")
                continue
            }
            switch number {
            case .number(let value): addPart(metric, value, place, keys, values)
            case .object: skip(metric, "unparseable")
            case .skipped(let reason): skip(metric, reason)
            }
        }
    }

    private mutating func addPart(
        _ metric: GraphMetric,
        _ value: Int64,
        _ place: SamplePlace,
        _ keys: [String],
        _ values: [String]
    ) {
        guard case .metrics(let ids) = metric.parts else {
            add(metric, value, place, zip(keys, values).map { Sample.Dimension($0, $1) })
            return
        }
        // Values without a metric of their own say nothing that is kept.
        if values.count == 1, let id = ids[values[0]] { add(metric, value, place, as: id) }
    }

    /// Reads `link_total_values`: a part per link, and their sum as the total.
    mutating func readLinks(
        _ reader: inout JSONReader,
        _ metric: GraphMetric,
        _ period: Period?
    ) throws(JSONError) {
        guard try reader.enterArray() else { return }
        guard let place = placeOfTotal(metric, period) else {
            skip(metric, "unknown_period")
            return
        }
        var sum = GraphSum()
        while try reader.nextElement() {
            guard try reader.enterObject() else { continue }
            var link: JSONText?
            var number: SampleValue?
            while let key = try reader.nextKey() {
                switch key {
                case "link_url": link = try reader.textIfString()
                case "value": number = try reader.sampleValue(metric.entry.metric, metric.entry.conversion)
                default: break
                }
            }
            guard case .number(let value)? = number, let link else {
                sum.spoil()
                if case .skipped(let reason)? = number { skip(metric, reason) }
                continue
            }
            sum.add(value)
            add(metric, value, place, [Sample.Dimension("link_url", link.string)])
        }
        if let total = sum.total { add(metric, total, place) }
    }
}

/// The sum of parts that stands for a total: none when a part was unusable or the sum does not fit, since a total that leaves
/// something out would be an invented number.
struct GraphSum {
    private var sum: Int64? = 0
    private(set) var count = 0

    mutating func add(_ value: Int64) {
        count += 1
        guard let current = sum else { return }
        let (next, overflow) = current.addingReportingOverflow(value)
        sum = overflow ? nil : next
    }

    mutating func spoil() { sum = nil }

    /// The sum of at least one part, or nil.
    var total: Int64? { count > 0 ? sum : nil }
    /// The sum, zero when there were no parts, or nil.
    var totalOrZero: Int64? { sum }
}

extension JSONReader {
    /// The strings of an array, or nil when the value here is anything else.
    mutating func texts() throws(JSONError) -> [String]? {
        guard try enterArray() else { return nil }
        var texts: [String] = []
        var whole = true
        while try nextElement() {
            if let text = try textIfString() { texts.append(text.string) } else { whole = false }
        }
        return whole ? texts : nil
    }
}
