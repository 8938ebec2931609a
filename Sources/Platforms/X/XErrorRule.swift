internal import FleetCore

/// One line of X's error tables. What a line leaves open fits everything; the first line that fits decides.
struct XErrorRule: Sendable {
    var statuses: ClosedRange<Int>?
    /// Last part of the problem's type, because its host is `api.twitter.com` or `api.x.com`.
    var type: String?
    var statedReason: String?
    /// Codes of the older interface, which some answers still carry instead of a type.
    var codes: Set<Int> = []
    let kind: PlatformError.Class
    var reason: String?
    var scope = PlatformError.Scope.account
    /// Whether the rate headers of the answer say when to come back.
    var waits = false

    func fits(_ problem: ProblemDocument, status: Int) -> Bool {
        (statuses?.contains(status) ?? true) && (type.map { problem.typeName == $0 } ?? true)
            && (statedReason.map { problem.reason == $0 } ?? true)
            && (codes.isEmpty || problem.number.map(codes.contains) ?? false)
    }

    /// Errors of a whole answer. The status decides where it says enough; the older codes tell where it does not.
    static let answers: [XErrorRule] =
        [
            // The window's headers describe another counter than the month's that ran out.
            XErrorRule(
                statuses: 429...429,
                type: "usage-capped",
                kind: .rateLimited,
                reason: "usage_capped",
                scope: .app
            ),
            XErrorRule(statuses: 429...429, kind: .rateLimited, waits: true),
            XErrorRule(statuses: 402...402, kind: .creditsExhausted, reason: "credits_depleted", scope: .app),
            XErrorRule(
                statuses: 400...499,
                type: "credits",
                kind: .creditsExhausted,
                reason: "credits_depleted",
                scope: .app
            ),
            XErrorRule(statuses: 401...401, kind: .authExpired),
            XErrorRule(
                statuses: 403...403,
                statedReason: "client-not-enrolled",
                kind: .permission,
                reason: "client-not-enrolled",
                scope: .app
            ),
            XErrorRule(statuses: 403...403, kind: .permission),
            XErrorRule(statuses: 404...404, kind: .notFound),
            XErrorRule(statuses: 500...599, kind: .transient),
        ] + items + [
            XErrorRule(statuses: 408...408, kind: .transient),
            XErrorRule(statuses: 400...499, kind: .malformed, reason: "invalid_request"),
        ]

    /// Errors of one object of an answer that is good otherwise.
    static let items: [XErrorRule] = [
        XErrorRule(type: "resource-not-found", kind: .notFound),
        XErrorRule(type: "not-authorized-for-field", kind: .permission, reason: "field_unavailable"),
        XErrorRule(type: "field-unauthorized", kind: .permission, reason: "field_unavailable"),
        XErrorRule(type: "not-authorized-for-resource", kind: .permission),
        XErrorRule(type: "usage-capped", kind: .rateLimited, reason: "usage_capped", scope: .app),
        XErrorRule(type: "credits", kind: .creditsExhausted, reason: "credits_depleted", scope: .app),
        XErrorRule(type: "invalid-request", kind: .malformed, reason: "invalid_request"),
        XErrorRule(codes: [88], kind: .rateLimited, waits: true),
        XErrorRule(codes: [32, 89, 215], kind: .authExpired),
        XErrorRule(codes: [64, 326], kind: .authInvalid),
        XErrorRule(codes: [63, 87, 179, 220, 453], kind: .permission),
        XErrorRule(codes: [17, 34, 50, 144], kind: .notFound),
        XErrorRule(codes: [130, 131], kind: .transient),
    ]
}

extension ProblemDocument {
    /// The class that X's tables give this problem.
    func classified(
        by rules: [XErrorRule],
        _ response: PlatformResponse,
        at now: Instant
    ) -> PlatformError {
        guard let rule = rules.first(where: { $0.fits(self, status: response.status) }) else {
            let reason = typeWord.isEmpty ? "http_\(response.status)" : typeWord
            return PlatformError(.unclassified, reason: reason, code: number)
        }
        var error = PlatformError(rule.kind, reason: rule.reason, scope: rule.scope, code: number)
        if rule.waits {
            let headers = RateHeaders(response, prefix: XAnswer.ratePrefix, at: now)
            error.retryAfter = headers.wait(from: now).map { max(1, $0) } ?? response.retryAfter
        }
        return error
    }
}
