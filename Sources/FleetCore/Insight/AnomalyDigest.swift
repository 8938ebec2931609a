/// What people are told of many anomalies: what hit a platform as a whole is one incident, and of the rest each workspace
/// hears the most important ones of a day.
public struct AnomalyDigest: Equatable, Sendable {
    /// An anomaly with where it happened.
    public struct Finding: Equatable, Sendable {
        public var account: Int64
        public var workspace: Int64
        public var platform: PlatformName
        public var metric: MetricID
        public var anomaly: Anomaly

        public init(
            account: Int64,
            workspace: Int64,
            platform: PlatformName,
            metric: MetricID,
            anomaly: Anomaly
        ) {
            self.account = account
            self.workspace = workspace
            self.platform = platform
            self.metric = metric
            self.anomaly = anomaly
        }

        /// How much it matters: what concerns a headline figure may wake people, the rest is listed.
        public var severity: Anomaly.Severity {
            AnomalyDigest.headline.contains(metric) ? anomaly.severity : .listed
        }

        /// The order among the findings of a day, most important first.
        func precedes(_ other: Finding) -> Bool {
            if severity != other.severity { return severity > other.severity }
            let (own, others) = (abs(anomaly.score), abs(other.anomaly.score))
            if own != others { return own > others }
            return (account, metric) < (other.account, other.metric)
        }
    }

    /// Something that hit many accounts of a platform on one day in the same way: a purge, an outage, a recount.
    public struct Incident: Equatable, Sendable {
        public var platform: PlatformName
        public var day: CivilDate
        public var isFall: Bool
        /// The metrics that moved.
        public var metrics: [MetricID]
        /// Accounts that it hit, and those that were judged.
        public var accounts: Int
        public var judged: Int
        /// The strongest single finding.
        public var severity: Anomaly.Severity
    }

    /// Figures about which people are told and not only shown.
    public static let headline: Set<MetricID> = [
        .followers, .views, .impressions, .reach, .engagementTotal, .engagements,
    ]

    /// The numbers that decide.
    public struct Options: Equatable, Sendable {
        /// The least accounts that make an incident, and the least share of those judged.
        public var leastAccounts = 5
        public var leastShare = 0.2
        /// How many findings of a day a workspace is told of.
        public var mostPerDay = 10

        public init() {}
    }

    public var incidents: [Incident]
    /// Ascending by day, within a day the most important first.
    public var findings: [Finding]
    /// How many more there were, which the limit left out.
    public var omitted: Int

    /// How many accounts of a platform were judged on a day.
    public struct Population: Hashable, Sendable {
        public var platform: PlatformName
        public var day: CivilDate

        public init(platform: PlatformName, day: CivilDate) {
            self.platform = platform
            self.day = day
        }
    }

    public init(_ findings: [Finding], judged: [Population: Int], options: Options = Options()) {
        let folded = Self.fold(findings, judged, options)
        incidents = folded.incidents
        self.findings = []
        omitted = 0
        let days = Dictionary(grouping: folded.rest) { $0.anomaly.days.upperBound }
        for (_, findings) in days.sorted(by: { $0.key < $1.key }) {
            var told: [Int64: Int] = [:]
            for finding in findings.sorted(by: { $0.precedes($1) }) {
                told[finding.workspace, default: 0] += 1
                if told[finding.workspace]! <= options.mostPerDay {
                    self.findings.append(finding)
                } else {
                    omitted += 1
                }
            }
        }
    }

    private struct Direction: Hashable {
        var population: Population
        var isFall: Bool
    }

    /// Takes out of the findings those that many accounts share.
    private static func fold(
        _ findings: [Finding],
        _ judged: [Population: Int],
        _ options: Options
    ) -> (incidents: [Incident], rest: [Finding]) {
        let groups = Dictionary(grouping: findings.filter { $0.anomaly.kind == .day }) { finding in
            Direction(
                population: Population(platform: finding.platform, day: finding.anomaly.days.upperBound),
                isFall: finding.anomaly.score < 0
            )
        }
        var shared: Set<Direction> = []
        var incidents: [Incident] = []
        for (direction, group) in groups {
            let accounts = Set(group.map(\.account)).count
            let population = max(judged[direction.population] ?? 0, accounts)
            guard accounts >= options.leastAccounts, Double(accounts) >= options.leastShare * Double(population) else {
                continue
            }
            shared.insert(direction)
            incidents.append(
                Incident(
                    platform: direction.population.platform,
                    day: direction.population.day,
                    isFall: direction.isFall,
                    metrics: Set(group.map(\.metric)).sorted(),
                    accounts: accounts,
                    judged: population,
                    severity: group.map(\.severity).max() ?? .listed
                )
            )
        }
        let rest = findings.filter { finding in
            finding.anomaly.kind != .day
                || !shared.contains(
                    Direction(
                        population: Population(platform: finding.platform, day: finding.anomaly.days.upperBound),
                        isFall: finding.anomaly.score < 0
                    )
                )
        }
        let sorted = incidents.sorted {
            ($0.day, $0.platform.rawValue, $0.isFall ? 0 : 1) < ($1.day, $1.platform.rawValue, $1.isFall ? 0 : 1)
        }
        return (sorted, rest)
    }
}
