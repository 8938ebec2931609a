internal import FleetCore
internal import JSON

/// An error as LinkedIn words it.
struct LinkedInFault: Error, Equatable {
    var status: Int
    var message: String
    var number: Int64?
    var code: String?

    static let noToken = LinkedInFault(
        status: 401,
        message: "Empty oauth2 access token",
        number: 65_604,
        code: "EMPTY_ACCESS_TOKEN"
    )
    static let unknownToken = LinkedInFault(
        status: 401,
        message: "Invalid access token",
        number: 65_600,
        code: "INVALID_ACCESS_TOKEN"
    )
    static let expiredToken = LinkedInFault(
        status: 401,
        message: "The token used in the request has expired",
        number: 65_602,
        code: "EXPIRED_ACCESS_TOKEN"
    )
    static let revokedToken = LinkedInFault(
        status: 401,
        message: "The token used in the request has been revoked by the user",
        number: 65_601,
        code: "REVOKED_ACCESS_TOKEN"
    )
    static let noVersion = LinkedInFault(
        status: 400,
        message: "A version must be present. Please specify a version by adding the LinkedIn-Version header.",
        code: "VERSION_MISSING"
    )
    static let tooMany = LinkedInFault(status: 429, message: "Too many requests")
    static let failed = LinkedInFault(status: 500, message: "Internal Server Error")

    /// A month that never was, is over or has not begun: all three sound alike.
    static func inactive(_ version: String) -> LinkedInFault {
        LinkedInFault(
            status: 426,
            message: "Requested version \(version)01 is not active",
            code: "NONEXISTENT_VERSION"
        )
    }

    static func dayLimit(ofMember: Bool) -> LinkedInFault {
        LinkedInFault(
            status: 429,
            message: "Resource level throttle \(ofMember ? "MEMBER" : "APPLICATION") DAY limit for calls to this "
                + "resource is reached.",
            number: 101,
            code: "TOO_MANY_REQUESTS"
        )
    }

    static func denied(_ resource: String, _ finder: String) -> LinkedInFault {
        LinkedInFault(
            status: 403,
            message: "Not enough permissions to access: \(resource).FINDER-\(finder).20260901",
            number: 100,
            code: "ACCESS_DENIED"
        )
    }

    static func invalid(_ what: String) -> LinkedInFault {
        LinkedInFault(
            status: 400,
            message: "Invalid query parameters passed to request: \(what)",
            code: "QUERY_PARAM_NOT_ALLOWED"
        )
    }

    static func unknown(_ resource: some StringProtocol) -> LinkedInFault {
        LinkedInFault(
            status: 404,
            message: "No virtual resource found for: \(resource)",
            number: 0,
            code: "RESOURCE_NOT_FOUND"
        )
    }

    var reply: SimulatedReply {
        .json(status: status) { writer in
            writer.beginObject()
            writer.field("status", status)
            writer.field("message", message)
            writer.field("serviceErrorCode", ifPresent: number)
            writer.field("code", ifPresent: code)
            writer.endObject()
        }
    }
}
