import Adapters
import Crypto
import FleetCore
import HTTPClient
import Platforms
import Postgres
import Runtime
import Testing

/// Accounts of a platform that has only X's tokens, so that these tests are about nothing else.
struct TokenLab {
    let lab: OperatorLab
    let endpoint: TokenEndpoint
    let vault: CredentialVault
    let refresher: TokenRefresher
    let client: HTTPClient
    let exchanger: TokenExchanger
    let origin: String

    static let platform = Platform(
        name: .x,
        title: "X",
        collections: [],
        settleDays: 0,
        historyDays: 0,
        defaultVersion: "2",
        scopes: [],
        metrics: [],
        tokens: PlatformRegistry[.x]?.tokens,
        requests: { _, _ in [] },
        read: { _, _, _ in .error(PlatformError(.unclassified)) },
        recognise: { _, _ in nil }
    )

    static func run(spillFolder: String? = nil, _ body: (TokenLab) async throws -> Void) async throws {
        let endpoint = TokenEndpoint()
        try await OperatorLab.run { lab in
            try await endpoint.serve { origin in
                var options = HTTPClientOptions()
                options.allowedOrigins = [origin]
                let client = HTTPClient(options)
                let vault = CredentialVault(keyring: try Keyring(parsing: Array(OperatorLab.ring.utf8), file: "test"))
                let refresher = TokenRefresher(
                    pool: lab.pool,
                    vault: vault,
                    exchanger: TokenExchanger(client: client, deadline: .seconds(5)),
                    settings: { _ in PlatformSettings(origin: origin) },
                    spillFolder: spillFolder,
                    platform: { _ in platform },
                    logger: Logger(label: "token-tests")
                )
                let secret = try vault.seal(SecretText("app-secret-canary"), as: .appSecret(platform: "x", login: ""))
                try await lab.pool.query(
                    "insert into flotilla.app_credentials (platform, client_id, sealed_secret) values ('x', 'app', $1)",
                    [.bytes(secret)]
                )
                try await lab.pool.query("insert into flotilla.workspaces (name) values ('w')")
                try await body(
                    TokenLab(
                        lab: lab,
                        endpoint: endpoint,
                        vault: vault,
                        refresher: refresher,
                        client: client,
                        exchanger: TokenExchanger(client: client, deadline: .seconds(5)),
                        origin: origin
                    )
                )
            }
        }
    }

    /// An account whose credential is due.
    func account(_ name: String, due: Bool = true) async throws -> Int64 {
        let id = try await lab.pool.query(
            """
            insert into flotilla.accounts (workspace_id, platform, external_id)
            select id, 'x', $1 from flotilla.workspaces returning id
            """,
            [.text(name)]
        ).only().int8(0)
        let refresh = "first-\(name)"
        endpoint.allow(refresh)
        try await lab.pool.query(
            """
            insert into flotilla.credentials (account_id, sealed, sealed_refresh, refresh_at)
            values ($1, $2, $3, now() + $4::float8 * interval '1 second')
            """,
            [
                .int8(id), .bytes(try vault.seal(SecretText("old-access"), as: .accessToken(account: id))),
                .bytes(try vault.seal(SecretText(refresh), as: .refreshToken(account: id))), .float8(due ? -60 : 3600),
            ]
        )
        return id
    }

    struct Kept {
        var access: String
        var refresh: String
        var generation: Int64
        var state: String
        var account: String
        var error: String?
        var intent: Int64?
    }

    func kept(_ account: Int64) async throws -> Kept {
        let row = try await lab.pool.query(
            """
            select c.sealed, c.sealed_refresh, c.generation, c.state, a.state, c.last_error, c.intent
            from flotilla.credentials c join flotilla.accounts a on a.id = c.account_id where a.id = $1
            """,
            [.int8(account)]
        ).only()
        return Kept(
            access: try vault.open(try row.bytes(0), as: .accessToken(account: account)).reveal(),
            refresh: try vault.open(try row.bytes(1), as: .refreshToken(account: account)).reveal(),
            generation: try row.int8(2),
            state: try row.text(3),
            account: try row.text(4),
            error: try row.optionalText(5),
            intent: try row.optionalInt8(6)
        )
    }
}

