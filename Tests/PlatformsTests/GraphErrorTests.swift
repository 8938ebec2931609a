import FleetCore
import JSON
import Platforms
import TestSupport
import Testing

@Suite struct GraphErrorTests {
    /// The error that Instagram's code makes of an error object.
    static func classify(
        _ error: JSONValue,
        status: Int = 400,
        headers: [Field] = [],
        metrics: [String] = ["reach", "views"]
    ) -> PlatformError? {
        let request = Platform.instagram.recognise(
            PlatformRequest(
                origin: "",
                path: "/v25.0/1/insights",
                query: [Field("metric", metrics.joined(separator: ","))]
            ),
            "1"
        )
        let body = JSONValue.object([.init("error", error)]).rendered()
        let response = PlatformResponse(status: status, headers: headers, body: body)
        let answer = request.map { Platform.instagram.read($0, response, Instant(seconds: 0)) }
        guard case .error(let error)? = answer else { return nil }
        return error
    }

    static func error(_ code: Int64, _ subcode: Int64? = nil, _ message: String = "", transient: Bool = false)
        -> JSONValue
    {
        var members: [JSONValue.Member] = [
            .init("message", .string(message)), .init("type", "OAuthException"), .init("code", .number(.integer(code))),
            .init("is_transient", .bool(transient)),
        ]
        if let subcode { members.append(.init("error_subcode", .number(.integer(subcode)))) }
        return .object(members)
    }

    struct Row: Sendable {
        var code: Int64
        var subcode: Int64?
        var message = ""
        var transient = false
        var kind: PlatformError.Class
    }

    @Test(arguments: [
        Row(code: 4, transient: true, kind: .rateLimited), Row(code: 17, kind: .rateLimited),
        Row(code: 32, kind: .rateLimited), Row(code: 613, kind: .rateLimited), Row(code: 80000, kind: .rateLimited),
        Row(code: 80006, kind: .rateLimited), Row(code: 80002, transient: true, kind: .rateLimited),
        Row(code: 190, subcode: 463, kind: .authExpired), Row(code: 102, subcode: 463, kind: .authExpired),
        Row(code: 190, subcode: 458, kind: .authInvalid), Row(code: 190, subcode: 460, kind: .authInvalid),
        Row(code: 190, subcode: 467, message: "The session has expired", kind: .authInvalid),
        Row(code: 190, message: "Session has expired on Friday", kind: .authExpired),
        Row(code: 190, message: "Invalid OAuth access token", kind: .authInvalid),
        Row(code: 10, message: "(#10) Not enough viewers for the media to show insights", kind: .privacyFloor),
        Row(code: 10, message: "(#10) Application does not have permission", kind: .permission),
        Row(code: 3, kind: .permission), Row(code: 200, kind: .permission), Row(code: 299, kind: .permission),
        Row(code: 100, subcode: 33, message: "does not support this operation", kind: .notFound),
        Row(code: 100, subcode: 2_108_006, kind: .notFound), Row(code: 803, kind: .notFound),
        Row(code: 100, subcode: 1_504_016, kind: .malformed), Row(code: 100, kind: .malformed),
        Row(code: 100, message: "There cannot be more than 30 days (2592000 s) between", kind: .malformed),
        Row(code: 100, message: "(#100) The value must be a valid insights metric", kind: .deprecatedMetric),
        Row(code: 100, message: "(#100) Media does not support the views metric", kind: .deprecatedMetric),
        Row(code: 100, subcode: 2_207_086, kind: .deprecatedMetric),
        Row(code: 1, message: "Please reduce the amount of data you're asking for", kind: .transient),
        Row(code: 1, subcode: 99, kind: .transient), Row(code: 2, kind: .transient),
        Row(code: 100, transient: true, kind: .transient), Row(code: 3001, kind: .malformed),
        Row(code: 987_654, kind: .unclassified),
    ])
    func `code, subcode and message decide together`(row: Row) {
        let error = Self.error(row.code, row.subcode, row.message, transient: row.transient)
        #expect(Self.classify(error)?.kind == row.kind)
    }

