import FleetCore
import JSON
import Platforms
import Synchronization
import Testing

@testable import Simulator

/// The token endpoints against the platforms' own code that will call them.
@Suite struct TokenEndpointTests {
    static let now = SimulatedInstagramTests.now
    let service = SimulatedService(SimulatorOptions(accounts: 1000))

    func post(_ path: String, _ form: String, token: String = "", at now: Instant = now) throws -> (Int, JSONValue) {
        let call = SimulatedCall(isPost: true, path: path, body: Array(form.utf8), token: token, now: now)
        let reply = try #require(service.answer(call))
        return (reply.status, try JSONValue(parsing: reply.body))
    }

    func get(_ path: String, _ query: [Field], token: String = "", at now: Instant = now) throws -> (Int, JSONValue) {
        let reply = try #require(service.answer(SimulatedCall(path: path, query: query, token: token, now: now)))
        return (reply.status, try JSONValue(parsing: reply.body))
    }

    static let client = "client_id=1&client_secret=s&client_key=1&grant_type=refresh_token"

    static let refreshing: [(PlatformName, String)] = [
        (.youtube, "/token"), (.linkedin, "/oauth/v2/accessToken"), (.x, "/2/oauth2/token"),
        (.tiktok, "/v2/oauth/token/"), (.pinterest, "/v5/oauth/token"),
    ]

    @Test(arguments: refreshing)
    func `a refresh token gives the next access token`(platform: PlatformName, path: String) throws {
        let account = SimulatedAccount(platform, number: 5)
        let (status, answer) = try post(path, "\(Self.client)&refresh_token=\(account.refreshToken)")
        #expect(status == 200)
        let access = try #require(answer["access_token"]?.string)
        #expect(SimulatedToken(access) == SimulatedToken(.access, account, generation: 1))
        #expect(answer["expires_in"]?.int64 ?? 0 > 3000)
        let access2 = service.state.withLock { $0.credentials.access(access, at: Self.now) }
        #expect(access2.standing == .good)
        let tired = service.state.withLock { $0.credentials.access(access, at: Self.now + .hours(24 * 400)) }
        #expect(tired.standing == .expired)
    }

