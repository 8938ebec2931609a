import Adapters
import Configuration
import FleetCore
import HTTPClient
import HTTPServer
import JSON
import Postgres
import Runtime
import Synchronization
import Testing

@testable import Gateway

@Suite(.enabled(if: OperatorLab.isAvailable)) struct GatewayTests {
    private static let day = FigureWorld.day

    private static func fill(_ lab: GatewayLab) async throws {
        let world = lab.world
        try await world.store([
            world.result(
                1,
                hours: 30,
                days: [0: [.views: 100, .likes: 7]],
                levels: [.followers: 900],
                posts: ["p": [.views: 5]]
            )
        ])
        try await world.store([
            world.result(2, hours: 54, days: [0: [.views: 130], 1: [.views: 40]], levels: [.followers: 950])
        ])
    }

    @Test func `every operation answers as the description says`() async throws {
        try await GatewayLab.run { lab in
            try await Self.fill(lab)
            let key = try await lab.key().key
            let description = try await lab.read("/v1/openapi.json", key)
            let check = SchemaCheck(components: try #require(description["components"]?["schemas"]))
            let query = "?from=\(Self.day)&to=\(Self.day + 6)"
            for operation in Gateway.operations {
                var path = operation.path.split(separator: "/").map { part in
                    part == "{account}" ? "\(lab.world.account)" : part == "{metric}" ? "views" : String(part)
                }.joined(separator: "/")
                path = "/\(path)" + (operation.fields.contains { $0.name == "from" } ? query : "")
                let described = description["paths"]?[operation.path]?["get"]
                let schema = try #require(described?["responses"]?["200"]?["content"]?["application/json"]?["schema"])
                let answer = try await lab.read(path, key)
                #expect(check.faults(answer, schema) == [], "\(operation.name)")
                #expect(described?["operationId"]?.string == operation.name)
            }
            let refused = try await lab.get("/v1/accounts?limit=0", key)
            let problem = try JSONValue(parsing: refused.body)
            #expect(check.faults(problem, Schema.named("Problem")) == [])
        }
    }

    @Test func `figures say what they are, now and as of a moment`() async throws {
        try await GatewayLab.run { lab in
            try await Self.fill(lab)
            let key = try await lab.key().key
            let path = "/v1/accounts/\(lab.world.account)/figures?from=\(Self.day)&to=\(Self.day)&metric=views"
            func views(_ more: String = "") async throws -> JSONValue? {
                try await lab.read(path + more, key)["series"]?[0]?["buckets"]?[0]?["figures"]?[0]
            }
            #expect(try await views()?["value"]?.int64 == 130)
            #expect(try await views()?["state"]?.string == "synthetic")
            let moment = (FigureWorld.zone.startOfDay(Self.day) + .seconds(31 * 3600)).text(.seconds)
            #expect(try await views("&as_of=\(moment)")?["value"]?.int64 == 100)
            let week = try await lab.read(path + "&grain=week", key)["series"]?[0]?["buckets"]?[0]
            #expect(week?["label"]?.string == "2026-W47")
        }
    }

    @Test func `a key opens its workspace and no other`() async throws {
        try await GatewayLab.run { lab in
            try await Self.fill(lab)
            let other = try await lab.world.lab.pool.query(
                "insert into flotilla.workspaces (name) values ('other') returning id"
            ).only().int8(0)
            let (mine, theirs) = (try await lab.key().key, try await lab.key(workspace: other).key)
            let account = lab.world.account
            #expect(try await lab.read("/v1/accounts", mine)["items"]?.array?.count == 1)
            #expect(try await lab.read("/v1/accounts", theirs)["items"]?.array?.count == 0)
            #expect(try await lab.read("/v1/workspace/figures", theirs)["series"]?.array?.count == 0)
            for path in ["", "/figures", "/posts", "/posts/figures", "/growth", "/freshness", "/explanations/views"] {
                let refused = try await lab.get("/v1/accounts/\(account)\(path)", theirs)
                let unknown = try await lab.get("/v1/accounts/999999\(path)", theirs)
                #expect(refused.status == 404 && unknown.status == 404, "\(path)")
            }
        }
    }

    @Test func `without a valid key nothing is answered`() async throws {
        try await GatewayLab.run { lab in
            let (id, revoked) = try await lab.key()
            #expect(try await KeyStore(pool: lab.world.lab.pool).revoke(id, reason: "test"))
            let expired = try await lab.key(expiresAt: Instant("2026-01-01T00:00:00Z")).key
            for key in [nil, APIKey(), revoked, expired] {
                let response = try await lab.get("/v1/accounts", key)
                #expect(response.status == 401)
                #expect(response.headers["www-authenticate"] == "Bearer")
            }
            for header in [
                "Bearer", "Bearer x", "Basic \(revoked.text)", "Bearer \(revoked.text)0",
                String(repeating: "a", count: 4000),
            ] {
                #expect(try await lab.get("/v1/accounts", nil, headers: [("authorization", header)]).status == 401)
            }
            let stored = try await lab.world.lab.pool.query(
                "select digest from flotilla.api_keys where id = $1",
                [.int8(id)]
            )
            #expect(try stored.only().bytes(0) == revoked.digest)
        }
    }

    @Test func `everything that is wrong with a request is said at once`() async throws {
        try await GatewayLab.run { lab in
            let key = try await lab.key().key
            let path =
                "/v1/accounts/\(lab.world.account)/figures?from=yesterday&grain=year&metric=lies&colour=red&to=2026-11-16&to=2026-11-17"
            let response = try await lab.get(path, key)
            #expect(response.status == 400)
            #expect(response.headers["content-type"] == "application/problem+json")
            let problem = try JSONValue(parsing: response.body)
            #expect(problem["type"]?.string == "/problems/invalid-request")
            let places = problem["errors"]?.array?.compactMap { $0["at"]?.string }
            #expect(places == ["query/from", "query/grain", "query/metric", "query/colour", "query/to"])
            let account = lab.world.account
            for wrong in [
                "/v1/accounts/0", "/v1/accounts/x", "/v1/accounts/\(account)/figures?from=2026-11-17&to=2026-11-16",
                "/v1/accounts/\(account)/figures?from=2020-01-01", "/v1/accounts/\(account)/explanations/lies",
                "/v1/accounts?limit=1001", "/v1/accounts?cursor=1.0",
            ] {
                #expect(try await lab.get(wrong, key).status == 400, "\(wrong)")
            }
            #expect(try await lab.get("/v1/nothing", key).status == 404)
            let explained = try await lab.get("/problems/invalid-request", nil)
            #expect(explained.status == 200)
        }
    }

    @Test func `pages join without a gap, and a cursor means nothing elsewhere`() async throws {
        try await GatewayLab.run { lab in
            #expect(
                await lab.world.lab("accounts seed --count 24 --platform x --workspace demo --without-credentials").code
                    == .ok
            )
            let key = try await lab.key().key
            var (seen, next): ([Int64], String?) = ([], nil)
            repeat {
                let page = try await lab.read("/v1/accounts?limit=7" + (next.map { "&cursor=\($0)" } ?? ""), key)
                seen += page["items"]?.array?.compactMap { $0["id"]?.int64 } ?? []
                next = page["next"]?.string
            } while next != nil
            let all = try await lab.world.lab.pool.query("select id from flotilla.accounts order by id")
            #expect(seen == (try all.map { try $0.int8(0) }) && seen.count == 25)
            let cursor = try #require(try await lab.read("/v1/accounts?limit=7", key)["next"]?.string)
            #expect(try await lab.get("/v1/accounts?platform=x&cursor=\(cursor)", key).status == 400)
            let other = try await lab.world.lab.pool.query(
                "insert into flotilla.workspaces (name) values ('other') returning id"
            ).only().int8(0)
            #expect(
                try await lab.get("/v1/accounts?cursor=\(cursor)", try await lab.key(workspace: other).key).status
                    == 400
            )
        }
    }

    @Test func `an answer that did not change is not sent again`() async throws {
        try await GatewayLab.run { lab in
            try await Self.fill(lab)
            let key = try await lab.key().key
            let path = "/v1/accounts/\(lab.world.account)/figures?from=\(Self.day)&to=\(Self.day)"
            let tag = try #require(try await lab.get(path, key).headers["etag"])
            let same = try await lab.get(path, key, headers: [("if-none-match", tag)])
            #expect(same.status == 304 && same.body.isEmpty)
            let world = lab.world
            try await world.store([world.result(3, hours: 80, days: [0: [.views: 131]])])
            #expect(try await lab.get(path, key, headers: [("if-none-match", tag)]).status == 200)
        }
    }

    @Test func `a key that asks too often is told when to come back`() async throws {
        try await GatewayLab.run(perMinute: 3) { lab in
            let (first, second) = (try await lab.key().key, try await lab.key().key)
            for remaining in [2, 1, 0] {
                let response = try await lab.get("/v1/accounts", first)
                #expect(response.status == 200)
                #expect(response.headers["ratelimit"]?.hasPrefix("\"key\";r=\(remaining);") == true)
                #expect(response.headers["ratelimit-policy"] == "\"key\";q=3;w=60")
            }
            let refused = try await lab.get("/v1/accounts", first)
            #expect(refused.status == 429)
            let wait = try #require(refused.headers["retry-after"].flatMap { Int($0) })
            #expect((1...20).contains(wait))
            #expect(try await lab.get("/v1/accounts", second).status == 200)
        }
    }

    @Test func `a revoked key is believed for five seconds and no longer`() async throws {
        try await FigureWorld.run { world in
            let keys = KeyStore(pool: world.lab.pool)
            let made = try await keys.create(
                workspace: world.workspace,
                name: "a",
                role: .viewer,
                expiresAt: nil,
                reason: "b"
            )
            let now = Mutex<Int64>(0)
            let door = Doorkeeper(keys: keys, perMinute: 10, clock: { now.withLock { $0 } }, sources: { _ in })
            let key = made.key
            #expect(try await door.admit(key).holder.key == made.id)
            #expect(try await keys.revoke(made.id, reason: "test"))
            now.withLock { $0 = 4_999_999 }
            #expect(try await door.admit(key).holder.key == made.id)
            now.withLock { $0 = 5_000_000 }
            await #expect(throws: Refusal.self) { try await door.admit(key) }
        }
    }

    @Test func `a database that is away is said to be, without its address`() async throws {
        let logger = Logger(label: "gateway-tests")
        let address = try PostgresAddress(url: "postgresql://nobody@127.0.0.1:1/nothing")
        let pool = Pool(address: address, size: 1, name: "gateway-tests", logger: logger)
        let server = try HTTPServer(router: Gateway(pool: pool, secret: "", perMinute: 10, logger: logger).router)
        var options = HTTPClientOptions()
        options.allowedOrigins = ["http://127.0.0.1:\(server.port)"]
        let response = try await HTTPClient(options).send(
            HTTPRequest(
                url: "http://127.0.0.1:\(server.port)/v1/accounts",
                headers: ["authorization": "Bearer \(APIKey().text)"]
            )
        )
        #expect(response.status == 503)
        #expect(response.headers["retry-after"] == "5")
        #expect(!String(decoding: response.body, as: UTF8.self).contains("127.0.0.1"))
        await server.stop()
        await pool.close()
    }

    @Test func `keys are made, listed without their secrets and revoked, each with its reason`() async throws {
        try await OperatorLab.run { lab in
            #expect(await lab("accounts seed --count 1 --platform x --without-credentials").code == .ok)
            let made = await lab("keys create --workspace demo --name dashboard --days 90 --reason because --json")
            let text = try #require(try made.json["key"]?.string)
            #expect(APIKey(text) != nil)
            let list = await lab("keys list --json")
            #expect(!list.output.contains(text))
            try #expect(list.json[0]?["state"]?.string == "active" && list.json[0]?["name"]?.string == "dashboard")
            #expect(await lab("keys revoke 1 --reason leaked").code == .ok)
            #expect(await lab("keys revoke 1 --reason leaked").code == .notFound)
            try #expect(await lab("keys list --json").json[0]?["state"]?.string == "revoked")
            let log = try await lab("audit log --json").json
            #expect(log.array?.compactMap { $0["action"]?.string } == ["key.revoke", "key.create"])
            #expect(await lab("keys create --workspace none --name a --reason b").code == .notFound)
        }
    }
}

