/// A metric that the fleet exports: the table of them is what alerts, dashboards and documents are made from.
public struct FleetMetric: Sendable, Hashable {
    /// What kind of number it is.
    public enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// Who exports it.
    public enum Program: String, Sendable, CaseIterable {
        case dispatcher, worker, aggregator, gateway

        /// Those without which the fleet does no work. A fleet need not serve anybody over HTTP.
        public static let needed: [Program] = [.dispatcher, .worker, .aggregator]

        /// The value of the label `job` that the scrape configurations give it.
        public var job: String { "flotilla-\(rawValue)" }
    }

    /// Its whole name.
    public var name: String
    public var kind: Kind
    /// Its own labels, without those of the scrape.
    public var labels: [String]
    public var programs: [Program]
    /// What it says, in one sentence.
    public var meaning: String
    /// Whether a healthy fleet shows it at once. Others appear with the first event they count.
    public var isAlwaysThere: Bool

    init(
        _ name: String,
        _ kind: Kind,
        _ programs: [Program],
        labels: [String] = [],
        always: Bool = true,
        _ meaning: String
    ) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.programs = programs
        self.meaning = meaning
        isAlwaysThere = always
    }

    /// The names under which its series are stored.
    public var seriesNames: [String] {
        kind == .histogram ? ["\(name)_bucket", "\(name)_sum", "\(name)_count"] : [name]
    }
}
