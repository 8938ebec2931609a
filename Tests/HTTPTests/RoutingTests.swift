import HTTPServer
import Testing

@Suite("Routing and admin endpoints")
struct RoutingTests {
    private func answer(_ router: Router, _ head: String) async throws -> String {
        let server = try HTTPServer(router: router)
        let port = server.port
        let answer = await blocking {
            let socket = RawSocket(port: port)
            defer { socket.close() }
            socket.send("\(head) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return String(decoding: socket.readToEnd(), as: UTF8.self)
        }
        await server.stop()
        return answer
    }

    private var router: Router {
        var router = Router()
        router.get("/v1/accounts/{id}/days/{day}") { .text("\($0.parameters["id"]!)|\($0.parameters["day"]!)") }
        router.on(.delete, "/v1/accounts/{id}") { .text("deleted \($0.parameters["id"]!)") }
        router.get("/files/*") { .text("file \($0.path)") }
        return router
    }

    @Test(arguments: [
        ("GET /v1/accounts/a%2Fb/days/1", "a/b|1"),
        ("DELETE /v1/accounts/7", "deleted 7"),
        ("GET /files/x/y", "file /files/x/y"),
        ("GET /files", "file /files"),
    ])
    func `a path finds its handler and its parameters`(head: String, body: String) async throws {
        #expect(try await answer(router, head).hasSuffix("\r\n\r\n\(body)"))
    }

    @Test func `an unknown path is 404 and a wrong method 405, as problems`() async throws {
        let missing = try await answer(router, "GET /v2")
        #expect(missing.hasPrefix("HTTP/1.1 404") && missing.contains("application/problem+json"))
        let wrong = try await answer(router, "POST /v1/accounts/7")
        #expect(wrong.hasPrefix("HTTP/1.1 405") && wrong.contains("Allow: DELETE\r\n"))
    }

    @Test func `admin endpoints tell what is not ready`() async throws {
        var router = Router()
        AdminEndpoints(
            metrics: { "flotilla_up 1\n" },
            readiness: { [.init("broker", isReady: false, detail: "connecting"), .init("database", isReady: true)] }
        ).mount(on: &router)
        #expect(try await answer(router, "GET /livez").hasSuffix("\r\n\r\nok\n"))
        #expect(try await answer(router, "GET /metrics").hasSuffix("\r\n\r\nflotilla_up 1\n"))
        let ready = try await answer(router, "GET /readyz")
        #expect(ready.hasPrefix("HTTP/1.1 503") && ready.hasSuffix("\r\n\r\n[-] broker: connecting\nnot ready\n"))
        #expect(try await answer(router, "GET /readyz?verbose").contains("[+] database\n"))
        #expect(try await answer(router, "HEAD /readyz").hasSuffix("\r\n\r\n"))
    }

    @Test func `a problem's text is escaped`() async throws {
        guard case .bytes(let bytes) = ServerResponse.problem(400, "a\"\\\n\u{1}").body else { return }
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"title":"a\"\\\n\u0001","status":400}"#)
    }
}
