import HTTPClient
import HTTPServer
import JSON
import Platforms
import Synchronization

/// Beacon's own side, for tests: serves what is asked for, refuses what it is told to, and remembers every call.
final class BeaconServer: Sendable {
    /// What it refuses, and how.
    struct Rules: Sendable {
        /// Names that are refused for the account's figures.
        var figures: Set<String> = []
        /// Names that are refused for posts whose id begins in this way.
        var posts: [(prefix: String, names: Set<String>)] = []
        /// Whether the answer names what is refused.
        var names = false
        /// An error for every call to the figures, whatever is asked.
        var everything: String?
        /// Tokens that are refused, and with which code.
        var tokens: [String: String] = [:]
        /// Pages of the listing that name the first one as the next.
        var repeatsPages = false
    }

    private struct State {
        var rules = Rules()
        var calls: [String] = []
    }

    private let state = Mutex(State())
    private let server = Mutex<HTTPServer?>(nil)
    let origin: String

    init() throws {
        let hold = Hold()
        let server = try HTTPServer { request in hold.server?.answer(request) ?? .text("", status: 500) }
        origin = "http://127.0.0.1:\(server.port)"
        self.server.withLock { $0 = server }
        hold.server = self
    }

    /// Lets the handler reach its server, which exists only after it.
    private final class Hold: Sendable {
        private let weak = Mutex<Weak>(Weak())
        private struct Weak: Sendable { weak var server: BeaconServer? }
        var server: BeaconServer? {
            get { weak.withLock { $0.server } }
            set { weak.withLock { $0.server = newValue } }
        }
    }

    func stop() async {
        guard let server = server.withLock({ $0 }) else { return }
        await server.stop()
    }

    /// Changes the rules.
    func rule(_ change: (inout Rules) -> Void) { state.withLock { change(&$0.rules) } }

    /// The calls so far: path, then names.
    var calls: [String] { state.withLock { $0.calls } }

    /// Forgets the calls.
    func forget() { state.withLock { $0.calls = [] } }

    private func answer(_ request: ServerRequest) -> ServerResponse {
        let names = (request.query("names") ?? "").split(separator: ",").map(String.init)
        let rules = state.withLock { state in
            state.calls.append("\(request.path) \(names.joined(separator: ","))")
            return state.rules
        }
        let token = request.headers["authorization"].map { String($0.dropFirst("Bearer ".count)) } ?? ""
        if let code = rules.tokens[token] { return Self.error(code, [token], status: 401) }
        let parts = request.path.split(separator: "/")
        switch parts.last {
        case "figures"?:
            if let code = rules.everything { return Self.error(code, [], status: 400) }
            let refused = names.filter(rules.figures.contains)
            if !refused.isEmpty { return Self.error("no_such_name", rules.names ? refused : [], status: 400) }
            return Self.ok(["figures": Self.figures(names)])
        case "posts"? where parts.count == 2:
            return Self.ok([
                "posts": .array(
                    (request.query("ids") ?? "").split(separator: ",").map { id in
                        let bad = rules.posts.filter { id.hasPrefix($0.prefix) }.flatMap {
                            $0.names.intersection(names)
                        }
                        if bad.isEmpty { return ["id": .string(String(id)), "figures": Self.figures(names)] }
                        return ["id": .string(String(id)), "error": Self.fault("no_such_name", rules.names ? bad : [])]
                    }
                )
            ])
        case "posts"?:
            let page = request.query("page").flatMap { Int($0) } ?? 0
            let next: JSONValue = page < 2 ? .string(String(page + 1)) : rules.repeatsPages ? "1" : nil
            return Self.ok(["posts": [["id": .string("p\(page)"), "kind": "reel"]], "next": next])
        default: return Self.ok(["figures": Self.figures(names)])
        }
    }

    private static func figures(_ names: [String]) -> JSONValue {
        .object(names.map { JSONValue.Member($0, .number(.integer(Int64($0.utf8.count)))) })
    }

    private static func fault(_ code: String, _ names: [String]) -> JSONValue {
        ["code": .string(code), "names": .array(names.map { .string($0) })]
    }

    private static func error(_ code: String, _ names: [String], status: Int) -> ServerResponse {
        .json((["error": fault(code, names)] as JSONValue).rendered(), status: status)
    }

    private static func ok(_ body: JSONValue) -> ServerResponse { .json(body.rendered()) }
}
