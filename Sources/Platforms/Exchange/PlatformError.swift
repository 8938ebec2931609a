/// Why a platform did not answer what was asked, classified so that the fleet knows what to do.
public struct PlatformError: Error, Hashable, Sendable {
    /// The classes, finer than the contract's eight: see ``contractClass``.
    public enum Class: String, Sendable, CaseIterable {
        /// Too many calls: wait.
        case rateLimited = "rate_limited"
        /// The token ran out: one refresh is worthwhile.
        case authExpired = "auth_expired"
        /// The token is dead: only a new consent helps.
        case authInvalid = "auth_invalid"
        /// A scope, role or plan is missing.
        case permission
        /// The credits of a paid interface are used up.
        case creditsExhausted = "credits_exhausted"
        /// The object is gone or has no insights. Rate limits sometimes look like this: believe it only when confirmed.
        case notFound = "not_found"
        /// Too few people for the platform to say.
        case privacyFloor = "privacy_floor"
        /// The platform no longer serves a metric.
        case deprecatedMetric = "deprecated_metric"
        /// The platform no longer serves this version of its interface.
        case apiVersionSunset = "api_version_sunset"
        /// Passing trouble: try again with backoff.
        case transient
        /// Our request is wrong, or the body cannot be read.
        case malformed
        /// An error that no rule knows: retried slowly, and said aloud.
        case unclassified
    }

    /// How far a limit reaches.
    public enum Scope: String, Sendable {
        /// This account only.
        case account
        /// Every account of the platform application.
        case app
    }

    /// The class.
    public var kind: Class
    /// The reason within the class, for example `invalid_request` or `unparseable_body`.
    public var reason: String?
    /// Seconds the platform asks to wait; nil leaves it to our backoff.
    public var retryAfter: Int?
    /// The platform's names of the metrics at fault, where they are known.
    public var metrics: [String]
    /// How far a limit reaches.
    public var scope: Scope
    /// The platform's own code, for the record.
    public var code: Int?
    /// The platform's own subcode, for the record.
    public var subcode: Int?
    /// The platform's own id of the call, which its support asks for.
    public var trace: String?

    /// An error; the defaults describe one of the account without further facts.
    public init(
        _ kind: Class,
        reason: String? = nil,
        retryAfter: Int? = nil,
        metrics: [String] = [],
        scope: Scope = .account,
        code: Int? = nil,
        subcode: Int? = nil,
        trace: String? = nil
    ) {
        self.kind = kind
        self.reason = reason
        self.retryAfter = retryAfter
        self.metrics = metrics
        self.scope = scope
        self.code = code
        self.subcode = subcode
        self.trace = trace
    }

    /// The class in the contract of eight that all platforms are compared by.
    public var contractClass: Class {
        switch kind {
        case .creditsExhausted: .permission
        case .privacyFloor: .notFound
        case .apiVersionSunset: .deprecatedMetric
        case .unclassified: .transient
        case .rateLimited, .authExpired, .authInvalid, .permission, .notFound, .deprecatedMetric, .transient,
            .malformed:
            kind
        }
    }

    /// A body that cannot be read, which a server in trouble (5xx) also sends.
    public static func unreadable(status: Int) -> PlatformError {
        status >= 500
            ? PlatformError(.transient, reason: "http_\(status)")
            : PlatformError(.malformed, reason: unparseableBody)
    }
}

extension PlatformError {
    /// One sentence that a user can act on. `platform` is the platform's title and `permissions` what its connection needs.
    public func advice(platform: String, permissions: [String]) -> String {
        let list = permissions.joined(separator: ", ")
        return switch kind {
        case .rateLimited:
            scope == .app
                ? "\(platform) limits this application as a whole; collection goes on by itself when the limit allows."
                : "\(platform) limits calls for this account; collection goes on by itself when the limit allows."
        case .authExpired:
            "The connection to \(platform) ran out and is being renewed; reconnect the account if this stays."
        case .authInvalid: "\(platform) no longer accepts this connection; reconnect the account."
        case .permission: "The connection to \(platform) lacks a permission; reconnect the account and grant \(list)."
        case .creditsExhausted: "The paid credits at \(platform) are used up; add credits or wait for the next period."
        case .notFound: "\(platform) does not know this object any more; check that it still exists and is public."
        case .privacyFloor: "Too few people saw or did this for \(platform) to report it; nothing needs to be done."
        case .deprecatedMetric:
            metrics.isEmpty
                ? "\(platform) no longer serves one of the metrics asked for; the others are still collected."
                : "\(platform) no longer serves \(metrics.joined(separator: ", ")); the others are still collected."
        case .apiVersionSunset: "\(platform) switched this version of its interface off; set a newer one."
        case .transient: "\(platform) had trouble answering; the job is tried again by itself."
        case .malformed where reason == PlatformError.unparseableBody:
            "\(platform) sent an answer that cannot be read; the job is tried once more by itself."
        case .malformed: "\(platform) refused the request as wrong; report this with the job's id."
        case .unclassified: "\(platform) sent an error that is not known yet; report this with the job's id."
        }
    }
}