@Suite(.enabled(if: OperatorLab.isAvailable)) struct TokenRefreshTests {
    @Test func `a due credential is renewed and the new pair stored`() async throws {
        try await TokenLab.run { lab in
            let account = try await lab.account("one")
            #expect(await lab.refresher.refresh(account) == .renewed)
            let kept = try await lab.kept(account)
            #expect(kept.access == "access-1-canary" && kept.refresh == "refresh-1-canary")
            #expect(kept.generation == 2 && kept.intent == nil)
            let row = try await lab.lab.pool.query(
                "select scopes, refresh_at > now() + interval '50 minutes', expires_at > now() + interval '119 minutes' from flotilla.credentials"
            ).only()
            #expect(try row.textArray(0) == ["tweet.read", "users.read"])
            let (isLater, livesOn) = (try row.bool(1), try row.bool(2))
            #expect(isLater && livesOn)
            // Not due any more: nobody is asked.
            #expect(await lab.refresher.refresh(account) == .fresh)
            #expect(lab.endpoint.calls == 1)
        }
    }

    @Test func `what is not due is not renewed`() async throws {
        try await TokenLab.run { lab in
            let account = try await lab.account("one", due: false)
            #expect(await lab.refresher.refresh(account) == .fresh)
            #expect(await lab.refresher.refresh(99_999) == .missing)
            #expect(lab.endpoint.calls == 0)
        }
    }

    @Test func `a token that turned out old is renewed once for all who ask`() async throws {
        try await TokenLab.run { lab in
            let account = try await lab.account("one", due: false)
            let outcomes = await withTaskGroup(of: RefreshOutcome.self) { group in
                for _ in 0..<6 { group.addTask { await lab.refresher.refresh(account, seen: 1) } }
                return await group.reduce(into: [RefreshOutcome]()) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == .renewed } == 1)
            #expect(lab.endpoint.calls == 1)
            #expect(await lab.refresher.refresh(account, seen: 1) == .fresh)
        }
    }

    @Test func `a refused refresh token marks the account once`() async throws {
        try await TokenLab.run { lab in
            let account = try await lab.account("one")
            lab.endpoint.set(.answer(400, #"{"error":"invalid_grant"}"#))
            #expect(await lab.refresher.refresh(account) == .refused("invalid_grant", isNew: true))
            let kept = try await lab.kept(account)
            #expect(kept.state == "refused" && kept.account == "needs_reconnect" && kept.error == "invalid_grant")
            // No retry loop: the account is left alone.
            #expect(await lab.refresher.refresh(account) == .inactive)
            #expect(lab.endpoint.calls == 1)
        }
    }

    @Test func `a lost answer is tried once more and then said by name`() async throws {
        try await TokenLab.run { lab in
            let account = try await lab.account("one")
            lab.endpoint.set(.swallow)
            guard case .failed = await lab.refresher.refresh(account) else { Issue.record("no failure"); return }
            // Nobody knows whether a 5xx took the token, but it was answered; an intent stays only without an answer.
            try await lab.lab.pool.query("update flotilla.credentials set intent = generation")
            lab.endpoint.set(.well)
            #expect(await lab.refresher.refresh(account) == .refused("answer_lost", isNew: true))
        }
    }

    @Test func `passing trouble leaves everything as it was`() async throws {
        try await TokenLab.run { lab in
            let account = try await lab.account("one")
            lab.endpoint.set(.answer(503, "{}"))
            #expect(await lab.refresher.refresh(account) == .failed("http_503", wait: nil))
            lab.endpoint.set(.answer(401, #"{"error":"invalid_client"}"#))
            #expect(await lab.refresher.refresh(account) == .failed("application_invalid_client", wait: .seconds(900)))
            lab.endpoint.set(.answer(400, #"{"error":{"code":100,"message":"must be at least 24 hours old"}}"#))
            guard case .failed = await lab.refresher.refresh(account) else { Issue.record("not failed"); return }
            lab.endpoint.set(.well)
            #expect(await lab.refresher.refresh(account) == .renewed)
            #expect(try await lab.kept(account).account == "active")
        }
    }

    @Test func `a holder that died without calling is followed by another`() async throws {
        try await TokenLab.run { lab in
            let account = try await lab.account("one")
            try await lab.lab.pool.query(
                "select flotilla.begin_refresh($1, null, null, 'dead', interval '1 hour', false)",
                [.int8(account)]
            )
            guard case .held(let wait) = await lab.refresher.refresh(account) else { Issue.record("not held"); return }
            #expect(wait > .seconds(3500))
            try await lab.lab.pool.query("update flotilla.credentials set held_until = now() - interval '1 second'")
            #expect(await lab.refresher.refresh(account) == .renewed)
        }
    }

    @Test func `a late answer is stored while nobody has a newer one, and heals what was given up`() async throws {
        try await TokenLab.run { lab in
            let account = try await lab.account("one")
            let pool = lab.lab.pool
            try await pool.query(
                "select flotilla.begin_refresh($1, null, null, 'a', interval '0', false)",
                [.int8(account)]
            )
            try await pool.query(
                "select flotilla.begin_refresh($1, null, null, 'b', interval '0', false)",
                [.int8(account)]
            )
            #expect(
                try await pool.query(
                    "select flotilla.fail_refresh($1, 1, 2, 'answer_lost', true, true)",
                    [.int8(account)]
                )
                .only().bool(0)
            )
            #expect(try await lab.kept(account).account == "needs_reconnect")
            let sealed = try lab.vault.seal(SecretText("late"), as: .accessToken(account: account))
            let late: [Parameter] = [.int8(account), .bytes(sealed)]
            let store: Statement =
                "select flotilla.finish_refresh($1, 1, $2, null, 'bearer', null, now(), null, null, null)"
            #expect(try await pool.query(store, late).only().optionalInt8(0) == 2)
            let kept = try await lab.kept(account)
            #expect(kept.access == "late" && kept.account == "active")
            // The same again, as a spilled copy would: it was made from a pair that is no longer the current one.
            #expect(try await pool.query(store, late).only().optionalInt8(0) == nil)
        }
    }

    @Test func `an answer that could not be stored lies sealed in the folder and is stored by the next process`()
        async throws
    {
        let folder = "/tmp/flotilla-spill-\(UInt64.random(in: 0 ... .max))"
        try Subfolder.make(folder)
        defer { Subfolder.remove(folder) }
        try await TokenLab.run(spillFolder: folder) { lab in
            let account = try await lab.account("one")
            try await lab.lab.pool.query(
                "alter function flotilla.finish_refresh(bigint, bigint, bytea, bytea, text, text[], timestamptz, timestamptz, timestamptz, timestamptz) rename to away"
            )
            let renewing = Task { await lab.refresher.refresh(account) }
            while !TokenRefresher.hasLeftovers(in: folder) { await Task.yield() }
            renewing.cancel()
            _ = await renewing.value
            for text in Subfolder.contents(folder) { #expect(!text.contains("canary")) }
            try await lab.lab.pool.query(
                "alter function flotilla.away(bigint, bigint, bytea, bytea, text, text[], timestamptz, timestamptz, timestamptz, timestamptz) rename to finish_refresh"
            )
            #expect(await lab.refresher.sweep() == 1)
            #expect(try await lab.kept(account).access == "access-1-canary")
            #expect(!TokenRefresher.hasLeftovers(in: folder))
        }
    }

    @Test func `due credentials become jobs once`() async throws {
        try await TokenLab.run { lab in
            let account = try await lab.account("one")
            _ = try await lab.account("two", due: false)
            let order: Statement = "select flotilla.enqueue_refreshes(now(), 100)"
            #expect(try await lab.lab.pool.query(order).only().int4(0) == 1)
            #expect(try await lab.lab.pool.query(order).only().int4(0) == 0)
            let body = try await lab.lab.pool.query("select body from flotilla.outbox").only().text(0)
            let job = try JobContract().read(Array(body.utf8), now: Instant(microseconds: ProcessClock.wallNow))
            #expect(job.account == account && job.collect == .credentialRefresh && job.platform == .x)
            #expect(job.lane == .interactive)
        }
    }

    @Test func `a fetch's refusal is told apart from one of an older token`() async throws {
        try await TokenLab.run { lab in
            let account = try await lab.account("one")
            let refuse: Statement = "select flotilla.refuse_credential($1, $2, 'auth_invalid')"
            #expect(await lab.refresher.refresh(account) == .renewed)
            for (seen, verdict) in [(1, "fresh"), (2, "first"), (2, "known")] as [(Int64, String)] {
                let said = try await lab.lab.pool.query(refuse, [.int8(account), .int8(seen)]).only().text(0)
                #expect(said == verdict)
            }
        }
    }

    @Test func `the refresher's role may call three functions and read no table`() async throws {
        try await TokenLab.run { lab in
            let account = try await lab.account("one")
            try await lab.lab.pool.withConnection { connection in
                try await connection.query("begin")
                try await connection.query("set local role flotilla_refresher")
                try await connection.query(
                    "select flotilla.begin_refresh($1, null, null, 'a', interval '1 s', false)",
                    [.int8(account)]
                )
                await #expect(throws: PostgresError.self) {
                    try await connection.query("select sealed from flotilla.credentials")
                }
                try await connection.query("rollback")
            }
        }
    }

    @Test func `no outcome, error or row of the ledger holds a token`() async throws {
        try await TokenLab.run { lab in
            var texts: [String] = []
            for mood in [
                TokenEndpoint.Mood.answer(400, #"{"error":"refresh-canary","error_description":"first-n canary"}"#),
                .answer(400, #"{"error":{"message":"canary first-x","code":190}}"#), .answer(200, "canary"),
                .answer(500, "canary"), .swallow,
            ] {
                let account = try await lab.account("n\(texts.count)-canary")
                lab.endpoint.set(mood)
                texts.append("\(await lab.refresher.refresh(account))")
            }
            let rows = try await lab.lab.pool.query("select coalesce(last_error, '') from flotilla.credentials")
            for row in rows { texts.append(try row.text(0)) }
            for text in texts { #expect(!text.contains("canary"), "\(text)") }
        }
    }
}
