extension MetricID {
    /// The canonical name; the number itself for one that is not in the catalogue.
    public var name: String { MetricCatalogue[self]?.name ?? "metric-\(rawValue)" }
}

extension MetricID: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int16) { self.init(rawValue: value) }
}
