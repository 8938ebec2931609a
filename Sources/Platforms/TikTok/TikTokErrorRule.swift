internal import FleetCore

/// One line of TikTok's error tables; the first that fits decides.
struct TikTokErrorRule: Sendable {
    /// Words of the Display interface.
    var words: Set<String> = []
    /// Numbers of the Business interface.
    var codes: [ClosedRange<Int>] = []
    var statuses: ClosedRange<Int>?
    let kind: PlatformError.Class
    var reason: String?

    /// The sliding minute of the limit says when the next call may be made; no header does.
    static let wait = 60

    private func fits(_ code: String, status: Int) -> Bool {
        if let statuses { return statuses.contains(status) }
        return words.contains(code) || Int(code).map { number in codes.contains { $0.contains(number) } } ?? false
    }

    /// The class of an error by its code and, where the code is not known, by the status.
    static func classify(_ code: String, _ response: PlatformResponse, isBusiness: Bool) -> PlatformError {
        let rules = (isBusiness ? business : display) + statuses + (isBusiness ? otherBusiness : [])
        guard let rule = rules.first(where: { $0.fits(code, status: response.status) }) else {
            return PlatformError(.unclassified, reason: "http_\(response.status)", code: Int(code))
        }
        var error = PlatformError(rule.kind, reason: rule.reason, code: Int(code))
        if rule.kind == .rateLimited {
            error.retryAfter = max(response.retryAfter ?? 0, wait)
            error.scope = .app
        }
        return error
    }

    private static let display = [
        TikTokErrorRule(words: ["access_token_invalid"], kind: .authExpired),
        TikTokErrorRule(words: ["scope_not_authorized", "scope_permission_missed"], kind: .permission),
        TikTokErrorRule(words: ["rate_limit_exceeded"], kind: .rateLimited),
        TikTokErrorRule(words: ["invalid_params"], kind: .malformed, reason: "invalid_request"),
        TikTokErrorRule(words: ["internal_error"], kind: .transient),
    ]

    private static let business = [
        TikTokErrorRule(codes: [40102...40102], kind: .authExpired),
        TikTokErrorRule(codes: [40104...40105], kind: .authInvalid),
        TikTokErrorRule(codes: [40001...40001], kind: .permission),
        TikTokErrorRule(codes: [40016...40016, 40100...40100, 40133...40133], kind: .rateLimited),
        TikTokErrorRule(codes: [50_000...Int.max], kind: .transient),
    ]

    /// What the status alone says, when the code is new.
    private static let statuses = [
        TikTokErrorRule(statuses: 401...401, kind: .authExpired),
        TikTokErrorRule(statuses: 403...403, kind: .permission),
        TikTokErrorRule(statuses: 404...404, kind: .notFound),
        TikTokErrorRule(statuses: 408...408, kind: .transient),
        TikTokErrorRule(statuses: 429...429, kind: .rateLimited),
        TikTokErrorRule(statuses: 400...499, kind: .malformed, reason: "invalid_request"),
        TikTokErrorRule(statuses: 500...599, kind: .transient),
    ]

    /// Any other number but zero, in an answer with status 200.
    private static let otherBusiness = [
        TikTokErrorRule(codes: [Int.min ... -1, 1...Int.max], kind: .malformed, reason: "invalid_request")
    ]
}
