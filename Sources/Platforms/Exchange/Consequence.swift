public import FleetCore

/// What the fleet does about a platform's error.
public enum Consequence: String, Sendable, CaseIterable {
    /// Come back when the limit allows; no attempt is burnt.
    case snooze
    /// Come back in an hour, since the whole application must wait for an operator: said aloud once, no attempt is burnt.
    case suspend
    /// Try again with backoff.
    case retry
    /// Try again after a quarter of an hour, and say aloud that nobody knows the error.
    case retrySlowly = "retry_slowly"
    /// Try once more; dead when the same comes again.
    case retryOnce = "retry_once"
    /// Renew the token and try once more; dead when the same comes again.
    case refresh
    /// Dead, and the account waits for a new consent.
    case reconnect
    /// Believe it when it comes a second time: limits and lost permissions look like it too.
    case confirm
    /// Go on without these figures: the result is partial.
    case partial
    /// Find the metric at fault, keep the whole fleet from asking for it, and go on without it.
    case quarantine
    /// Dead, and an operator must act: said aloud once.
    case alarm
    /// Dead: trying again cures nothing.
    case dead
}

extension PlatformError {
    /// The one place that says what is done about an error.
    public var consequence: Consequence {
        switch kind {
        case .rateLimited: .snooze
        case .creditsExhausted: .suspend
        case .transient: .retry
        case .unclassified: .retrySlowly
        case .malformed where reason == PlatformError.unparseableBody: .retryOnce
        case .malformed, .permission: .dead
        case .authExpired: .refresh
        case .authInvalid: .reconnect
        case .notFound: .confirm
        case .privacyFloor: .partial
        case .deprecatedMetric: .quarantine
        case .apiVersionSunset: .alarm
        }
    }

    /// What a job died of, should this error be its end.
    public var deadCause: DeadCause {
        switch kind {
        case .rateLimited: .rateLimitedTooOften
        case .creditsExhausted: .creditsExhausted
        case .transient, .unclassified: .transientTooOften
        case .malformed where reason == PlatformError.unparseableBody: .malformedAnswer
        case .malformed: .invalidRequest
        case .permission: .permission
        case .authExpired: .authExpired
        case .authInvalid: .authInvalid
        case .notFound, .privacyFloor: .notFound
        case .deprecatedMetric: .deprecatedMetric
        case .apiVersionSunset: .apiVersionSunset
        }
    }

    /// How an attempt ends that met this error; nil where the rest of the job goes on without what was asked for.
    ///
    /// `detail` is the sentence for the ledger.
    public func outcome(detail: String) -> JobOutcome? {
        let wait = retryAfter.map { Duration.seconds(max($0, 0)) }
        return switch consequence {
        case .snooze: .snooze(deadCause, detail: detail, wait: wait)
        case .suspend: .snooze(deadCause, detail: detail, wait: wait ?? .seconds(3600))
        case .retry: .retry(deadCause, detail: detail, wait: wait)
        case .retrySlowly: .retry(deadCause, detail: detail, wait: wait ?? .seconds(900))
        case .retryOnce, .refresh: .doubt(Death(deadCause, detail), wait: wait)
        case .confirm: .doubt(Death(deadCause, detail), wait: wait ?? .seconds(300))
        case .reconnect, .alarm, .dead: .dead(Death(deadCause, detail))
        case .partial, .quarantine: nil
        }
    }

    /// The reason of a body that cannot be read.
    static let unparseableBody = "unparseable_body"

    /// Whether a refused metric is refused for this one object only, so that the fleet goes on asking others for it.
    public var concernsOneObject: Bool { kind == .deprecatedMetric && reason == "not_crossposted" }

    /// Whether the object is gone, and not only without figures.
    var saysThatObjectIsGone: Bool { kind == .notFound && reason != "insights_unavailable" }

    /// Whether somebody should be told at once, and not only the ledger.
    public var isAlarming: Bool {
        switch consequence {
        case .suspend, .retrySlowly, .alarm: true
        case .snooze, .retry, .retryOnce, .refresh, .reconnect, .confirm, .partial, .quarantine, .dead: false
        }
    }

    /// One sentence for the ledger: what a user can do, and the platform's own words for it. Never a body, never a token.
    public func detail(of platform: Platform) -> String {
        advice(platform: platform.title, permissions: platform.permissions)
            + " (\(kind.rawValue)" + (code.map { ", code \($0)" } ?? "") + (subcode.map { ", subcode \($0)" } ?? "")
            + (reason.map { ", \($0)" } ?? "") + (trace.map { ", call \($0)" } ?? "") + ")"
    }
}
