import HTTPServer
import Testing

/// One request as bytes, and the status it must get.
struct Attack: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: String
    let status: Int

    init(_ name: String, _ status: Int, _ bytes: String) {
        testDescription = name
        self.status = status
        self.bytes = bytes
    }
}

private let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

private let attacks: [Attack] = [
    Attack(
        "length and chunking",
        400,
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    Attack(
        "chunking and length",
        400,
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"
    ),
    Attack(
        "two different lengths",
        400,
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc"
    ),
    Attack("two equal lengths", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
    Attack("a list of lengths", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc"),
    Attack("a length with plus", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc"),
    Attack("a length with minus", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc"),
    Attack("a hexadecimal length", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc"),
    Attack("an empty length", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n"),
    Attack(
        "a length beyond 64 bits",
        413,
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n"
    ),
    Attack("a chunked body", 411, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    Attack("an unknown coding", 501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    Attack("two codings", 501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    Attack("chunking in HTTP/1.0", 400, "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    Attack("bare LF throughout", 400, "GET / HTTP/1.1\nHost: a\n\n"),
    Attack("bare LF after the request line", 400, "GET / HTTP/1.1\nHost: a\r\n\r\n"),
    Attack("bare LF between fields", 400, "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"),
    Attack("bare LF after the last field", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: y\n\r\n"),
    Attack("bare LF as the empty line", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\n"),
    Attack("a folded line", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n"),
    Attack("a folded line with a tab", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\tz\r\n\r\n"),
    Attack("a blank before the first field", 400, "GET / HTTP/1.1\r\n Host: a\r\nHost: b\r\n\r\n"),
    Attack("a blank before the colon", 400, "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n"),
    Attack("a blank before the colon of a length", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc"),
    Attack("NUL in a value", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: y\0z\r\n\r\n"),
    Attack("NUL in a name", 400, "GET / HTTP/1.1\r\nHost: a\r\nX\0Y: y\r\n\r\n"),
    Attack("NUL in the target", 400, "GET /\0x HTTP/1.1\r\nHost: a\r\n\r\n"),
    Attack("bare CR in a value", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n"),
    Attack("a control character in a value", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: \u{1}\r\n\r\n"),
    Attack("a control character in the target", 400, "GET /\u{1} HTTP/1.1\r\nHost: a\r\n\r\n"),
    Attack("a line without colon", 400, "GET / HTTP/1.1\r\nHost: a\r\nnocolon\r\n\r\n"),
    Attack("a field without name", 400, "GET / HTTP/1.1\r\nHost: a\r\n: v\r\n\r\n"),
    Attack("no Host", 400, "GET / HTTP/1.1\r\n\r\n"),
    Attack("two Hosts", 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    Attack("a Host with credentials", 400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"),
    Attack("two blanks after the method", 400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Attack("a blank after the version", 400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
    Attack("no version", 400, "GET /\r\nHost: a\r\n\r\n"),
    Attack("a target of another host", 400, "GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n"),
    Attack("a relative target", 400, "GET x HTTP/1.1\r\nHost: a\r\n\r\n"),
    Attack("HTTP/2.0 in plain text", 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
    Attack("CONNECT", 501, "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Attack("a made-up method", 501, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Attack("a long target", 414, "GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: a\r\n\r\n"),
    Attack("65 fields", 431, "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: y\r\n", count: 64))\r\n"),
    Attack("a large header", 431, "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 17000))\r\n\r\n"),
    Attack(
        "a very large header",
        431,
        "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 100_000))\r\n\r\n"
    ),
    Attack("a declared body over the limit", 413, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n"),
]

@Suite("Attacks on the server")
struct AttackTests {
    @Test(arguments: attacks)
    func `is refused, closes the connection, and nothing behind it is read as a request`(attack: Attack) async throws {
        let server = try HTTPServer { request in .text("served \(request.path)") }
        let port = server.port
        let answer = await blocking {
            let socket = RawSocket(port: port)
            defer { socket.close() }
            socket.send(attack.bytes + smuggled)
            return String(decoding: socket.readToEnd(), as: UTF8.self)
        }
        #expect(answer.hasPrefix("HTTP/1.1 \(attack.status) ") || answer.hasPrefix("HTTP/1.0 \(attack.status) "))
        #expect(!answer.contains("served"))
        await server.stop()
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:a\r\nA:\r\nB: \r\nC:  two  \r\nD:\ttab\t\r\nConnection: close\r\n\r\n",
        "GET http://a/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /?%00&&=x&y HTTP/1.1\r\nhost: a\r\nCookie: a=b; c=d\r\nconnection: close\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
    ])
    func `unusual but correct requests are served`(bytes: String) async throws {
        let server = try HTTPServer { request in .text("served \(request.path)") }
        let port = server.port
        let answer = await blocking {
            let socket = RawSocket(port: port)
            defer { socket.close() }
            socket.send(bytes)
            return String(decoding: socket.readToEnd(), as: UTF8.self)
        }
        #expect(answer.hasSuffix("served /"))
        await server.stop()
    }

    @Test func `pipelined requests are answered one by one, in order`() async throws {
        let server = try HTTPServer { request in .text("<\(request.path)>") }
        let port = server.port
        let answer = await blocking {
            let socket = RawSocket(port: port)
            defer { socket.close() }
            for index in 0..<20 {
                socket.send("GET /\(index) HTTP/1.1\r\nHost: a\r\n\(index == 19 ? "Connection: close\r\n" : "")\r\n")
            }
            return String(decoding: socket.readToEnd(), as: UTF8.self)
        }
        let bodies = answer.split(separator: "<").dropFirst().map { $0.prefix { $0 != ">" } }
        #expect(bodies == (0..<20).map { "/\($0)" })
        await server.stop()
    }

    @Test(arguments: ["", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\nX: "])
    func `a header that does not come in time closes the connection`(start: String) async throws {
        var options = HTTPServerOptions()
        options.headerTimeout = .milliseconds(100)
        let server = try HTTPServer(options) { _ in .text("served") }
        let port = server.port
        let answer = await blocking {
            let socket = RawSocket(port: port)
            defer { socket.close() }
            if !start.isEmpty { socket.send(start) }
            return socket.readToEnd()
        }
        #expect(answer.isEmpty)
        await server.stop()
    }

    @Test func `a body that trickles closes the connection`() async throws {
        var options = HTTPServerOptions()
        options.headerTimeout = .milliseconds(100)
        options.bodyGrace = .milliseconds(100)
        let server = try HTTPServer(options) { _ in .text("served") }
        let port = server.port
        let answer = await blocking {
            let socket = RawSocket(port: port)
            defer { socket.close() }
            socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nslow")
            return socket.readToEnd()
        }
        #expect(answer.isEmpty)
        await server.stop()
    }

    @Test func `an idle connection is closed after its time`() async throws {
        var options = HTTPServerOptions()
        options.idleTimeout = .milliseconds(100)
        let server = try HTTPServer(options) { _ in .text("served") }
        let port = server.port
        let answer = await blocking {
            let socket = RawSocket(port: port)
            defer { socket.close() }
            socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return String(decoding: socket.readToEnd(), as: UTF8.self)
        }
        #expect(answer.hasSuffix("served"))
        await server.stop()
    }

    @Test(arguments: [true, false])
    func `connections over the cap are told 503, and served again when others leave`(perAddress: Bool) async throws {
        var options = HTTPServerOptions()
        if perAddress { options.maximumConnectionsPerAddress = 2 } else { options.maximumConnections = 2 }
        let server = try HTTPServer(options) { _ in .text("served") }
        let port = server.port
        let (first, over, after) = await blocking {
            let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
            let held = (0..<2).map { _ in RawSocket(port: port) }
            for socket in held { socket.send(request) }
            let first = held.map { $0.readHead() }
            let third = RawSocket(port: port)
            third.send(request)
            let over = String(decoding: third.readToEnd(), as: UTF8.self)
            third.close()
            for socket in held { socket.close() }
            // The server notices the closed sockets before, or together with, the next connection.
            var after = ""
            for _ in 0..<100 where !after.hasPrefix("HTTP/1.1 200") {
                let again = RawSocket(port: port)
                again.send(request)
                after = again.readHead()
                again.close()
            }
            return (first, over, after)
        }
        #expect(first.allSatisfy { $0.hasPrefix("HTTP/1.1 200") })
        #expect(over.hasPrefix("HTTP/1.1 503") && over.contains("Retry-After: 1\r\n"))
        #expect(after.hasPrefix("HTTP/1.1 200"))
        await server.stop()
    }

    @Test func `a route may take more or less body than the server`() async throws {
        var options = HTTPServerOptions()
        options.maximumBodyBytes = 10
        var router = Router()
        router.on(.post, "/large", maximumBodyBytes: 100) { .text("\($0.body.count)") }
        router.on(.post, "/plain") { .text("\($0.body.count)") }
        let server = try HTTPServer(options, router: router)
        let port = server.port
        let statuses = await blocking {
            [("/large", 100), ("/large", 101), ("/plain", 10), ("/plain", 11)].map { path, count in
                let socket = RawSocket(port: port)
                defer { socket.close() }
                socket.send("POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n")
                if count % 2 == 0 { socket.send([UInt8](repeating: 0x61, count: count)) }
                return String(socket.readHead().dropFirst(9).prefix(3))
            }
        }
        #expect(statuses == ["200", "413", "200", "413"])
        await server.stop()
    }

    @Test func `a client that waits for 100 Continue gets it, or the refusal`() async throws {
        let server = try HTTPServer { .text("\($0.body.count)") }
        let port = server.port
        let heads = await blocking {
            [3, 2_000_000].map { count in
                let socket = RawSocket(port: port)
                defer { socket.close() }
                socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\nExpect: 100-continue\r\n\r\n")
                return String(socket.readHead().prefix(12))
            }
        }
        #expect(heads == ["HTTP/1.1 100", "HTTP/1.1 413"])
        await server.stop()
    }
}
