internal import FleetCore
internal import JSON

/// The members of LinkedIn's error body.
struct LinkedInError {
    var status: Int?
    var message = ""
    /// LinkedIn's own number.
    var number: Int?
    /// LinkedIn's own word, such as `EXPIRED_ACCESS_TOKEN`.
    var code = ""

    /// Takes a member of the outermost object when it is one of an error's, and says so.
    mutating func read(_ key: JSONText, _ reader: inout JSONReader) throws(JSONError) -> Bool {
        switch key {
        case "status": status = try reader.smallInteger()
        case "message": message = try reader.textIfString()?.string ?? ""
        case "serviceErrorCode": number = try reader.smallInteger()
        case "code": code = try reader.textIfString()?.string ?? ""
        default: return false
        }
        return true
    }

    /// Whether a body that came with a good status is an error all the same.
    var isError: Bool { saysThatVersionEnded || (400...599).contains(status ?? 0) }

    /// The end of a version comes as a status of its own, as a code, or in words only.
    private var saysThatVersionEnded: Bool {
        code == "NONEXISTENT_VERSION"
            || (message.hasPrefix("Requested version ") && message.hasSuffix(" is not active"))
    }

    /// Whether the limit of a whole UTC day is reached.
    var isDayLimit: Bool { message.contains(" DAY ") }

    /// Whom a limit counts: the application unless the member is named.
    var limitScope: PlatformError.Scope { message.contains("MEMBER") ? .account : .app }

    /// Classifies the error of an answer, by the first rule that fits.
    func classified(_ response: PlatformResponse, _ now: Instant) -> PlatformError {
        let status = response.isSuccess ? status ?? response.status : response.status
        var error: PlatformError
        if status < 500, saysThatVersionEnded {
            error = PlatformError(.apiVersionSunset, reason: "api_version_sunset", scope: .app)
        } else if let rule = Rule.all.first(where: { $0.fits(status, self) }) {
            error = PlatformError(rule.kind, reason: rule.reason)
        } else {
            error = PlatformError(.unclassified, reason: "http_\(status)")
        }
        error.code = number ?? status
        switch error.kind {
        case .rateLimited where isDayLimit:
            error.reason = "day_limit"
            error.scope = limitScope
            error.retryAfter = LinkedInError.secondsToMidnight(now)
        case .rateLimited: error.retryAfter = response.retryAfter
        case .transient: error.trace = LinkedInError.trace(response)
        default: break
        }
        return error
    }

    /// When the limits of a day start anew: 00:00 UTC.
    static func nextMidnight(_ now: Instant) -> Instant { TimeZoneRules.utc.endOfDay(now.utcDate) }

    private static func secondsToMidnight(_ now: Instant) -> Int {
        Int((nextMidnight(now).microseconds - now.microseconds + 999_999) / 1_000_000)
    }

    /// What LinkedIn's support wants to know of a failed call; nothing that could be a token.
    private static func trace(_ response: PlatformResponse) -> String? {
        (response.header("x-li-uuid") ?? response.header("x-li-request-id")).flatMap { id in
            let isPlain = id.utf8.allSatisfy { byte in
                byte &- 48 < 10 || (byte | 0x20) &- 97 < 26 || "+/=-_".utf8.contains(byte)
            }
            return isPlain && (1...64).contains(id.utf8.count) ? id : nil
        }
    }
}

extension LinkedInError {
    /// One row of the table of errors. A word decides before a number, since the numbers are the less certain of the two.
    private struct Rule {
        var statuses: ClosedRange<Int>
        var code: String?
        var number: Int?
        var kind: PlatformError.Class
        var reason: String?

        init(
            _ statuses: ClosedRange<Int>,
            code: String? = nil,
            number: Int? = nil,
            is kind: PlatformError.Class,
            _ reason: String? = nil
        ) {
            self.statuses = statuses
            self.code = code
            self.number = number
            self.kind = kind
            self.reason = reason
        }

        func fits(_ status: Int, _ error: LinkedInError) -> Bool {
            statuses.contains(status) && (code.map { $0 == error.code } ?? true)
                && (number.map { $0 == error.number } ?? true)
        }

        /// The rules in their order: the first that fits decides.
        static let all: [Rule] = [
            Rule(500...599, is: .transient),
            Rule(426...426, is: .apiVersionSunset, "api_version_sunset"),
            Rule(429...429, is: .rateLimited),
            Rule(401...401, code: "EXPIRED_ACCESS_TOKEN", is: .authExpired),
            Rule(401...401, code: "REVOKED_ACCESS_TOKEN", is: .authInvalid, "revoked"),
            Rule(401...401, code: "INVALID_ACCESS_TOKEN", is: .authInvalid, "invalid_token"),
            Rule(401...401, code: "EMPTY_ACCESS_TOKEN", is: .authInvalid, "empty_token"),
            Rule(401...401, number: 65_602, is: .authExpired),
            Rule(401...401, number: 65_601, is: .authInvalid, "revoked"),
            Rule(401...401, number: 65_600, is: .authInvalid, "invalid_token"),
            Rule(401...401, number: 65_604, is: .authInvalid, "empty_token"),
            Rule(401...401, is: .authInvalid),
            Rule(403...403, is: .permission),
            Rule(404...404, is: .notFound),
            Rule(400...400, is: .malformed, "invalid_request"),
        ]
    }
}
