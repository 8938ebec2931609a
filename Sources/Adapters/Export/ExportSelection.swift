public import FleetCore
internal import Postgres

/// What to export: everything that fits all that is said.
public struct ExportSelection: Sendable {
    public var workspace: Int64?
    public var platform: String?
    public var account: Int64?
    /// In the platform's zone.
    public var from: CivilDate?
    public var to: CivilDate?
    public var grain: Grain?
    /// Empty means all.
    public var metrics: [MetricID]

    public init(
        workspace: Int64? = nil,
        platform: String? = nil,
        account: Int64? = nil,
        from: CivilDate? = nil,
        to: CivilDate? = nil,
        grain: Grain? = nil,
        metrics: [MetricID] = []
    ) {
        (self.workspace, self.platform, self.account) = (workspace, platform, account)
        (self.from, self.to, self.grain, self.metrics) = (from, to, grain, metrics)
    }

    /// Whether a day in the platform's zone is wanted.
    func includes(_ day: CivilDate) -> Bool { (from.map { $0 <= day } ?? true) && (to.map { day <= $0 } ?? true) }

    func includes(_ metric: MetricID) -> Bool { metrics.isEmpty || metrics.contains(metric) }

    /// Conditions on accounts `a`, and their parameters from `$1`.
    var scope: (condition: String, parameters: [Parameter]) {
        (
            """
            ($1::bigint is null or a.workspace_id = $1) and ($2::text is null or a.platform = $2)
                and ($3::bigint is null or a.id = $3)
            """,
            [
                workspace.map { .int8($0) } ?? .null, platform.map { .text($0) } ?? .null,
                account.map { .int8($0) } ?? .null,
            ]
        )
    }

    /// The same with days as parameters four and five, and metrics as six: those of the rows of that name.
    func period(of name: String) -> (condition: String, parameters: [Parameter]) {
        let ids: Parameter = metrics.isEmpty ? .null : .int2Array(metrics.map(\.rawValue))
        return (
            scope.condition + " and ($6::smallint[] is null or \(name).metrics && $6)",
            scope.parameters + [
                from.map { .date($0.daysSinceEpoch) } ?? .null, to.map { .date($0.daysSinceEpoch) } ?? .null, ids,
            ]
        )
    }
}

/// How values are laid out.
public enum ExportLayout: Sendable, Hashable {
    /// One row per value.
    case long
    /// One row per bucket or reading, one column per metric.
    case wide([MetricID])
}