@Suite struct RateBucketTests {
    @Test func `in any minute there are never more than twice the rate, and in the long run the rate`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let rate = Int.random(in: 1...50, using: &generator)
            var (bucket, now) = (RateBucket(perMinute: rate, now: 0), Int64(0))
            var allowed: [Int64] = []
            for _ in 0..<500 {
                now += Int64.random(in: 0...3_000_000, using: &generator)
                let verdict = bucket.take(now: now)
                if verdict.isAllowed { allowed.append(now) } else { #expect(verdict.wait > 0) }
            }
            for start in allowed {
                #expect(allowed.count { (start..<start + 60_000_000).contains($0) } <= 2 * rate)
            }
            #expect(Int64(allowed.count) <= Int64(rate) + now * Int64(rate) / 60_000_000)
        }
    }

    @Test func `who waits as long as was said is let in`() {
        for rate in [1, 7, 60, 1000, 1_000_000] {
            var bucket = RateBucket(perMinute: rate, now: 0)
            for _ in 0..<rate { _ = bucket.take(now: 0) }
            let refused = bucket.take(now: 0)
            #expect(!refused.isAllowed && refused.remaining == 0)
            let later = bucket.take(now: Int64(refused.wait) * 1_000_000)
            #expect(later.isAllowed)
        }
    }
}
