internal import FleetCore
internal import JSON
internal import Platforms

/// An error as X words it: a problem document, alone or as one of the `errors` beside good data.
struct XProblem: Error, Equatable {
    var status = 400
    var title: String
    var detail: String
    var type = "about:blank"
    var reason: String?
    /// The object it is about, where it is about one.
    var resource: String?
    var resourceType = "tweet"
    var parameter = "ids"
    var field: String?

    /// The host of problem types changed its name; both are still sent.
    private static func type(_ name: String, _ seed: UInt64) -> String {
        "https://\(seed & 1 == 0 ? "api.x.com" : "api.twitter.com")/2/problems/\(name)"
    }

    /// The whole answer. A request that is wrong names its fault in `errors` too.
    func reply() -> SimulatedReply {
        var writer = JSONWriter()
        writer.beginObject()
        if status == 400 {
            writer.array("errors") { writer in
                writer.beginObject()
                writer.object("parameters") { $0.field("ids", [String]()) }
                writer.field("message", detail)
                writer.endObject()
            }
        }
        writeMembers(&writer)
        if status != 402 && status != 429 || type == "about:blank" { writer.field("status", status) }
        writer.endObject()
        return SimulatedReply(
            status: status,
            headers: [Field("Content-Type", "application/problem+json")],
            body: writer.finish()
        )
    }

    /// One of the errors beside data.
    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        if let resource {
            if field == nil { writer.field("value", resource) }
            writer.field("resource_id", resource)
        }
        writer.field("resource_type", resourceType)
        writer.field("parameter", parameter)
        writer.field("field", ifPresent: field)
        writeMembers(&writer)
        writer.endObject()
    }

    private func writeMembers(_ writer: inout JSONWriter) {
        writer.field("title", title)
        writer.field("detail", detail)
        writer.field("type", type)
        writer.field("reason", ifPresent: reason)
    }

    static let unauthorized = XProblem(status: 401, title: "Unauthorized", detail: "Unauthorized")
    static let tooMany = XProblem(status: 429, title: "Too Many Requests", detail: "Too Many Requests")
    static let unavailable = XProblem(status: 503, title: "Service Unavailable", detail: "Service Unavailable")
    static let noPath = XProblem(status: 404, title: "Not Found", detail: "Not Found")

    static func missingScope(_ scope: String) -> XProblem {
        XProblem(status: 403, title: "Forbidden", detail: "The token lacks the scope \(scope).")
    }
    static func invalid(_ detail: String, _ seed: UInt64) -> XProblem {
        XProblem(title: "Invalid Request", detail: detail, type: type("invalid-request", seed))
    }
    static func usageCapped(_ seed: UInt64) -> XProblem {
        XProblem(
            status: 429,
            title: "UsageCapExceeded",
            detail: "Usage cap exceeded: Monthly product cap",
            type: type("usage-capped", seed)
        )
    }
    static func creditsDepleted(_ seed: UInt64) -> XProblem {
        XProblem(
            status: 402,
            title: "CreditsDepleted",
            detail: "Your enrolled account [1904417720853512194] does not have any credits to fulfill this request.",
            type: type("credits", seed)
        )
    }
    static func notFound(_ id: String, _ resourceType: String, _ parameter: String, _ seed: UInt64) -> XProblem {
        XProblem(
            title: "Not Found Error",
            detail: "Could not find \(resourceType) with \(parameter): [\(id)].",
            type: type("resource-not-found", seed),
            resource: id,
            resourceType: resourceType,
            parameter: parameter
        )
    }
    static func notAuthorized(_ field: String, of id: String, _ seed: UInt64) -> XProblem {
        XProblem(
            title: "Field Authorization Error",
            detail: "Sorry, you are not authorized to access '\(field)' on the Tweet with id : [\(id)].",
            type: type("not-authorized-for-field", seed),
            resource: id,
            parameter: "tweet.fields",
            field: field
        )
    }
    static func notAuthorized(_ id: String, _ seed: UInt64) -> XProblem {
        XProblem(
            title: "Authorization Error",
            detail: "Sorry, you are not authorized to see the Tweet with ids: [\(id)].",
            type: type("not-authorized-for-resource", seed),
            resource: id
        )
    }
}
