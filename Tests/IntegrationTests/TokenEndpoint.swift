import FleetCore
import HTTPServer
import JSON
import Platforms
import Synchronization

@testable import Adapters

/// A token endpoint as strict as a platform's can be: every refresh token works once and dies with its use.
final class TokenEndpoint: Sendable {
    /// What it does instead of answering well.
    enum Mood: Sendable {
        case well
        /// Takes the token and answers with nothing that can be read.
        case swallow
        case answer(Int, String)
    }

    private struct State {
        var alive: Set<String> = []
        var serial = 0
        var calls = 0
        var mood = Mood.well
        var bodies: [String] = []
        var owner = "{}"
    }

    private let state = Mutex(State())

    var calls: Int { state.withLock { $0.calls } }
    var bodies: [String] { state.withLock { $0.bodies } }

    /// What is said of a token's owner.
    var owner: String {
        get { state.withLock { $0.owner } }
        set { state.withLock { $0.owner = newValue } }
    }

    func allow(_ token: String) { state.withLock { _ = $0.alive.insert(token) } }
    func set(_ mood: Mood) { state.withLock { $0.mood = mood } }

    /// Serves while `body` runs; it is told the origin.
    func serve(_ body: (String) async throws -> Void) async throws {
        var options = HTTPServerOptions()
        options.address = "127.0.0.1"
        options.port = 0
        let server = try HTTPServer(options) { request in self.respond(to: request) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            try await body("http://127.0.0.1:\(server.port)")
            group.cancelAll()
        }
    }

    private func respond(to request: ServerRequest) -> ServerResponse {
        if request.method == .get { return .text(owner) }
        let text = String(decoding: request.body, as: UTF8.self)
        let fields = text.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        let token = fields.first { $0.first == "refresh_token" || $0.first == "code" }?.last ?? ""
        return state.withLock { state in
            state.calls += 1
            state.bodies.append(text)
            if case .answer(let status, let body) = state.mood { return .text(body, status: status) }
            guard state.alive.remove(token) != nil else {
                return .text(#"{"error":"invalid_grant","error_description":"\#(token) was used"}"#, status: 400)
            }
            state.serial += 1
            let (access, refresh) = ("access-\(state.serial)-canary", "refresh-\(state.serial)-canary")
            state.alive.insert(refresh)
            if case .swallow = state.mood { return .text("<html>", status: 502) }
            return .text(
                #"{"access_token":"\#(access)","refresh_token":"\#(refresh)","expires_in":7200,"scope":"tweet.read users.read","token_type":"bearer"}"#,
                status: 200
            )
        }
    }
}
