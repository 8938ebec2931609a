internal import FleetCore
internal import JSON

extension SamplePage {
    /// What becomes of members that a table does not know.
    enum Unknown {
        /// They are other fields of the object.
        case ignored
        /// The object holds nothing but metrics: each is recorded as unmapped.
        case unmapped
    }

    /// Reads the members of an object that the table knows. Names that mean the same metric, old and new, give one sample.
    ///
    /// A value that is no object is passed over; `null` is a skip under the name of `group`.
    mutating func readMembers(
        _ reader: inout JSONReader,
        _ table: MetricTable,
        group: String = "",
        unknown: Unknown = .ignored,
        post: String? = nil,
        dimensions: [Sample.Dimension] = [],
        place: (PlatformMetric) -> SamplePlace?
    ) throws(JSONError) {
        guard try reader.peek() == .object else {
            let reason = try reader.takeNull() ? "null" : "unparseable"
            if !group.isEmpty { skipped.append(Skipped(metric: group, reason: reason)) }
            return
        }
        let first = samples.count
        try reader.beginObject()
        while let key = try reader.nextKey() {
            try readMember(
                key,
                &reader,
                table,
                unknown: unknown,
                post: post,
                dimensions: dimensions,
                since: first,
                place: place
            )
        }
    }

    /// Reads one member if the table knows it. `since` is where the samples of the same object begin.
    mutating func readMember(
        _ key: JSONText,
        _ reader: inout JSONReader,
        _ table: MetricTable,
        unknown: Unknown = .ignored,
        post: String? = nil,
        dimensions: [Sample.Dimension] = [],
        since first: Int,
        place: (PlatformMetric) -> SamplePlace?
    ) throws(JSONError) {
        guard let metric = table[key] else {
            if unknown == .unmapped { skipped.append(Skipped(metric: key.string, reason: "unmapped")) }
            return
        }
        let value = try reader.sampleValue(metric.metric, metric.conversion)
        guard let place = place(metric) else {
            skipped.append(Skipped(metric: metric.native, reason: "unknown_period"))
            return
        }
        let isRepeated = samples[first...].contains { $0.metric == metric.metric && $0.dimensions == dimensions }
        if case .number = value, isRepeated { return }
        record(metric, value, place, post: post, dimensions: dimensions)
    }
}

extension SamplePlace {
    /// Where a number without a period of its own lies: everything so far for posts and for what only grows, a level for
    /// the rest, both as of the collection.
    static func asOf(_ collectedAt: Instant, _ metric: PlatformMetric, post: String?) -> SamplePlace {
        SamplePlace(post == nil && metric.kind == .gauge ? .instant : .lifetime, .moment(collectedAt))
    }
}
