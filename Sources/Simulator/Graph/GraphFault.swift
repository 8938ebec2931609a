internal import JSON
internal import Platforms

/// An error as the Graph interface words it.
struct GraphFault: Error, Equatable {
    var status = 400
    var message: String
    var type = "OAuthException"
    var code: Int64
    var subcode: Int64?
    var isTransient: Bool?

    /// The answer's body. `trace` tells errors apart.
    func body(trace: UInt64) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.key("error")
        writer.beginObject()
        writer.field("message", message)
        writer.field("type", type)
        writer.field("code", code)
        writer.field("error_subcode", ifPresent: subcode)
        if let isTransient { writer.field("is_transient", isTransient) }
        writer.field("fbtrace_id", "A" + String(trace, radix: 36))
        writer.endObject()
        writer.endObject()
        return writer.finish()
    }

    /// The whole answer.
    func reply(trace: UInt64) -> SimulatedReply { .json(body(trace: trace), status: status) }

    static let expiredToken = GraphFault(
        message: "Error validating access token: Session has expired. The current time is later than its end.",
        code: 190,
        subcode: 463
    )
    static let revokedToken = GraphFault(
        message: "Error validating access token: The user has not authorized application.",
        code: 190,
        subcode: 458
    )
    static func invalidParameter(_ message: String) -> GraphFault {
        GraphFault(message: "(#100) \(message)", code: 100)
    }
    static func missingPermission(_ scope: String) -> GraphFault {
        GraphFault(
            message: "(#10) Application does not have permission for this action: requires \(scope)",
            code: 10
        )
    }
    static let unparseableToken = GraphFault(
        message: "Invalid OAuth access token - Cannot parse access token",
        code: 190
    )
    static func unknownObject(_ id: some StringProtocol) -> GraphFault {
        GraphFault(
            message: "Unsupported get request. Object with ID '\(id)' does not exist, cannot be loaded due to missing "
                + "permissions, or does not support this operation",
            type: "GraphMethodException",
            code: 100,
            subcode: 33
        )
    }
    static let tooManyCalls = GraphFault(
        message: "(#80002) There have been too many calls to this Instagram account. Wait a bit and try again.",
        code: 80002,
        subcode: 2_446_079
    )
    static let tooManyCallsOfApp = GraphFault(message: "(#4) Application request limit reached", code: 4)
    static func unknownEdge(_ edge: some StringProtocol) -> GraphFault {
        GraphFault(message: "(#100) Tried accessing nonexisting field (\(edge))", code: 100)
    }
    static let rangeTooLong = GraphFault(
        message: "(#100) There cannot be more than 30 days (2592000 s) between since and until",
        code: 100
    )
    static let badRange = GraphFault(
        message: "(#100) since param is not valid. Metrics data is available for the last 2 years",
        code: 100
    )
    static let noMetric = GraphFault(
        message: "(#3001) No metric was specified to be fetched. Please set one or more metrics",
        code: 3001,
        subcode: 1_504_028
    )
    static let unknownError = GraphFault(status: 500, message: "An unknown error has occurred.", code: 1)
    static let unavailable = GraphFault(
        status: 500,
        message: "Service temporarily unavailable",
        code: 2,
        isTransient: true
    )
    static func retired(_ metric: String) -> GraphFault {
        GraphFault(
            message: "(#100) Starting from version v22.0 and above, the \(metric) metric is no longer supported "
                + "for the queried account",
            code: 100
        )
    }
    static func unknownMetric(position: Int, known: [String]) -> GraphFault {
        GraphFault(
            message: "(#100) metric[\(position)] must be one of the following values: \(known.joined(separator: ", "))",
            code: 100
        )
    }
    static func needsTotal(_ metric: String) -> GraphFault {
        GraphFault(
            message: "(#100) The following metrics (\(metric)) should be specified with parameter "
                + "metric_type=total_value",
            code: 100
        )
    }
    static func needsSeries(_ metric: String) -> GraphFault {
        GraphFault(message: "(#100) Incompatible metric type (total_value) with (\(metric))", code: 100)
    }
    static func badPeriod(_ period: String) -> GraphFault {
        GraphFault(message: "(#100) The period \(period) is not supported for these metrics", code: 100)
    }
    static func unknownField(_ field: String, _ node: String = "IGUser") -> GraphFault {
        GraphFault(message: "(#100) Tried accessing nonexisting field (\(field)) on node type (\(node))", code: 100)
    }
    static func unsupportedMetric(_ metric: String) -> GraphFault {
        GraphFault(
            message: "(#100) The Media Insights API does not support the \(metric) metric for this media type.",
            code: 100
        )
    }
    /// What Facebook says of a metric that it does not serve: it names none.
    static let invalidMetric = GraphFault(message: "(#100) The value must be a valid insights metric", code: 100)
    static let notEnoughViewers = GraphFault(
        message: "(#10) Not enough viewers for the media to show insights",
        code: 10
    )
    static let beforeConversion = GraphFault(
        message: "(#100) Media posted before the account was converted to a business account has no insights",
        code: 100,
        subcode: 2_108_006
    )
    static let tooManyCallsOfPage = GraphFault(
        message: "(#80001) There have been too many calls to this Page account. Wait a bit and try again.",
        code: 80001,
        subcode: 2_446_079
    )
    static let tooManyCallsOfProfile = GraphFault(
        message: "(#613) Calls to this api have exceeded the rate limit.",
        type: "THApiException",
        code: 613
    )
    static let dateRangeTooLong = GraphFault(
        message: "Invalid parameter",
        code: 100,
        subcode: 1_504_016,
        isTransient: false
    )
    static let missingPageRole = GraphFault(
        status: 403,
        message: "(#200) Provide valid app ID and the pages_read_engagement permission",
        code: 200
    )
    static let applicationLacksPermission = GraphFault(
        status: 403,
        message: "Application does not have permission for this action",
        code: 10
    )
}