    @Test func `a refresh token of X works once, and its successor then`() throws {
        let account = SimulatedAccount(.x, number: 5)
        let form = "\(Self.client)&refresh_token="
        let (_, first) = try post("/2/oauth2/token", form + account.refreshToken)
        let (status, again) = try post("/2/oauth2/token", form + account.refreshToken)
        #expect(status == 400 && again["error"] == "invalid_request")
        let next = try #require(first["refresh_token"]?.string)
        #expect(next != account.refreshToken)
        #expect(try post("/2/oauth2/token", form + next).0 == 200)
        _ = try service.control(Array(#"{"tokens":[{"platform":"x","grace":30}]}"#.utf8), clockFile: nil, at: Self.now)
        let (graceful, repeated) = try post("/2/oauth2/token", form + next, at: Self.now + .seconds(29))
        #expect(
            graceful == 200
                && repeated["refresh_token"]?.string == SimulatedToken(.refresh, account, generation: 2).text
        )
        #expect(try post("/2/oauth2/token", form + next, at: Self.now + .seconds(30)).0 == 400)
    }

    @Test func `tokens of Instagram and Threads renew themselves after a day, while they live`() throws {
        for (platform, prefix) in [(PlatformName.instagram, "ig"), (.threads, "th")] {
            let account = SimulatedAccount(platform, number: 5)
            func renew(_ token: String, at now: Instant) throws -> (Int, JSONValue) {
                let query = [Field("grant_type", "\(prefix)_refresh_token"), Field("access_token", token)]
                return try get("/refresh_access_token", query, at: now)
            }
            let (status, first) = try renew(account.token, at: Self.now)
            #expect(status == 200 && first["expires_in"] == 5_184_000)
            let next = try #require(first["access_token"]?.string)
            #expect(try renew(next, at: Self.now + .hours(23)).0 == 400)
            #expect(try renew(next, at: Self.now + .hours(24)).0 == 200)
            let (late, error) = try renew(next, at: Self.now + .hours(61 * 24))
            #expect(late == 400 && error["error"]?["error_subcode"] == 463)
        }
    }

    @Test func `page tokens derive from a user token`() throws {
        let page = SimulatedAccount(.facebook, number: 5)
        let user = SimulatedToken(.user, page).text
        let query = [
            Field("grant_type", "fb_exchange_token"), Field("client_id", "1"), Field("client_secret", "s"),
            Field("fb_exchange_token", user),
        ]
        let (status, longer) = try get("/v25.0/oauth/access_token", query)
        let token = try #require(longer["access_token"]?.string)
        #expect(status == 200 && SimulatedToken(token)?.kind == .user && longer["expires_in"] == 5_184_000)
        let (_, pages) = try get("/v25.0/me/accounts", [], token: token)
        #expect(pages["data"]?[0]?["id"]?.string == page.externalID)
        let (_, own) = try get("/v25.0/\(page.externalID)", [Field("fields", "access_token")], token: token)
        #expect(own["access_token"]?.string == page.token)
        #expect(try get("/v25.0/me/accounts", [], token: page.token).0 == 400)
        service.state.withLock { $0.credentials.revoke(page) }
        #expect(try get("/v25.0/me/accounts", [], token: token).0 == 400)
    }

    @Test(arguments: PlatformName.allCases)
    func `a consent leads to a code, the code to tokens, once`(platform: PlatformName) throws {
        let path: [PlatformName: String] = [
            .instagram: "/v25.0/dialog/oauth", .facebook: "/v25.0/dialog/oauth", .threads: "/oauth/authorize",
            .youtube: "/o/oauth2/v2/auth", .linkedin: "/oauth/v2/authorization", .x: "/i/oauth2/authorize",
            .tiktok: "/v2/auth/authorize/", .pinterest: "/oauth/",
        ]
        let exchange: [PlatformName: String] = [
            .instagram: "/oauth/access_token", .facebook: "/oauth/access_token", .threads: "/oauth/access_token",
            .youtube: "/token", .linkedin: "/oauth/v2/accessToken", .x: "/2/oauth2/token",
            .tiktok: "/v2/oauth/token/", .pinterest: "/v5/oauth/token",
        ]
        let account = SimulatedAccount(platform, number: 9)
        service.state.withLock { $0.credentials.revoke(account) }
        let scope = [.instagram: "instagram_basic", .threads: "threads_basic"][platform] ?? "pages"
        let consent = SimulatedCall(
            path: path[platform]!,
            query: [
                Field("redirect_uri", "http://127.0.0.1/back"), Field("state", "a b"), Field("scope", scope),
                Field("sim_account", "9"), Field("code_challenge", ConsentBook.challenge("verifier")),
            ],
            now: Self.now
        )
        let reply = try #require(service.answer(consent))
        let location = try #require(reply.headers.first { $0.name == "Location" }?.value)
        let code = SimulatedToken(.code, account).text
        #expect(reply.status == 302 && location == "http://127.0.0.1/back?code=\(code)&state=a%20b")
        let form = "grant_type=authorization_code&client_id=1&client_key=1&client_secret=s&code=\(code)"
        #expect(try post(exchange[platform]!, form).0 >= 400)
        #expect(try post(exchange[platform]!, form + "&code_verifier=other").0 >= 400)
        let (status, answer) = try post(exchange[platform]!, form + "&code_verifier=verifier")
        #expect(status == 200 && answer["access_token"]?.string != nil)
        #expect(try post(exchange[platform]!, form + "&code_verifier=verifier").0 >= 400)
        let old = service.state.withLock { $0.credentials.access(account.token, at: Self.now) }
        #expect(old.standing == .revoked)
        let fresh = SimulatedToken(.access, account, generation: 1).text
        #expect(service.state.withLock { $0.credentials.access(fresh, at: Self.now) }.standing == .good)
    }

    @Test(arguments: refreshing)
    func `refusals of refresh tokens read as such in the platform's code`(platform: PlatformName, path: String) throws {
        let account = SimulatedAccount(platform, number: 5)
        service.state.withLock { $0.credentials.revoke(account) }
        for token in [account.refreshToken, "simr-x-1-0-0", account.token] {
            let (status, answer) = try post(path, "\(Self.client)&refresh_token=\(token)")
            #expect(status == 400 && answer["access_token"] == nil)
        }
        let (status, _) = try post(path, "client_secret=s&refresh_token=\(account.refreshToken)")
        #expect(status == 401)
    }

    @Test func `what a token may do is told without the token`() throws {
        let account = SimulatedAccount(number: 5)
        let query = [Field("input_token", account.token), Field("access_token", "1|s")]
        let (_, answer) = try get("/v25.0/debug_token", query)
        #expect(answer["data"]?["is_valid"] == true && answer["data"]?["scopes"]?.array?.count == 3)
        let (_, google) = try get("/tokeninfo", [Field("access_token", SimulatedAccount(.youtube, number: 5).token)])
        #expect(google["scope"]?.string?.contains("yt-analytics.readonly") == true)
    }

    @Test func `the first tokens run out when the world says so`() throws {
        _ = try service.control(
            Array(#"{"tokens":[{"platform":"x","first_expiry":3600,"life":60}]}"#.utf8),
            clockFile: nil,
            at: Self.now
        )
        let account = SimulatedAccount(.x, number: 5)
        func standing(_ token: String, _ hours: Int) -> Access.Standing {
            service.state.withLock { $0.credentials.access(token, at: Self.now + .hours(hours)) }.standing
        }
        #expect(standing(account.token, 0) == .good && standing(account.token, 1) == .expired)
        let (_, answer) = try post("/2/oauth2/token", "\(Self.client)&refresh_token=\(account.refreshToken)")
        #expect(answer["expires_in"] == 60)
    }
}
