public import FleetCore

/// Where and in which version a platform's interface is called.
public struct PlatformSettings: Hashable, Sendable {
    /// Scheme, host and port that replace every host of the platform, for the simulator; nil for the real ones.
    public var origin: String?
    /// The version in the path; nil for the platform's default.
    public var version: String?

    /// The real hosts and the default version unless told otherwise.
    public init(origin: String? = nil, version: String? = nil) {
        self.origin = origin
        self.version = version
    }
}

/// A platform: facts, and pure functions from assignments to requests and from answers to samples.
///
/// Nothing here does any input or output. A platform is one folder with one such value and one line in
/// ``PlatformRegistry``.
public struct Platform: Sendable {
    /// The name in messages and tables.
    public let name: PlatformName
    /// The name for people.
    public let title: String
    /// What can be collected.
    public let collections: [CollectionKind]
    /// How many past days are read again, because the platform still changes them.
    public let settleDays: Int
    /// The version called unless the settings name one.
    public let defaultVersion: String
    /// What a connection must have been granted.
    public let permissions: [String]
    /// Every name of an account metric, alive.
    public let accountMetrics: [PlatformMetric]
    /// The requests that an assignment needs, as few as the platform allows. Throws when the account's id has not the
    /// platform's form or a metric is not served: trying again cures neither.
    public let requests: @Sendable (Assignment, PlatformSettings) throws(Death) -> [PlatformRequest]
    /// Reads the answer to a request that arrived at an instant.
    public let read: @Sendable (PlatformRequest, PlatformResponse, Instant) -> PlatformAnswer
    /// Fills in purpose, window, post and metrics of a request that was written down, so that recorded answers can be read;
    /// nil when the platform's code never sends such a request. The string is the account's id.
    public let recognise: @Sendable (PlatformRequest, String?) -> PlatformRequest?
    /// How much of the limits an answer says is used, where the platform says so.
    public let usage: @Sendable (PlatformResponse) -> Usage?

    /// The share of the platform's limits that is used.
    public struct Usage: Hashable, Sendable {
        /// The highest percentage that any limit states; 100 is throttled.
        public let percent: Int
        /// Seconds until calls are answered again, when the platform says that they are not.
        public let regainSeconds: Int?
    }
}
