internal import FleetCore
internal import JSON
internal import Platforms

/// An error as Google's interfaces word it. The reason tells; several share a status.
struct YouTubeFault: Error, Equatable {
    var status: Int
    var reason: String
    var message: String
    var domain = "global"
    /// The newer word for the kind of error, which only some errors carry.
    var kind: String?

    /// Expired, revoked and unknown tokens get the same words.
    static let unauthorized = YouTubeFault(
        status: 401,
        reason: "authError",
        message: "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
            + "valid authentication credential.",
        kind: "UNAUTHENTICATED"
    )
    static let missingScope = YouTubeFault(
        status: 403,
        reason: "insufficientPermissions",
        message: "Request had insufficient authentication scopes.",
        kind: "PERMISSION_DENIED"
    )
    static let forbidden = YouTubeFault(status: 403, reason: "forbidden", message: "Forbidden")
    static let quota = YouTubeFault(
        status: 403,
        reason: "quotaExceeded",
        message: #"The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started"#
            + ##"#quota">quota</a>."##,
        domain: "youtube.quota"
    )
    static let tooFast = YouTubeFault(
        status: 403,
        reason: "userRateLimitExceeded",
        message: "User Rate Limit Exceeded. Rate of requests for user exceed configured project quota",
        domain: "usageLimits"
    )
    static let unavailable = YouTubeFault(
        status: 503,
        reason: "backendError",
        message: "The service is currently unavailable.",
        kind: "UNAVAILABLE"
    )
    static let unsupported = YouTubeFault(
        status: 400,
        reason: "badRequest",
        message: "The query is not supported. Check the documentation at "
            + "https://developers.google.com/youtube/analytics/v2/available_reports for supported queries."
    )

    static func missing(_ parameter: String) -> YouTubeFault {
        YouTubeFault(
            status: 400,
            reason: "missingRequiredParameter",
            message: "Missing required parameter: \(parameter)"
        )
    }

    static func invalid(_ parameter: String) -> YouTubeFault {
        YouTubeFault(status: 400, reason: "invalidParameter", message: "Invalid value for parameter \(parameter).")
    }

    /// What Analytics says of a metric or dimension that it does not serve, or serves no more.
    static func unknown(_ name: some StringProtocol, in field: String) -> YouTubeFault {
        YouTubeFault(
            status: 400,
            reason: "badRequest",
            message: "Unknown identifier (\(name)) given in field parameters.\(field)."
        )
    }

    static func notFound(_ what: String) -> YouTubeFault {
        YouTubeFault(
            status: 404,
            reason: what + "NotFound",
            message: "The \(what) identified with the request cannot be found.",
            domain: "youtube.\(what)"
        )
    }

    var reply: SimulatedReply {
        let headers =
            status == 401
            ? [Field("www-authenticate", #"Bearer realm="https://accounts.google.com/", error="invalid_token""#)] : []
        return .json(status: status, headers: headers + YouTubeFault.headers) { writer in
            writer.beginObject()
            writer.object("error") { writer in
                writer.field("code", status)
                writer.field("message", message)
                writer.array("errors") { writer in
                    writer.beginObject()
                    writer.field("message", message)
                    writer.field("domain", domain)
                    writer.field("reason", reason)
                    writer.endObject()
                }
                writer.field("status", ifPresent: kind)
            }
            writer.endObject()
        }
    }

    /// What every answer carries: nothing about limits.
    static let headers = [Field("vary", "Origin, X-Origin, Referer"), Field("etag", #""sim""#)]
}
