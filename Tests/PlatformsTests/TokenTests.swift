import FleetCore
import JSON
import Platforms
import TestSupport
import Testing

/// A platform that has only tokens, so that these tests do not wait for the rest of any.
private func platform(_ name: PlatformName, _ rules: TokenRules, scopes: [Scope] = []) -> Platform {
    Platform(
        name: name,
        title: name.rawValue,
        collections: [],
        settleDays: 0,
        historyDays: 0,
        defaultVersion: "v25.0",
        scopes: scopes,
        metrics: [],
        tokens: rules,
        requests: { _, _ in [] },
        read: { _, _, _ in .error(PlatformError(.unclassified)) },
        recognise: { _, _ in nil }
    )
}

@Suite struct TokenTests {
    private static let app = AppCredential(id: "app-1", secret: SecretText("s3cret/+"))

    private func request(
        _ name: PlatformName,
        _ step: Platform.TokenStep,
        login: String = "",
        app: AppCredential = TokenTests.app
    ) throws -> TokenRequest {
        let rules = try #require(PlatformRegistry[name]?.tokens)
        let login = try #require(rules.login(named: login))
        return try #require(platform(name, rules).tokenRequest(step, login, Self.inputs(app), PlatformSettings()))
    }

    private static func inputs(_ app: AppCredential) -> TokenInputs {
        TokenInputs(
            app: app,
            token: SecretText("old&token"),
            code: SecretText("c0de"),
            verifier: SecretText("ver"),
            redirect: "https://us.example/back?x=1",
            account: "42"
        )
    }

    private func answer(_ status: Int, _ body: String, headers: [Field] = []) -> TokenAnswer {
        let rules = PlatformRegistry[.x]!.tokens!
        let x = platform(.x, rules)
        let inputs = TokenInputs(app: Self.app, token: SecretText("t"))
        let request = x.tokenRequest(.renew, rules.logins[0], inputs, PlatformSettings())!
        return x.readToken(
            rules.logins[0],
            request,
            PlatformResponse(status: status, headers: headers, body: Array(body.utf8))
        )
    }

    // MARK: Requests

    @Test(arguments: [
        (
            PlatformName.youtube, "", "https://oauth2.googleapis.com/token",
            "grant_type=refresh_token&refresh_token=old%26token&client_id=app-1&client_secret=s3cret%2F%2B"
        ),
        (
            .linkedin, "", "https://www.linkedin.com/oauth/v2/accessToken",
            "grant_type=refresh_token&refresh_token=old%26token&client_id=app-1&client_secret=s3cret%2F%2B"
        ),
        (.x, "", "https://api.x.com/2/oauth2/token", "grant_type=refresh_token&refresh_token=old%26token"),
        (
            .tiktok, "", "https://open.tiktokapis.com/v2/oauth/token/",
            "grant_type=refresh_token&refresh_token=old%26token&client_key=app-1&client_secret=s3cret%2F%2B"
        ),
        (
            .pinterest, "", "https://api.pinterest.com/v5/oauth/token",
            "grant_type=refresh_token&refresh_token=old%26token"
        ),
    ])
    func `a refresh token is exchanged by form`(name: PlatformName, login: String, url: String, body: String) throws {
        let request = try request(name, .renew, login: login)
        #expect(request.method == .post)
        #expect(request.revealURL() == url)
        #expect(String(decoding: request.revealBody(), as: UTF8.self) == body)
        #expect((request.basic != nil) == (name == .x || name == .pinterest))
    }

    @Test(arguments: [
        (
            PlatformName.instagram, "facebook_login",
            "https://graph.facebook.com/v25.0/oauth/access_token?grant_type=fb_exchange_token&client_id=app-1"
                + "&client_secret=s3cret%2F%2B&fb_exchange_token=old%26token"
        ),
        (
            .instagram, "instagram_login",
            "https://graph.instagram.com/refresh_access_token?grant_type=ig_refresh_token&access_token=old%26token"
        ),
        (
            .threads, "",
            "https://graph.threads.net/refresh_access_token?grant_type=th_refresh_token&access_token=old%26token"
        ),
    ])
    func `Meta's tokens are renewed by query`(name: PlatformName, login: String, url: String) throws {
        let request = try request(name, .renew, login: login)
        #expect(request.method == .get)
        #expect(request.revealURL() == url)
        #expect(request.revealBody().isEmpty)
    }

