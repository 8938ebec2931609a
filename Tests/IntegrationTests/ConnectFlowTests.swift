import Adapters
import Crypto
import FleetCore
import HTTPClient
import HTTPServer
import Platforms
import Postgres
import Testing

@Suite(.enabled(if: OperatorLab.isAvailable)) struct ConnectFlowTests {
    private func flow(_ lab: TokenLab) -> ConnectFlow {
        ConnectFlow(
            pool: lab.lab.pool,
            vault: lab.vault,
            exchanger: lab.exchanger,
            settings: { _ in PlatformSettings(origin: lab.origin) },
            platform: { _ in TokenLab.platform }
        )
    }

    private func begin(_ flow: ConnectFlow, _ lab: TokenLab) async throws -> [String: String] {
        let workspace = try await lab.lab.pool.query("select id from flotilla.workspaces").only().int8(0)
        let url = try await flow.begin(.init(workspace: workspace, platform: .x, redirect: "https://us.example/back"))
        let query = url.split(separator: "?")[1].split(separator: "&").map { $0.split(separator: "=").map(String.init) }
        return Dictionary(uniqueKeysWithValues: query.map { ($0[0], $0[1]) })
    }

    private let now = Instant(seconds: 1_790_000_000)

    @Test func `a user comes back with a code and is connected`() async throws {
        try await TokenLab.run { lab in
            let flow = flow(lab)
            let sent = try await begin(flow, lab)
            #expect(sent["code_challenge_method"] == "S256" && sent["client_id"] == "app")
            lab.endpoint.allow("the-code")
            lab.endpoint.owner = #"{"data":{"id":"4711","username":"someone"}}"#
            let state = try #require(sent["state"])
            let connected = try await flow.complete([("code", "the-code"), ("state", state)], at: now)
            #expect(connected.map(\.externalID) == ["4711"] && connected[0].isNew)
            #expect(connected[0].missing.isEmpty)
            let kept = try await lab.kept(connected[0].account)
            #expect(kept.access == "access-1-canary" && kept.refresh == "refresh-1-canary")
            // The verifier that was sent is the one whose digest the user carried.
            let body = try #require(lab.endpoint.bodies.last)
            let verifier = try #require(body.split(separator: "&").first { $0.hasPrefix("code_verifier=") })
            let digest = sha256(Array(verifier.dropFirst(14).utf8))
            #expect(Base64.encode(digest, .url, padding: .none) == sent["code_challenge"])
            // The state works once.
            await #expect(throws: ConnectFault.badState) {
                try await flow.complete([("code", "the-code"), ("state", state)], at: now)
            }
        }
    }

    @Test func `a forged, foreign or old state is refused before anybody is asked`() async throws {
        try await TokenLab.run { lab in
            let flow = flow(lab)
            let state = try #require(try await begin(flow, lab)["state"])
            var forged = Array(state)
            forged[20] = forged[20] == "A" ? "B" : "A"
            for wrong in ["", "x", String(forged), String(repeating: "A", count: 2000)] {
                await #expect(throws: ConnectFault.badState) {
                    try await flow.complete([("code", "c"), ("state", wrong)], at: now)
                }
            }
            try await lab.lab.pool.query("update flotilla.connect_states set expires_at = now() - interval '1 s'")
            await #expect(throws: ConnectFault.badState) {
                try await flow.complete([("code", "c"), ("state", state)], at: now)
            }
            #expect(lab.endpoint.calls == 0)
        }
    }

    @Test func `a user who declines, and a code that the platform refuses, are told apart`() async throws {
        try await TokenLab.run { lab in
            let flow = flow(lab)
            let first = try #require(try await begin(flow, lab)["state"])
            await #expect(throws: ConnectFault.denied("access_denied")) {
                try await flow.complete([("error", "access_denied"), ("state", first)], at: now)
            }
            let second = try #require(try await begin(flow, lab)["state"])
            await #expect(throws: ConnectFault.refused("invalid_grant")) {
                try await flow.complete([("code", "unknown-code"), ("state", second)], at: now)
            }
            let third = try #require(try await begin(flow, lab)["state"])
            await #expect(throws: ConnectFault.noCode) { try await flow.complete([("state", third)], at: now) }
        }
    }

    @Test func `the doors answer over HTTP and repeat nothing of the query`() async throws {
        try await TokenLab.run { lab in
            let flow = flow(lab)
            let endpoints = ConnectEndpoints(flow: flow, now: { now })
            let workspace = try await lab.lab.pool.query("select id from flotilla.workspaces").only().int8(0)
            let sent = await endpoints.begin(
                .init(workspace: workspace, platform: .x, redirect: "https://us.example/back")
            )
            #expect(sent.status == 303)
            #expect(sent.headers.contains { $0.name == "Location" && $0.value.hasPrefix(lab.origin) })
            let unknown = await endpoints.begin(
                .init(workspace: workspace, platform: .x, login: "other", redirect: "https://us.example/back")
            )
            #expect(unknown.status == 404)
            var options = HTTPServerOptions()
            options.address = "127.0.0.1"
            options.port = 0
            let server = try HTTPServer(options) { await endpoints.callback($0) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await server.run() }
                var allowing = HTTPClientOptions()
                allowing.allowedOrigins = ["http://127.0.0.1:\(server.port)"]
                let answer = try await HTTPClient(allowing).send(
                    .init(url: "http://127.0.0.1:\(server.port)/callback?code=canary-code&state=canary-state")
                )
                #expect(answer.status == 400)
                #expect(!String(decoding: answer.body, as: UTF8.self).contains("canary"))
                group.cancelAll()
            }
        }
    }

    @Test func `connecting again heals a refused account and asks what is missing`() async throws {
        try await TokenLab.run { lab in
            let account = try await lab.account("4711")
            lab.endpoint.set(.answer(400, #"{"error":"invalid_grant"}"#))
            #expect(await lab.refresher.refresh(account) == .refused("invalid_grant", isNew: true))
            lab.endpoint.set(.well)
            lab.endpoint.owner = #"{"data":{"id":"4711"}}"#
            lab.endpoint.allow("again")
            let flow = flow(lab)
            let state = try #require(try await begin(flow, lab)["state"])
            let connected = try await flow.complete([("code", "again"), ("state", state)], at: now)
            #expect(connected.map(\.account) == [account] && !connected[0].isNew)
            let kept = try await lab.kept(account)
            #expect(kept.account == "active" && kept.state == "active" && kept.generation == 2)
        }
    }
}
