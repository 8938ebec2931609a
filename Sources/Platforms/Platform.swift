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

/// One version of a platform's interface.
public struct APIVersion: Hashable, Sendable {
    /// As it stands in the path or the header.
    public let name: String
    /// The first day on which it is no longer served, where that is known.
    public let sunset: CivilDate?

    /// A version.
    public init(_ name: String, sunset: String? = nil) {
        self.name = name
        self.sunset = sunset.map { text in
            guard let date = CivilDate(text) else { preconditionFailure("a sunset is a date, not \(text)") }
            return date
        }
    }
}

/// A permission that a connection may hold, and what it is good for.
public struct Scope: Hashable, Sendable {
    /// The platform's name for it.
    public let name: String
    /// The metrics that need it; empty when everything does.
    public let metrics: [MetricID]

    /// A scope.
    public init(_ name: String, for metrics: [MetricID] = []) {
        self.name = name
        self.metrics = metrics
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
    /// The most days that one job about an account may cover at no more calls than one day costs; 1 where every day costs.
    public let daysPerJob: Int
    /// The most posts that one job about posts may name: what fits into one call.
    public let postsPerJob: Int
    /// How many past days the platform still answers for.
    public let historyDays: Int
    /// The versions known, oldest first.
    public let versions: [APIVersion]
    /// The version called unless the settings name one.
    public let defaultVersion: String
    /// What a connection must have been granted, and for what.
    public let scopes: [Scope]
    /// Every name of a metric, alive or retired.
    public let metrics: [PlatformMetric]
    /// The limits that the platform sets.
    public let limits: [BudgetRule]
    /// How access tokens are granted and renewed; nil where there are none.
    public let tokens: TokenRules?
    /// The requests that an assignment needs, as few as the platform allows. Throws when the account's id has not the
    /// platform's form or a metric is not served: trying again cures neither.
    public let requests: @Sendable (Assignment, PlatformSettings) throws(Death) -> [PlatformRequest]
    /// Reads the answer to a request that arrived at an instant.
    public let read: @Sendable (PlatformRequest, PlatformResponse, Instant) -> PlatformAnswer
    /// Fills in purpose, window, post, items, metrics, endpoint and cost of a request that was written down, so that
    /// recorded answers can be read; nil when the platform's code never sends such a request. The string is the account's id.
    public let recognise: @Sendable (PlatformRequest, String?) -> PlatformRequest?
    /// What an answer's headers say about the platform's limits.
    public let signals: @Sendable (PlatformRequest, PlatformResponse, Instant) -> [LimitSignal]

    /// A platform. What most platforms share has a default.
    public init(
        name: PlatformName,
        title: String,
        collections: [CollectionKind],
        settleDays: Int,
        daysPerJob: Int = 1,
        postsPerJob: Int = 1,
        historyDays: Int,
        versions: [APIVersion] = [],
        defaultVersion: String,
        scopes: [Scope],
        metrics: [PlatformMetric],
        limits: [BudgetRule] = [],
        tokens: TokenRules? = nil,
        requests: @escaping @Sendable (Assignment, PlatformSettings) throws(Death) -> [PlatformRequest],
        read: @escaping @Sendable (PlatformRequest, PlatformResponse, Instant) -> PlatformAnswer,
        recognise: @escaping @Sendable (PlatformRequest, String?) -> PlatformRequest?,
        signals: @escaping @Sendable (PlatformRequest, PlatformResponse, Instant) -> [LimitSignal] = { _, _, _ in [] }
    ) {
        self.name = name
        self.title = title
        self.collections = collections
        self.settleDays = settleDays
        self.daysPerJob = daysPerJob
        self.postsPerJob = postsPerJob
        self.historyDays = historyDays
        self.versions = versions
        self.defaultVersion = defaultVersion
        self.scopes = scopes
        self.metrics = metrics
        self.limits = limits
        self.tokens = tokens
        self.requests = requests
        self.signals = signals
        guard let tokens else {
            self.read = read
            self.recognise = recognise
            return
        }
        // Token endpoints answer alike everywhere: no platform's code has to know them.
        self.read = { request, response, now in
            guard request.purpose == TokenRules.purpose else { return read(request, response, now) }
            return switch TokenReader.read(response, request: request) {
            case .grant: .page(SamplePage())
            case .error(let error): .error(error)
            }
        }
        self.recognise = { request, account in
            guard tokens.isTokenEndpoint(request) else { return recognise(request, account) }
            var known = request
            known.purpose = TokenRules.purpose
            known.endpoint = "token"
            return known
        }
    }

    /// The names of what a connection must have been granted.
    public var permissions: [String] { scopes.map(\.name) }
}
