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

/// A name that the platform stopped serving.
struct RetiredMetric: Sendable {
    let native: String
    let since: CivilDate
    /// The platform's name to use instead, where there is one.
    let successor: String?

    init(_ native: String, since: String, successor: String? = nil) {
        guard let since = CivilDate(since) else { preconditionFailure("a retirement needs a date") }
        self.native = native
        self.since = since
        self.successor = successor
    }
}

/// The metrics of one edge, found by their names' bytes.
struct GraphMetricTable: Sendable {
    let metrics: [GraphMetric]
    private let names: NameTable

    init(_ metrics: [GraphMetric]) {
        self.metrics = metrics
        names = NameTable(metrics.map(\.entry.native))
    }

    func metric(named name: Span<UInt8>) -> GraphMetric? {
        names.index(of: name).map { metrics[$0] }
    }
}
