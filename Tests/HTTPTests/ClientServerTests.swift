import HTTPClient
import HTTPServer
import Testing

@Suite("Client against server")
struct ClientServerTests {
    @Test func `a request comes back with status, headers and body`() async throws {
        let (server, client) = try pair { request in
            var response = ServerResponse.text(
                "\(request.method.rawValue) \(request.path) \(request.query("a") ?? "-")"
            )
            response.headers.append((name: "X-Limit", value: request.headers["x-Token"] ?? "none"))
            response.headers.append((name: "X-Limit", value: "second"))
            return response
        }
        let response = try await client.send(
            HTTPRequest(url: server.url("/v1/it%20em?a=b%20c"), headers: ["X-Token": "abc"])
        )
        #expect(response.status == 200)
        #expect(String(decoding: response.body, as: UTF8.self) == "GET /v1/it%20em b c")
        #expect(response.headers["x-LIMIT"] == "abc")
        #expect(response.headers.values("X-Limit") == ["abc", "second"])
        #expect(response.headers["Date"] != nil)
        #expect(response.timings.connected != nil)
        await server.stop()
    }

    @Test(arguments: [HTTPRequest.Method.post, .put, .patch, .delete])
    func `a body arrives whole`(method: HTTPRequest.Method) async throws {
        let (server, client) = try pair { request in
            .bytes(Array(request.method.rawValue.utf8) + request.body, type: request.headers["content-type"] ?? "none")
        }
        for size in [0, 1, 1000, 300_000] {
            let body = [UInt8](repeating: UInt8(ascii: "x"), count: size)
            let response = try await client.send(HTTPRequest(method: method, url: server.url("/"), body: body))
            #expect(response.body == Array(method.rawValue.utf8) + body)
            #expect(response.headers["content-type"] == "none")
            // The next request on the same handle must not inherit anything.
            let plain = try await client.send(HTTPRequest(url: server.url("/")))
            #expect(plain.body == Array("GET".utf8))
        }
        await server.stop()
    }

    @Test func `HEAD has the length and no body`() async throws {
        let (server, client) = try pair { _ in .text("twelve bytes") }
        let response = try await client.send(HTTPRequest(method: .head, url: server.url("/")))
        #expect(response.body.isEmpty)
        #expect(response.headers["content-length"] == "12")
        #expect(try await client.send(HTTPRequest(url: server.url("/"))).body.count == 12)
        await server.stop()
    }

    @Test func `64 requests at once all come back, over kept connections`() async throws {
        let (server, client) = try pair { request in .text(request.path) }
        for _ in 0..<4 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<64 {
                    group.addTask {
                        let response = try await client.send(HTTPRequest(url: server.url("/\(index)")))
                        #expect(response.body == Array("/\(index)".utf8))
                    }
                }
                try await group.waitForAll()
            }
        }
        let again = try await client.send(HTTPRequest(url: server.url("/")))
        #expect(again.timings.connected == nil)
        await server.stop()
    }

    @Test func `a redirect is returned, not followed`() async throws {
        let (server, client) = try pair { _ in
            ServerResponse(status: 302, headers: [(name: "Location", value: "http://169.254.169.254/latest")])
        }
        let response = try await client.send(HTTPRequest(url: server.url("/")))
        #expect(response.status == 302)
        await server.stop()
    }

    @Test func `Retry-After comes as a duration`() async throws {
        let (server, client) = try pair { _ in
            ServerResponse(status: 429, headers: [(name: "Retry-After", value: "17")])
        }
        #expect(try await client.send(HTTPRequest(url: server.url("/"))).retryAfter == .seconds(17))
        await server.stop()
    }

    @Test func `a streamed answer arrives in order`() async throws {
        let (server, client) = try pair { _ in
            ServerResponse(body: .stream(Numbers(count: 2000)))
        }
        let response = try await client.send(HTTPRequest(url: server.url("/")))
        #expect(response.body == (0..<2000).flatMap { Array("\($0)\n".utf8) })
        await server.stop()
    }

    @Test func `a streamed answer that fails cuts the connection`() async throws {
        let (server, client) = try pair { _ in
            ServerResponse(body: .stream(Numbers(count: 10, fails: true)))
        }
        let error = await #expect(throws: HTTPError.self) { try await client.send(HTTPRequest(url: server.url("/"))) }
        #expect(error?.code == .truncated || error?.code == .reset)
        await server.stop()
    }
}

/// Lines with numbers, ending well or not.
struct Numbers: AsyncSequence, Sendable {
    struct Failed: Error {}
    let count: Int
    var fails = false

    struct AsyncIterator: AsyncIteratorProtocol {
        var next = 0
        let end: Int
        let fails: Bool
        mutating func next() async throws -> [UInt8]? {
            if next == end {
                if fails { throw Failed() }
                return nil
            }
            defer { next += 1 }
            return Array("\(next)\n".utf8)
        }
    }
    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(end: count, fails: fails) }
}

func pair(
    _ options: HTTPServerOptions = HTTPServerOptions(),
    handler: @escaping @Sendable (ServerRequest) async -> ServerResponse
) throws -> (HTTPServer, HTTPClient) {
    let server = try HTTPServer(options, handler: handler)
    return (server, client(for: server.port))
}

func client(for port: UInt16) -> HTTPClient {
    var options = HTTPClientOptions(userAgent: "tests")
    options.allowedOrigins = ["http://127.0.0.1:\(port)"]
    return HTTPClient(options)
}

extension HTTPServer {
    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }
}
