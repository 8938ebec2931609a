import FleetCore
import Platforms
import Testing

@Suite struct XErrorTests {
    static func refused(
        _ status: Int,
        _ body: String,
        headers: KeyValuePairs<String, String> = ["x-rate-limit-reset": "1795155000"]
    ) -> PlatformError? {
        Exchanged(.x, "/2/tweets", query: ["ids": "1"], status: status, headers: headers, body).error
    }

    @Test(arguments: [
        (401, "{}", PlatformError.Class.authExpired),
        (402, #"{"title":"CreditsDepleted","type":"https://api.twitter.com/2/problems/credits"}"#, .creditsExhausted),
        (402, "{}", .creditsExhausted),
        (
            403, #"{"type":"https://api.x.com/2/problems/client-forbidden","reason":"official-client-forbidden"}"#,
            .permission
        ),
        (403, #"{"errors":[{"code":453,"message":"m"}]}"#, .permission),
        (404, #"{"title":"Not Found Error","type":"about:blank"}"#, .notFound),
        (
            400,
            #"{"errors":[{"message":"bad"}],"title":"Invalid Request","type":"https://api.x.com/2/problems/invalid-request"}"#,
            .malformed
        ),
        (400, #"{"errors":[{"code":215,"message":"Bad Authentication data."}]}"#, .authExpired),
        (409, "{}", .malformed),
        (500, "{}", .transient),
        (503, #"{"errors":[{"code":130,"message":"Over capacity"}]}"#, .transient),
        (502, "<html>", .transient),
        (404, "<html>", .malformed),
        (200, #"{"data":[{"id":"1""#, .malformed),
        (302, "{}", .unclassified),
    ])
    func `an answer is classified by status, type and code`(status: Int, body: String, kind: PlatformError.Class) {
        #expect(Self.refused(status, body)?.kind == kind)
    }

    @Test func `the window's end says when to come back, and never before a second`() {
        let body = #"{"title":"Too Many Requests","type":"about:blank","status":429}"#
        let now = Exchanged.now.seconds
        func wait(_ headers: KeyValuePairs<String, String>) -> Int? {
            Self.refused(429, body, headers: headers)?.retryAfter
        }
        #expect(wait(["X-Rate-Limit-Reset": "\(now + 537)"]) == 537)
        #expect(wait(["x-rate-limit-reset": "\(now - 40)"]) == 1)
        #expect(wait(["x-rate-limit-reset": "soon", "retry-after": "9"]) == 9)
        #expect(wait([:]) == nil)
        let legacy = Self.refused(
            429,
            #"{"errors":[{"code":88,"message":"m"}]}"#,
            headers: ["x-rate-limit-reset": "\(now + 7)"]
        )
        #expect(legacy?.retryAfter == 7)
    }

    @Test(arguments: ["https://api.x.com/2/problems/usage-capped", "https://api.twitter.com/2/problems/usage-capped"])
    func `a month that ran out does not end with the window`(type: String) {
        let error = Self.refused(429, #"{"title":"UsageCapExceeded","type":"\#(type)","period":"Monthly"}"#)
        #expect(error == PlatformError(.rateLimited, reason: "usage_capped", scope: .app))
        let nested = Self.refused(429, #"{"errors":[{"type":"\#(type)"}],"title":"m"}"#)
        #expect(nested?.retryAfter == nil && nested?.reason == "usage_capped")
    }

    @Test func `what concerns the application says so`() {
        let enrolled = #"{"type":"https://api.x.com/2/problems/client-forbidden","reason":"client-not-enrolled"}"#
        #expect(Self.refused(403, enrolled)?.scope == .app)
        #expect(Self.refused(402, "{}")?.scope == .app)
        #expect(Self.refused(403, "{}")?.scope == .account)
    }

    @Test func `a refused grant is dead, a troubled token endpoint is not`() {
        func answer(_ status: Int, _ body: String) -> PlatformError? {
            Exchanged(.x, "/2/oauth2/token", method: .post, status: status, body).error
        }
        #expect(
            answer(400, #"{"error":"invalid_request","error_description":"Value passed for the token was invalid."}"#)?
                .kind == .authInvalid
        )
        #expect(answer(401, #"{"error":"invalid_client"}"#)?.kind == .authInvalid)
        #expect(answer(503, "{}")?.kind == .transient)
    }

    @Test func `headers are signals of the user's limit for the call's family`() {
        let exchanged = Exchanged(
            .x,
            "/2/users/7/tweets",
            headers: [
                "x-rate-limit-limit": "900", "x-rate-limit-remaining": "847", "x-rate-limit-reset": "1795155000",
            ],
            "{}"
        )
        #expect(
            exchanged.signals == [
                LimitSignal(
                    rule: "user_tweets_user",
                    endpoint: "user_tweets",
                    limit: 900,
                    remaining: 847,
                    resetsAt: Instant(seconds: 1_795_155_000)
                )
            ]
        )
        #expect(Platform.x.limits.contains { $0.name == "user_tweets_user" && $0.limit == 900 })
        #expect(Exchanged(.x, "/2/tweets/1", "{}").signals == [])
    }
}
