/// One reason why a platform's own page may show another number than ours.
public struct PlatformPageCheck: Equatable, Sendable {
    /// What the reason is about.
    public enum Topic: String, Sendable, CaseIterable {
        case zone, traffic, unique, lag, definition, coverage, estimated, restated, level, synthetic
    }

    public var topic: Topic
    /// Whether it applies to this figure, or was only looked at.
    public var applies: Bool
    public var sentence: String

    /// The whole list for a figure, in the order of ``Topic``.
    public static func all(_ explained: ExplainedFigure, _ row: FigureRow, _ series: FigureSeries, _ offer: FigureOffer)
        -> [PlatformPageCheck]
    {
        let list = Checklist(explained: explained, row: row, series: series, offer: offer)
        return Topic.allCases.map { topic in
            let (applies, sentence) = list.finding(on: topic)
            return PlatformPageCheck(topic: topic, applies: applies, sentence: sentence)
        }
    }
}

private struct Checklist {
    let explained: ExplainedFigure
    let row: FigureRow
    let series: FigureSeries
    let offer: FigureOffer

    private var metric: MetricID { explained.metric }
    private var platform: PlatformName { series.platform }
    private var kind: MetricKind? { MetricCatalogue[metric]?.kind }
    private var flags: RollupRow.Flags { explained.cell?.flags ?? [] }
    private var figure: Figure? { row[metric] }

    func finding(on topic: PlatformPageCheck.Topic) -> (Bool, String) {
        switch topic {
        case .zone:
            return (
                true,
                "\(platform) cuts its days in \(platform.dayZone.name), and so do we; its page may show yours"
            )
        case .traffic: return traffic
        case .unique:
            return kind == .unique
                ? (true, "people are counted once per day, window and subject; sums of such numbers count them again")
                : (false, "the metric does not count distinct people")
        case .lag:
            return row.state == .settled
                ? (false, "the bucket is settled")
                : (
                    true,
                    "the bucket is \(row.state): \(platform) still changes it for \(hours) h after its end"
                )
        case .definition: return definition
        case .coverage:
            let (present, expected) = (figure?.present ?? 0, row.expected)
            return present == expected
                ? (false, "all \(expected) days are there")
                : (true, "\(present) of \(expected) days are there; the others are missing from the figure")
        case .estimated: return estimated
        case .restated:
            let count = explained.allEvidence.reduce(0) { $0 + $1.before.count }
            return count == 0
                ? (false, "none of its readings was changed by the platform")
                : (
                    true,
                    "the platform changed its readings \(count == 1 ? "once" : "\(count) times") since they were first read"
                )
        case .level:
            return series.members > 1 || explained.subject == nil
                ? (true, "it is put together from \(series.members) subjects; who is in several counts several times")
                : (false, "it is of one subject")
        case .synthetic:
            return series.isSynthetic
                ? (true, "a simulator answers for this workspace: no platform has this number")
                : (false, "the platform itself answered")
        }
    }

    private var hours: Int64 { platform.settlingLag.components.seconds / 3600 }

    private var traffic: (Bool, String) {
        let entries = offer.entries[metric] ?? []
        let kinds = Set(entries.map(\.traffic)).sorted { $0.rawValue < $1.rawValue }
        if kinds.isEmpty { return (false, "nothing is known of paid and organic traffic in it") }
        let names = Set(entries.map(\.native)).sorted().joined(separator: ", ")
        return kinds == [.all]
            ? (false, "it counts paid and organic traffic together (\(names))")
            : (true, "it counts \(kinds.map(\.rawValue).joined(separator: " and ")) traffic (\(names))")
    }

    private var definition: (Bool, String) {
        let rules = MetricRules.of(platform)
        let parts = rules.engagement.map(\.name).joined(separator: " + ")
        if metric == .engagementTotal || MetricRules.derived.contains(metric) && metric != .postsPublished {
            let missing = flags.contains(.partial) ? "; a part of it is missing here" : ""
            return (true, "engagement is \(parts) (definition \(MetricRules.engagementVersion))\(missing)")
        }
        return kind == .ratio || kind == .weightedMean
            ? (true, "over several days or subjects it is computed from sums, not as a mean of means")
            : (false, "it is the platform's own count")
    }

    private var estimated: (Bool, String) {
        switch (flags.contains(.startEstimated), flags.contains(.endEstimated)) {
        case (false, false): (false, "no boundary had to be estimated")
        case (true, false): (true, "nobody read it near the start: some of it may belong to earlier days")
        case (false, true): (true, "nobody read it near the end: some of it will be found in later days")
        case (true, true): (true, "nobody read it near either end: some of it may belong to other days")
        }
    }
}

extension MetricRules {
    /// Which definition of engagement ``engagement`` is. A change of the members is another version.
    public static let engagementVersion = 1
}