    @Test func `a metric is named by position, by name or by being known as retired`() {
        let position = Self.error(100, nil, "(#100) metric[1] must be one of the following values: reach, likes")
        #expect(Self.classify(position, metrics: ["reach", "exits", "likes"])?.metrics == ["exits"])
        let name = Self.error(100, nil, "(#100) the impressions metric is no longer supported for the queried media")
        #expect(Self.classify(name, metrics: ["reach", "impressions"])?.metrics == ["impressions"])
        let silent = Self.error(100, nil, "(#100) The value must be a valid insights metric")
        #expect(Self.classify(silent, metrics: ["reach", "plays", "taps_back"])?.metrics == ["plays", "taps_back"])
        #expect(Self.classify(silent, metrics: ["reach", "views"])?.metrics == [])
        let beyond = Self.error(100, nil, "(#100) metric[7] must be one of the following values: reach")
        #expect(Self.classify(beyond, metrics: ["reach"])?.metrics == [])
    }

    @Test func `the longest wait stated in minutes wins over Retry-After`() {
        let usage =
            #"{"1":[{"call_count":100,"estimated_time_to_regain_access":17}],"2":[{"estimated_time_to_regain_access":28}]}"#
        let both = [Field("X-Business-Use-Case-Usage", usage), Field("Retry-After", "9")]
        #expect(Self.classify(Self.error(80002), headers: both)?.retryAfter == 28 * 60)
        #expect(Self.classify(Self.error(80002), headers: [both[1]])?.retryAfter == 9)
        let zero = [
            Field("x-business-use-case-usage", usage.replacing("17", with: "0").replacing("28", with: "0")), both[1],
        ]
        #expect(Self.classify(Self.error(80002), headers: zero)?.retryAfter == 9)
        for broken in ["", "{", "[]", #"{"1":7}"#, #"{"1":[{"estimated_time_to_regain_access":99999999999}]}"#] {
            #expect(
                Self.classify(Self.error(80002), headers: [Field("x-business-use-case-usage", broken)])?.retryAfter
                    == nil
            )
        }
        #expect(Self.classify(Self.error(190), headers: both)?.retryAfter == nil)
    }

    @Test func `an error in an answer of status 200 is an error, and 5xx passes`() {
        #expect(Self.classify(Self.error(190), status: 200)?.kind == .authInvalid)
        #expect(Self.classify(Self.error(100), status: 503)?.kind == .transient)
        #expect(Self.classify(Self.error(4), status: 503)?.kind == .rateLimited)
    }

    @Test(arguments: [
        (429, PlatformError.Class.rateLimited), (401, .authInvalid), (403, .permission), (404, .notFound),
        (500, .transient), (418, .malformed), (302, .unclassified),
    ])
    func `a body without an error object is judged by its status`(status: Int, kind: PlatformError.Class) {
        let request = Platform.instagram.recognise(PlatformRequest(origin: "", path: "/v25.0/1"), "1")!
        let response = PlatformResponse(status: status, headers: [], body: Array(#"{"data":[]}"#.utf8))
        guard case .error(let error) = Platform.instagram.read(request, response, Instant(seconds: 0)) else {
            Issue.record("no error")
            return
        }
        #expect(error.kind == kind)
    }

    @Test func `each class has one sentence of advice and a class in the contract`() {
        let contract: Set<PlatformError.Class> = [
            .rateLimited, .authExpired, .authInvalid, .permission, .notFound, .deprecatedMetric, .transient, .malformed,
        ]
        for kind in PlatformError.Class.allCases {
            let error = PlatformError(kind)
            let advice = error.advice(platform: "Instagram", permissions: ["a", "b"])
            #expect(advice.hasSuffix(".") && advice.count > 20)
            #expect(contract.contains(error.contractClass))
        }
    }

    @Test func `usage is a signal for each limit that a header speaks of`() {
        let response = PlatformResponse(
            status: 200,
            headers: [
                Field("X-App-Usage", #"{"call_count":3,"total_cputime":41,"total_time":2}"#),
                Field("X-Business-Use-Case-Usage", #"{"1":[{"type":"instagram","call_count":76,"total_time":2}]}"#),
            ],
            body: []
        )
        let request = PlatformRequest(origin: "", path: "/v25.0/1")
        let signals = Platform.instagram.signals(request, response, Instant(seconds: 0))
        #expect(signals == [LimitSignal(rule: "app", percent: 41), LimitSignal(rule: "account", percent: 76)])
        let silent = PlatformResponse(status: 200, headers: [], body: [])
        #expect(Platform.instagram.signals(request, silent, Instant(seconds: 0)).isEmpty)
    }
}
