internal import FleetCore
internal import JSON

/// The error object of an answer of Google's interfaces.
struct YouTubeError {
    var code: Int?
    /// Why, in Google's own word: the first of `errors`, or of `details` where there are no `errors`.
    var reason = ""

    /// An error that says nothing of itself.
    init() {}

    /// Reads the value of `error`: an object of the interfaces, or the text of a token endpoint.
    init(_ reader: inout JSONReader) throws(JSONError) {
        if try reader.peek() == .string {
            reason = try reader.string()
            return
        }
        guard try reader.enterObject() else { return }
        var detail: String?
        while let key = try reader.nextKey() {
            switch key {
            case "code": code = try reader.smallInteger()
            case "errors": reason = try YouTubeError.firstReason(&reader) ?? ""
            case "details": detail = try YouTubeError.firstReason(&reader)
            default: break
            }
        }
        if reason.isEmpty { reason = detail ?? "" }
    }

    private static func firstReason(_ reader: inout JSONReader) throws(JSONError) -> String? {
        var reason: String?
        guard try reader.enterArray() else { return nil }
        while try reader.nextElement() {
            guard reason == nil, try reader.enterObject() else { continue }
            while let key = try reader.nextKey() {
                if key == "reason" { reason = try reader.textIfString()?.string }
            }
        }
        return reason
    }

    /// Classifies the error of an answer, by the first rule that fits status and reason.
    func classified(_ response: PlatformResponse, _ now: Instant) -> PlatformError {
        let status = response.isSuccess ? code ?? response.status : response.status
        guard let rule = Rule.all.first(where: { $0.fits(status, reason) }) else {
            return PlatformError(.unclassified, reason: "http_\(status)", code: status)
        }
        var error = PlatformError(rule.kind, reason: rule.reason, scope: rule.scope, code: status)
        if rule.kind == .rateLimited {
            error.retryAfter = rule.untilMidnight ? YouTubeError.secondsToMidnight(now) : response.retryAfter
        }
        return error
    }

    /// When the quota starts anew: the next Pacific midnight.
    static func nextMidnight(_ now: Instant) -> Instant {
        TimeZoneRules.pacific.endOfDay(TimeZoneRules.pacific.date(at: now))
    }

    private static func secondsToMidnight(_ now: Instant) -> Int {
        Int((nextMidnight(now).microseconds - now.microseconds + 999_999) / 1_000_000)
    }

    /// Whether the day's quota is used up.
    var isQuota: Bool { Rule.quota.contains(reason) }
}

extension YouTubeError {
    /// One row of the table of errors.
    private struct Rule {
        /// Statuses it fits; nil fits every one.
        var statuses: ClosedRange<Int>?
        /// Reasons it fits; empty fits every one and none.
        var reasons: [String] = []
        var kind: PlatformError.Class
        var reason: String?
        var scope = PlatformError.Scope.account
        var untilMidnight = false

        func fits(_ status: Int, _ reason: String) -> Bool {
            (statuses?.contains(status) ?? true) && (reasons.isEmpty || reasons.contains(reason))
        }

        static let quota = ["quotaExceeded", "dailyLimitExceeded"]

        /// The rules in their order: the first that fits decides.
        static let all: [Rule] = [
            Rule(statuses: 500...599, kind: .transient),
            Rule(reasons: quota, kind: .rateLimited, reason: "quota_exhausted", scope: .app, untilMidnight: true),
            Rule(reasons: ["rateLimitExceeded"], kind: .rateLimited, reason: "too_fast", scope: .app),
            Rule(reasons: ["userRateLimitExceeded"], kind: .rateLimited, reason: "too_fast"),
            Rule(statuses: 429...429, kind: .rateLimited),
            Rule(statuses: 401...401, kind: .authExpired),
            Rule(
                statuses: 403...403,
                reasons: ["insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"],
                kind: .permission,
                reason: "scope_missing"
            ),
            Rule(
                statuses: 403...403,
                reasons: ["accessNotConfigured"],
                kind: .permission,
                reason: "interface_not_enabled",
                scope: .app
            ),
            Rule(statuses: 403...403, kind: .permission),
            Rule(statuses: 404...404, kind: .notFound),
            Rule(statuses: 400...400, kind: .malformed, reason: "invalid_request"),
        ]
    }
}
