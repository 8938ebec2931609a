public import FleetCore

/// What a job wants of a platform, with the account's id there filled in.
public struct Assignment: Hashable, Sendable {
    /// What to collect.
    public var collect: CollectionKind
    /// The account's id on the platform.
    public var externalID: String
    /// The local day of the platform that is asked about.
    public var date: CivilDate
    /// The metrics wanted; empty means all that the collection offers.
    public var metrics: [MetricID]

    /// A wish; all metrics unless some are named.
    public init(
        collect: CollectionKind = .accountDaily,
        externalID: String,
        date: CivilDate,
        metrics: [MetricID] = []
    ) {
        self.collect = collect
        self.externalID = externalID
        self.date = date
        self.metrics = metrics
    }

    /// A job's wish, for the account that the platform knows under `externalID`.
    public init(_ job: Job, externalID: String) {
        self.init(collect: job.collect, externalID: externalID, date: job.date, metrics: job.metrics)
    }
}
