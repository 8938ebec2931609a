internal import FleetCore
internal import JSON

// A series of values, each stamped with the end of its period, or one lifetime value without a stamp.
extension GraphInsights {
    /// One element of `values`: sibling strings are dimensions.
    private struct Element {
        var number: SampleValue?
        var object: Range<Int>?
        var end: JSONText?
        var dimensions: [Sample.Dimension] = []
    }

    /// Parts that were read for one stamp, whose sum is its total.
    private struct Rows {
        var place: SamplePlace
        var sum = GraphSum()
    }

    mutating func readValues(
        _ reader: inout JSONReader,
        _ metric: GraphMetric,
        _ period: Period?,
        in bytes: [UInt8]
    ) throws(JSONError) {
        guard try reader.enterArray() else { return }
        var rows: [Rows] = []
        var totals: [SamplePlace] = []
        var isWhole = true
        while try reader.nextElement() {
            guard let (element, place) = try readPlaced(&reader, metric, period) else {
                isWhole = false
                continue
            }
            if element.dimensions.isEmpty {
                totals.append(place)
                try add(element, metric, place, in: bytes)
            } else {
                addRow(element, metric, place, to: &rows)
            }
        }
        // Distinct people do not add up, and a row that could not be placed may be missing from any sum.
        guard isWhole, MetricCatalogue[metric.entry.metric]?.kind != .unique else { return }
        for row in rows where !totals.contains(row.place) {
            if let total = row.sum.total { add(metric, total, row.place) }
        }
    }

    /// An element and where it lies in time; nil when it cannot be placed or has no value at all.
    private mutating func readPlaced(
        _ reader: inout JSONReader,
        _ metric: GraphMetric,
        _ period: Period?
    ) throws(JSONError) -> (Element, SamplePlace)? {
        guard try reader.enterObject() else {
            skip(metric, "unparseable")
            return nil
        }
        let element = try readElement(&reader, metric)
        guard element.number != nil else { return nil }
        guard let place = place(of: element, metric, period) else {
            skip(metric, "unparseable")
            return nil
        }
        return (element, place)
    }

    private func readElement(_ reader: inout JSONReader, _ metric: GraphMetric) throws(JSONError) -> Element {
        var element = Element()
        while let key = try reader.nextKey() {
            switch key {
            case "value":
                element.number = try reader.sampleValue(metric.entry.metric, metric.entry.conversion)
                if case .object? = element.number { element.object = try reader.rawSlice() }
            case "end_time": element.end = try reader.textIfString()
            default:
                if let value = try readSibling(&reader), !key.bytes.reversed().starts(with: "emit_".utf8) {
                    element.dimensions.append(.init(key.string, value))
                }
            }
        }
        return element
    }

    /// A dimension's value beside a number. It is a string, and taken for a part too where it comes as another scalar: a part
    /// must not pass for a total.
    private func readSibling(_ reader: inout JSONReader) throws(JSONError) -> String? {
        switch try reader.peek() {
        case .string: return try reader.string()
        case .number: return try reader.integerOrDecimal().text
        case .bool: return try reader.bool() ? "true" : "false"
        case .object, .array, .null: return nil
        }
    }

    /// A stamp closes its period: the period's last local day is the one twelve hours before, whatever hour the platform
    /// stamps and on days of 23 and 25 hours. Without a stamp only a lifetime value can be placed.
    private func place(of element: Element, _ metric: GraphMetric, _ period: Period?) -> SamplePlace? {
        guard let text = element.end else {
            if period == .range { return placeOfTotal(metric, period) }
            guard period == nil || period == .lifetime else { return nil }
            return SamplePlace(.lifetime, .moment(collectedAt))
        }
        guard let end = Instant(rfc3339: text.bytes.span) else { return nil }
        // One total for the window, whatever moment it is stamped with.
        if period == .range { return placeOfTotal(metric, period) }
        if period == .lifetime { return SamplePlace(.lifetime, .moment(collectedAt)) }
        return SamplePlace(period ?? .day, .date(zone.date(at: end - .seconds(12 * 3600))))
    }

    private mutating func add(
        _ element: Element,
        _ metric: GraphMetric,
        _ place: SamplePlace,
        in bytes: [UInt8]
    ) throws(JSONError) {
        switch element.number {
        case .number(let value)?: add(metric, value, place)
        case .skipped(let reason)?: skip(metric, reason)
        case .object?:
            guard let range = element.object else { return }
            var reader = JSONReader(bytes, range: range)
            try readScalarOrObject(&reader, metric, place)
        case nil: break
        }
    }

    private mutating func addRow(_ element: Element, _ metric: GraphMetric, _ place: SamplePlace, to rows: inout [Rows])
    {
        var index = rows.firstIndex { $0.place == place }
        if index == nil {
            rows.append(Rows(place: place))
            index = rows.endIndex - 1
        }
        guard case .number(let value)? = element.number else {
            rows[index!].sum.spoil()
            if case .skipped(let reason)? = element.number { skip(metric, reason) } else { skip(metric, "unparseable") }
            return
        }
        rows[index!].sum.add(value)
        add(metric, value, place, element.dimensions)
    }

    /// Reads a number, or an object whose keys are the values of the metric's dimension.
    mutating func readScalarOrObject(
        _ reader: inout JSONReader,
        _ metric: GraphMetric,
        _ place: SamplePlace
    ) throws(JSONError) {
        switch try reader.sampleValue(metric.entry.metric, metric.entry.conversion) {
        case .number(let value): add(metric, value, place)
        case .skipped(let reason): skip(metric, reason)
        case .object:
            guard case .object(let dimension, let keepsTotal) = metric.parts else {
                try reader.skip()
                skip(metric, "unparseable")
                return
            }
            try readObject(&reader, metric, place, dimension, keepsTotal: keepsTotal)
        }
    }

    private mutating func readObject(
        _ reader: inout JSONReader,
        _ metric: GraphMetric,
        _ place: SamplePlace,
        _ dimension: String,
        keepsTotal: Bool
    ) throws(JSONError) {
        try reader.beginObject()
        var sum = GraphSum()
        var stated: Int64?
        while let key = try reader.nextKey() {
            switch try reader.sampleValue(metric.entry.metric, metric.entry.conversion) {
            case .number(let value) where key == "total": stated = value
            case .number(let value):
                sum.add(value)
                add(metric, value, place, [.init(dimension, key.string)])
            case .object:
                sum.spoil()
                skip(metric, "unparseable")
            case .skipped(let reason):
                sum.spoil()
                skip(metric, reason)
            }
        }
        if keepsTotal, let total = stated ?? sum.totalOrZero { add(metric, total, place) }
    }
}
