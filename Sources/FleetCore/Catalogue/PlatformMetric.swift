/// Which part of a platform's audience a metric counts.
public enum Traffic: String, Sendable, CaseIterable {
    case all
    case organic
    case paid
}

/// One name a platform uses for a metric, and what becomes of it.
public struct PlatformMetric: Sendable, Hashable {
    /// What a sample of this name is by the contract of samples, which knows three kinds.
    public enum SampleKind: String, Sendable {
        case gauge
        case delta
        case cumulative
    }

    /// The name on the wire.
    public let native: String
    /// The canonical metric it fills.
    public let metric: MetricID
    /// What its samples are.
    public let kind: SampleKind
    /// Change of unit from the platform's to ours.
    public let conversion: FixedPoint.Conversion
    /// Which audience it counts.
    public let traffic: Traffic
    /// The kind of request that serves it: names of one group may share a call. The platform decides what groups it has.
    public let group: String
    /// The first day it was served, where that is known.
    public let validFrom: CivilDate?
    /// The first day it was no longer served; nil while it is alive.
    public let validTo: CivilDate?
    /// The platform's name that replaced it. A successor is a new series; the two are never joined silently.
    public let successor: String?
    /// How many days after its end a period usually has its final value.
    public let lagDays: Int

    /// An entry; the defaults describe a live count without a change of unit.
    public init(
        _ native: String,
        _ metric: MetricID,
        _ kind: SampleKind,
        group: String,
        conversion: FixedPoint.Conversion = .identity,
        traffic: Traffic = .all,
        validFrom: CivilDate? = nil,
        validTo: CivilDate? = nil,
        successor: String? = nil,
        lagDays: Int = 2
    ) {
        self.native = native
        self.metric = metric
        self.kind = kind
        self.group = group
        self.conversion = conversion
        self.traffic = traffic
        self.validFrom = validFrom
        self.validTo = validTo
        self.successor = successor
        self.lagDays = lagDays
    }

    /// Whether the platform serves it on a day.
    public func isServed(on date: CivilDate) -> Bool {
        (validFrom.map { $0 <= date } ?? true) && (validTo.map { date < $0 } ?? true)
    }
}
