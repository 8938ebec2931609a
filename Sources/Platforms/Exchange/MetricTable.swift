internal import FleetCore
internal import JSON

/// The metrics that one kind of answer may hold, found by the bytes of the platform's names.
struct MetricTable: Sendable {
    let entries: [PlatformMetric]
    private let names: NameTable

    init(_ entries: [PlatformMetric]) {
        self.entries = entries
        names = NameTable(entries.map(\.native))
    }

    subscript(name: JSONText) -> PlatformMetric? { names.index(of: name.bytes.span).map { entries[$0] } }

    subscript(name: String) -> PlatformMetric? { names.index(of: name.utf8.span).map { entries[$0] } }
}

extension SamplePage {
    /// Records what a metric's value turned out to be: a sample, or a skip with its reason. An object is no number.
    mutating func record(
        _ metric: PlatformMetric,
        _ value: SampleValue,
        _ place: SamplePlace,
        post: String? = nil,
        dimensions: [Sample.Dimension] = []
    ) {
        switch value {
        case .skipped(let reason): skipped.append(.init(metric: metric.native, reason: reason))
        case .object: skipped.append(.init(metric: metric.native, reason: "unparseable"))
        case .number(let number):
            samples.append(
                Sample(
                    metric: metric.metric,
                    kind: metric.kind,
                    value: number,
                    period: place.period,
                    start: place.start,
                    lastDay: place.lastDay,
                    post: post,
                    dimensions: dimensions
                )
            )
        }
    }
}
