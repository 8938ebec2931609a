internal import FleetCore

/// A metric of the Graph interfaces and the shapes its numbers come in.
struct GraphMetric: Sendable {
    /// What parts of a value mean.
    enum Parts: Sendable {
        /// Breakdowns are dimensions of the metric; an object is no value.
        case dimensions
        /// The values of the breakdown are metrics of their own; there is no total.
        case metrics([String: MetricID])
        /// A value may be an object, whose keys are values of this dimension.
        case object(dimension: String, total: Bool)
        /// There are only parts: the answer states no total that may be kept.
        case partsOnly
    }

    var entry: PlatformMetric
    var parts: Parts

    init(_ entry: PlatformMetric, parts: Parts = .dimensions) {
        self.entry = entry
        self.parts = parts
    }
}

/// The metrics of one edge, found by their names' bytes.
struct GraphMetricTable: Sendable {
    let metrics: [GraphMetric]
    private let names: NameTable
    /// The objects that metrics lie in: `comments` and `comments.summary` for `comments.summary.total_count`.
    private let objects: Set<String>

    init(_ metrics: [GraphMetric]) {
        self.metrics = metrics
        names = NameTable(metrics.map(\.entry.native))
        objects = Set(
            metrics.flatMap { metric in
                let parts = metric.entry.native.split(separator: ".")
                return (1..<max(parts.count, 1)).map { parts[..<$0].joined(separator: ".") }
            }
        )
    }

    /// Whether metrics lie somewhere inside an object of this path.
    func leads(_ path: String) -> Bool { objects.contains(path) }

    func metric(named name: Span<UInt8>) -> GraphMetric? {
        names.index(of: name).map { metrics[$0] }
    }
}

extension PlatformMetric {
    /// A name that the platform stopped serving, with the one to use instead where there is one.
    static func retired(
        _ native: String,
        _ metric: MetricID,
        _ kind: SampleKind = .delta,
        group: String,
        since: String,
        successor: String? = nil
    ) -> PlatformMetric {
        guard let end = CivilDate(since) else { preconditionFailure("a retirement needs a date, not \(since)") }
        return PlatformMetric(native, metric, kind, group: group, validTo: end, successor: successor)
    }
}