    @Test func `a public client of X names itself in the form`() throws {
        let request = try request(.x, .renew, app: AppCredential(id: "pub", secret: nil))
        #expect(request.basic == nil)
        #expect(String(decoding: request.revealBody(), as: UTF8.self).hasSuffix("&client_id=pub"))
    }

    @Test func `a code is exchanged with its verifier and redirect`() throws {
        let request = try request(.x, .exchange)
        #expect(
            String(decoding: request.revealBody(), as: UTF8.self)
                == "grant_type=authorization_code&code=c0de&redirect_uri=https%3A%2F%2Fus.example%2Fback%3Fx%3D1"
                + "&code_verifier=ver"
        )
    }

    @Test(arguments: PlatformRegistry.all.map(\.name))
    func `no description of a request shows a secret`(name: PlatformName) throws {
        let rules = try #require(PlatformRegistry[name]?.tokens)
        let platform = platform(name, rules)
        for login in rules.logins {
            for step in [Platform.TokenStep.exchange, .lengthen, .renew, .derive] {
                let made = platform.tokenRequest(step, login, Self.inputs(Self.app), PlatformSettings())
                guard let request = made else { continue }
                var dumped = ""
                dump(request, to: &dumped)
                for text in ["\(request)", String(reflecting: request), dumped, "\(request.asPlatformRequest)"] {
                    for secret in ["s3cret", "old&token", "old%26", "c0de"] { #expect(!text.contains(secret)) }
                }
            }
        }
    }

    @Test func `a user is sent to consent with state, scopes and challenge`() throws {
        let login = try #require(PlatformRegistry[.x]?.tokens?.logins[0])
        let url = login.connectURL(
            client: "app-1",
            redirect: "https://us.example/back",
            state: "st",
            challenge: "ch",
            version: "2"
        )
        #expect(
            url == "https://x.com/i/oauth2/authorize?response_type=code&client_id=app-1"
                + "&redirect_uri=https%3A%2F%2Fus.example%2Fback&scope=tweet.read%20users.read%20offline.access&state=st"
                + "&code_challenge=ch&code_challenge_method=S256"
        )
        let facebook = try #require(PlatformRegistry[.facebook]?.tokens?.logins[0])
        let other = facebook.connectURL(client: "a", redirect: "r", state: "s", version: "v25.0")
        #expect(other.hasPrefix("https://www.facebook.com/v25.0/dialog/oauth?"))
        #expect(!other.contains("code_challenge"))
    }

    // MARK: Answers

    @Test func `a grant is read whole`() {
        let body =
            #"{"token_type":"Bearer","expires_in":7200,"access_token":"AT","scope":"a b","refresh_token":"RT","x":1}"#
        let wanted = TokenGrant(
            accessToken: SecretText("AT"),
            expiresIn: 7200,
            refreshToken: SecretText("RT"),
            scopes: ["a", "b"]
        )
        #expect(answer(200, body) == .grant(wanted))
    }

    @Test func `numbers may be strings, scopes may be lists, and everything may be wrapped`() {
        let body =
            #"{"data":[{"access_token":"AT","expires_in":"60","permissions":["a,b","c"],"user_id":17,"refresh_expires_in":9}]}"#
        guard case .grant(let grant) = answer(200, body) else { Issue.record("no grant"); return }
        #expect(grant.expiresIn == 60 && grant.refreshExpiresIn == 9)
        #expect(grant.scopes == ["a", "b", "c"] && grant.subject == "17")
    }

    @Test func `absurd lifetimes are held within reason`() {
        guard case .grant(let long) = answer(200, #"{"access_token":"A","expires_in":99999999999}"#),
            case .grant(let short) = answer(200, #"{"access_token":"A","expires_in":-5}"#)
        else { Issue.record("no grant"); return }
        #expect(long.expiresIn == 315_360_000)
        #expect(short.expiresIn == nil)
    }

    @Test(arguments: [
        (400, #"{"error":"invalid_grant","error_description":"Token SECRET was revoked"}"#),
        (400, #"{"error":"invalid_request"}"#),
        (401, #"{"error":"invalid_client"}"#),
        (403, #"{"code":3,"message":"no"}"#),
        (404, #"{"error":"not_here"}"#),
        (200, #"{"error":"invalid_grant","log_id":"1"}"#),
        (400, #"{"error":{"message":"Session has expired","type":"OAuthException","code":190,"error_subcode":463}}"#),
        (400, #"{"error":{"message":"Invalid","type":"OAuthException","code":100}}"#),
    ])
    func `any OAuth error below 500 is a dead grant, and its text is not kept`(status: Int, body: String) {
        guard case .error(let error) = answer(status, body) else { Issue.record("no error"); return }
        #expect(error.contractClass == .authInvalid)
        #expect(!"\(error)".contains("SECRET"))
    }

    @Test(arguments: [
        (500, #"{"error":"invalid_grant"}"#, PlatformError.Class.transient),
        (503, "<html>", .transient),
        (400, "<html>", .malformed),
        (200, "", .malformed),
        (200, #"{"token_type":"bearer"}"#, .malformed),
        (200, #"{"access_token":""}"#, .malformed),
        (200, #"{"access_token":7}"#, .malformed),
        (429, #"{"error":"too_many"}"#, .rateLimited),
        (400, #"{"error":"temporarily_unavailable"}"#, .transient),
        (400, #"{"error":{"code":4,"message":"limit"}}"#, .rateLimited),
        (400, #"{"error":{"code":2,"is_transient":true}}"#, .transient),
        (404, "{}", .malformed),
    ])
    func `trouble that is not the grant's fault is told apart`(status: Int, body: String, kind: PlatformError.Class) {
        guard case .error(let error) = answer(status, body) else { Issue.record("no error"); return }
        #expect(error.kind == kind)
    }

    @Test func `a wrong application is told apart from a dead account`() {
        guard case .error(let error) = answer(401, #"{"error":"invalid_client"}"#) else { Issue.record("?"); return }
        #expect(error.scope == .app)
    }

    @Test func `no prefix and no changed byte of an answer gives another token`() {
        let body = Array(#"{"access_token":"AT","expires_in":7200,"refresh_token":"RT"}"#.utf8)
        for count in 0..<body.count {
            if case .grant = answer(200, String(decoding: body[..<count], as: UTF8.self)) {
                Issue.record("an answer cut at \(count) gave a token")
            }
        }
    }

    // MARK: Recorded requests

    @Test(arguments: [
        ("x", "POST", "api.x.com", "/2/oauth2/token"), ("youtube", "POST", "oauth2.googleapis.com", "/token"),
        ("linkedin", "POST", "www.linkedin.com", "/oauth/v2/accessToken"),
        ("tiktok", "POST", "open.tiktokapis.com", "/v2/oauth/token/"),
        ("tiktok", "POST", "open.tiktokapis.com", "/v2/oauth/token"),
        ("pinterest", "POST", "api.pinterest.com", "/v5/oauth/token"),
        ("threads", "GET", "graph.threads.net", "/refresh_access_token"),
        ("threads", "GET", "graph.threads.net", "/access_token"),
        ("instagram", "GET", "graph.instagram.com", "/refresh_access_token"),
        ("instagram", "GET", "graph.facebook.com", "/oauth/access_token"),
        ("instagram", "GET", "graph.facebook.com", "/v25.0/oauth/access_token"),
        ("facebook", "GET", "graph.facebook.com", "/v26.0/oauth/access_token"),
    ])
    func `a written-down token request is recognised and its answer classified`(
        name: String,
        method: String,
        host: String,
        path: String
    ) throws {
        let name = try #require(PlatformName(rawValue: name))
        let rules = try #require(PlatformRegistry[name]?.tokens)
        let platform = platform(name, rules)
        let method = try #require(PlatformRequest.Method(rawValue: method))
        let written = PlatformRequest(method, origin: "https://\(host)", path: path)
        let request = try #require(platform.recognise(written, nil))
        let refused = PlatformResponse(status: 400, headers: [], body: Array(#"{"error":"invalid_grant"}"#.utf8))
        guard case .error(let error) = platform.read(request, refused, Instant(seconds: 0)) else {
            Issue.record("no error")
            return
        }
        #expect(error.contractClass == .authInvalid)
        let granted = PlatformResponse(status: 200, headers: [], body: Array(#"{"access_token":"TOKEN"}"#.utf8))
        guard case .page(let page) = platform.read(request, granted, Instant(seconds: 0)) else {
            Issue.record("no page")
            return
        }
        #expect(page.samples.isEmpty && page.next == nil)
    }

    @Test func `pages come with their tokens, and those without one are left out`() throws {
        let rules = try #require(PlatformRegistry[.facebook]?.tokens)
        let facebook = platform(.facebook, rules)
        let request = try #require(
            facebook.pagesRequest(
                rules.logins[0],
                TokenInputs(app: Self.app, token: SecretText("U")),
                PlatformSettings()
            )
        )
        #expect(request.bearer == SecretText("U"))
        let body = #"{"data":[{"id":"1","name":"One","access_token":"P1"},{"id":"2","name":"Two"}],"paging":{}}"#
        let pages = try facebook.readPages(
            rules.logins[0],
            request,
            PlatformResponse(status: 200, headers: [], body: Array(body.utf8))
        )
        .get()
        #expect(pages.map(\.id) == ["1"])
        #expect(pages.first?.token == SecretText("P1"))
        let refused = PlatformResponse(status: 400, headers: [], body: Array(#"{"error":{"code":190}}"#.utf8))
        #expect(throws: PlatformError.self) { try facebook.readPages(rules.logins[0], request, refused).get() }
    }

    // MARK: Schedules and scopes

    @Test(arguments: [0, 1, 17, 4_000_000] as [Int64])
    func `a token is renewed at about half of its life`(account: Int64) throws {
        let login = try #require(PlatformRegistry[.x]?.tokens?.logins[0])
        let now = Instant(seconds: 1_000_000)
        let schedule = TokenSchedule(
            TokenGrant(accessToken: SecretText("A"), expiresIn: 7200, refreshToken: SecretText("R")),
            login,
            at: now,
            account: account
        )
        let after = try #require(schedule.refreshAt).seconds - now.seconds
        #expect((3240...3960).contains(after))
        #expect(schedule.expiresAt == now + .seconds(7200))
    }

    @Test func `a refresh token that is not prolonged keeps its end`() throws {
        let login = try #require(PlatformRegistry[.linkedin]?.tokens?.logins[0])
        let now = Instant(seconds: 1_000_000)
        let end = Instant(seconds: 9_000_000)
        let grant = TokenGrant(accessToken: SecretText("A"), expiresIn: 5_184_000)
        let schedule = TokenSchedule(grant, login, at: now, previousRefreshEnd: end, account: 1)
        #expect(schedule.refreshExpiresAt == end)
    }

    @Test func `a page token does not end, so its user token sets the time`() throws {
        let login = try #require(PlatformRegistry[.facebook]?.tokens?.logins[0])
        let now = Instant(seconds: 0)
        let grant = TokenGrant(
            accessToken: SecretText("P"),
            refreshToken: SecretText("U"),
            refreshExpiresIn: 5_184_000
        )
        let schedule = TokenSchedule(grant, login, at: now, account: 1)
        #expect(schedule.expiresAt == nil)
        #expect(try #require(schedule.refreshAt).seconds > 2_000_000)
    }

    @Test func `a token about to end is renewed before it is used`() {
        let now = Instant(seconds: 1000)
        #expect(TokenSchedule.mustRenewFirst(end: now + .seconds(20), at: now))
        #expect(TokenSchedule.mustRenewFirst(end: now - .seconds(1), at: now))
        #expect(!TokenSchedule.mustRenewFirst(end: now + .seconds(300), at: now))
        #expect(!TokenSchedule.mustRenewFirst(end: nil, at: now))
    }

    @Test func `missing scopes are named with the metrics they would add`() throws {
        let rules = try #require(PlatformRegistry[.threads]?.tokens)
        let threads = platform(
            .threads,
            rules,
            scopes: [Scope("threads_basic"), Scope("threads_manage_insights", for: [.views])]
        )
        let missing = threads.missingScopes(granted: ["threads_basic"], login: rules.logins[0])
        #expect(missing == [Scope("threads_manage_insights", for: [.views])])
        #expect(threads.missingScopes(granted: nil, login: rules.logins[0]).isEmpty)
    }

    @Test func `an identity is read from any platform's form`() throws {
        let login = try #require(PlatformRegistry[.youtube]?.tokens?.logins[0])
        var identity = TokenIdentity()
        let channel = #"{"items":[{"id":"UC1","snippet":{"title":"Channel"}}]}"#
        let info = #"{"scope":"https://www.googleapis.com/auth/youtube.readonly","expires_in":"100"}"#
        for body in [channel, info] {
            let response = PlatformResponse(status: 200, headers: [], body: Array(body.utf8))
            let isRead = identity.add(response, login, at: Instant(seconds: 10))
            #expect(isRead)
        }
        #expect(identity.subject == "UC1" && identity.name == "Channel")
        #expect(identity.scopes == ["youtube.readonly"] && identity.expiresAt == Instant(seconds: 110))
    }

    @Test func `a secret text prints as nothing`() {
        let secret = SecretText("hush")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped] { #expect(!text.contains("hush")) }
        #expect("\(secret)" == "[redacted]")
    }
}
