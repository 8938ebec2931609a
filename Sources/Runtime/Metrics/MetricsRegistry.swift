internal import Synchronization

/// All metrics of a process.
///
/// Declaring a name a second time gives the same metric, so that parts need not know of each other.
public final class MetricsRegistry: Sendable {
    /// One value read at the moment of a scrape.
    public struct Reading: Sendable {
        let labels: [String]
        let value: Double

        /// A value, with its label values in the order declared.
        public init(_ value: Double, labels: [String] = []) {
            self.value = value
            self.labels = labels
        }
    }

    enum Metric: Sendable {
        case counter(MetricFamily<Counter>)
        case gauge(MetricFamily<Gauge>)
        case histogram(MetricFamily<Histogram>)
        case callback(Callback)
    }

    struct Callback: Sendable {
        let name: String
        let help: String
        let kind: String
        let labels: [String]
        let read: @Sendable () -> [Reading]
    }

    /// The registry that the parts of a process share.
    public static let standard = MetricsRegistry()

    private let metrics = Mutex<[String: Metric]>([:])
    private let budget: SeriesBudget

    /// An empty registry that shows at most `limit` series; each bucket of a histogram is one.
    public init(limit: Int = 2000) { budget = SeriesBudget(limit: limit) }

    /// A counter without labels.
    public func counter(_ name: StaticString, _ help: StaticString) -> Counter { counter(name, help, labels: [])[] }

    /// A counter with labels.
    public func counter(_ name: StaticString, _ help: StaticString, labels: [MetricLabel]) -> MetricFamily<Counter> {
        declare(name) { name in
            .counter(
                MetricFamily(name: name, help: help.description, labels: labels, admit: budget.request(1)) { Counter() }
            )
        } as: {
            if case .counter(let family) = $0 { family } else { nil }
        }
    }

    /// A gauge without labels.
    public func gauge(_ name: StaticString, _ help: StaticString) -> Gauge { gauge(name, help, labels: [])[] }

    /// A gauge with labels.
    public func gauge(_ name: StaticString, _ help: StaticString, labels: [MetricLabel]) -> MetricFamily<Gauge> {
        declare(name) { name in
            .gauge(
                MetricFamily(name: name, help: help.description, labels: labels, admit: budget.request(1)) { Gauge() }
            )
        } as: {
            if case .gauge(let family) = $0 { family } else { nil }
        }
    }

    /// A histogram without labels.
    public func histogram(_ name: StaticString, _ help: StaticString, bounds: [Double] = Histogram.latency) -> Histogram
    {
        histogram(name, help, bounds: bounds, labels: [])[]
    }

    /// A histogram with labels. Traps unless the bounds rise and are at most 31.
    public func histogram(
        _ name: StaticString,
        _ help: StaticString,
        bounds: [Double] = Histogram.latency,
        labels: [MetricLabel]
    ) -> MetricFamily<Histogram> {
        precondition(bounds.count <= Histogram.mostBounds && zip(bounds, bounds.dropFirst()).allSatisfy(<))
        return declare(name) { name in
            .histogram(
                MetricFamily(
                    name: name,
                    help: help.description,
                    labels: labels,
                    admit: budget.request(bounds.count + 3)
                ) {
                    Histogram(bounds: bounds)
                }
            )
        } as: {
            if case .histogram(let family) = $0 { family } else { nil }
        }
    }

    /// A gauge that is read at each scrape; nil leaves it out. A later declaration takes over.
    public func gauge(_ name: StaticString, _ help: StaticString, read: @escaping @Sendable () -> Double?) {
        gauges(name, help, labels: []) { read().map { [Reading($0)] } ?? [] }
    }

    /// A gauge with labels that is read at each scrape. A later declaration takes over.
    public func gauges(
        _ name: StaticString,
        _ help: StaticString,
        labels: [StaticString],
        read: @escaping @Sendable () -> [Reading]
    ) {
        callback(name, help, kind: "gauge", labels: labels, read: read)
    }

    /// A counter kept elsewhere and read at each scrape. A later declaration takes over.
    public func counters(
        _ name: StaticString,
        _ help: StaticString,
        labels: [StaticString] = [],
        read: @escaping @Sendable () -> [Reading]
    ) {
        callback(name, help, kind: "counter", labels: labels, read: read)
    }

    /// Everything in Prometheus' text format 0.0.4, ordered by name.
    public func text() -> [UInt8] {
        var text = MetricsText(room: budget.limit)
        let all = metrics.withLock { $0 }
        for (_, metric) in all.sorted(by: { $0.key < $1.key }) { text.append(metric) }
        text.appendSelf(refused: text.left + budget.refused)
        return text.bytes
    }

    /// The value of the header `Content-Type` for `text`.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    // MARK: Inside

    private func callback(
        _ name: StaticString,
        _ help: StaticString,
        kind: String,
        labels: [StaticString],
        read: @escaping @Sendable () -> [Reading]
    ) {
        let name = checked(name)
        let callback = Callback(
            name: name,
            help: help.description,
            kind: kind,
            labels: labels.map(\.description),
            read: read
        )
        metrics.withLock { $0[name] = .callback(callback) }
    }

    private func declare<Family>(
        _ name: StaticString,
        _ make: (String) -> Metric,
        as family: (Metric) -> Family?
    ) -> Family {
        let name = checked(name)
        let metric = metrics.withLock { metrics in
            if let known = metrics[name] { return known }
            let metric = make(name)
            metrics[name] = metric
            return metric
        }
        guard let found = family(metric) else { preconditionFailure("\(name) was declared as another kind of metric") }
        return found
    }

    private func checked(_ name: StaticString) -> String {
        let name = name.description
        let good = name.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
        }
        precondition(good && !name.isEmpty, "\(name) is no name for a metric")
        return name
    }
}
