import HTTPClient
import HTTPServer
import Testing

@Suite("What the client tolerates")
struct ClientLimitTests {
    private func failure(
        _ answer: [UInt8],
        _ change: (inout HTTPRequest) -> Void = { _ in }
    ) async -> HTTPError? {
        let server = ScriptedServer(answer: answer)
        var request = HTTPRequest(url: "http://127.0.0.1:\(server.port)/")
        change(&request)
        let client = client(for: server.port)
        let error = await #expect(throws: HTTPError.self) { try await client.send(request) }
        server.stop()
        return error
    }

    private func head(_ lines: String...) -> [UInt8] {
        Array("HTTP/1.1 200 OK\r\n\(lines.map { $0 + "\r\n" }.joined())\r\n".utf8)
    }

    @Test func `a body over the limit is given up, declared or not`() async throws {
        let body = [UInt8](repeating: 0x61, count: 3000)
        #expect(await failure(head("Content-Length: 3000") + body) { $0.maximumBodyBytes = 2999 }?.code == .tooLarge)
        #expect(await failure(head("Connection: close") + body) { $0.maximumBodyBytes = 2999 }?.code == .tooLarge)
    }

    @Test func `a body of exactly the limit is taken`() async throws {
        let server = ScriptedServer(answer: head("Content-Length: 3000") + [UInt8](repeating: 0x61, count: 3000))
        var request = HTTPRequest(url: "http://127.0.0.1:\(server.port)/")
        request.maximumBodyBytes = 3000
        #expect(try await client(for: server.port).send(request).body.count == 3000)
        server.stop()
    }

    @Test func `a gzip bomb is given up at the limit of decoded bytes`() async throws {
        let bomb = gzipOfZeros(megabytes: 64)
        #expect(bomb.count < 500_000)
        #expect(await failure(head("Content-Encoding: gzip", "Connection: close") + bomb)?.code == .tooLarge)
    }

    @Test func `a compressed body is decoded`() async throws {
        let server = ScriptedServer(
            answer: head("Content-Encoding: gzip", "Connection: close") + gzipOfZeros(megabytes: 1)
        )
        let response = try await client(for: server.port).send(HTTPRequest(url: "http://127.0.0.1:\(server.port)/"))
        #expect(response.body.count >= 1 << 20 && response.body.allSatisfy { $0 == 0 })
        server.stop()
    }

    @Test func `a broken encoding is a protocol violation`() async throws {
        let error = await failure(head("Content-Encoding: gzip", "Content-Length: 7") + Array("no gzip".utf8))
        #expect(error?.code == .protocolViolation)
    }

    @Test func `a body that ends early is truncated`() async throws {
        #expect(await failure(head("Content-Length: 10") + Array("half".utf8))?.code == .truncated)
    }

    @Test func `a connection that closes without an answer is reset`() async throws {
        #expect(await failure([])?.code == .reset)
    }

    @Test func `what is not HTTP is a protocol violation`() async throws {
        #expect(await failure(Array("220 mail.example ESMTP\r\n".utf8))?.code == .protocolViolation)
    }

    @Test func `endless headers are given up`() async throws {
        let error = await failure(
            head(String(repeating: "X: \(String(repeating: "a", count: 998))\r\n", count: 70) + "Y: z")
        )
        #expect(error?.code == .tooLarge)
    }

    @Test func `a silent server runs into the deadline`() async throws {
        let server = ScriptedServer { socket in _ = socket.readToEnd() }
        let error = await #expect(throws: HTTPError.self) {
            try await client(for: server.port).send(
                HTTPRequest(url: "http://127.0.0.1:\(server.port)/", deadline: .milliseconds(50))
            )
        }
        #expect(error?.code == .timeout)
        server.stop()
    }

    @Test func `a body that trickles is given up before the deadline`() async throws {
        let server = ScriptedServer { socket in
            _ = socket.readHead()
            socket.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx")
            _ = socket.readToEnd()
        }
        var options = HTTPClientOptions()
        options.allowedOrigins = ["http://127.0.0.1:\(server.port)"]
        options.lowSpeedTime = .seconds(1)
        let client = HTTPClient(options)
        let began = ContinuousClock.now
        let error = await #expect(throws: HTTPError.self) {
            try await client.send(HTTPRequest(url: "http://127.0.0.1:\(server.port)/", deadline: .seconds(60)))
        }
        #expect(error?.code == .timeout)
        #expect(ContinuousClock.now - began < .seconds(30))
        server.stop()
    }

    @Test func `requests over the connections of a host wait for one`() async throws {
        let busy = Counter()
        let crowded = Counter()
        let server = try HTTPServer { _ in
            busy.add()
            if busy.value > 2 { crowded.add() }
            await Task.yield()
            busy.subtract()
            return .text("done")
        }
        var options = HTTPClientOptions()
        options.allowedOrigins = [server.url("")]
        options.connectionsPerHost = 2
        let client = HTTPClient(options)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<40 { group.addTask { try await client.send(HTTPRequest(url: server.url("/"))).status } }
            for try await status in group { #expect(status == 200) }
        }
        #expect(crowded.value == 0)
        await server.stop()
    }

    @Test func `a port where nobody listens is a connect failure`() async throws {
        let server = ScriptedServer(answer: [])
        server.stop()
        let error = await #expect(throws: HTTPError.self) {
            try await client(for: server.port).send(HTTPRequest(url: "http://127.0.0.1:\(server.port)/"))
        }
        #expect(error?.code == .connect)
    }

    @Test func `messages hold neither path nor query`() async throws {
        let server = ScriptedServer(answer: [])
        let error = await #expect(throws: HTTPError.self) {
            try await client(for: server.port).send(
                HTTPRequest(url: "http://127.0.0.1:\(server.port)/secretpath?access_token=secretquery")
            )
        }
        #expect(error.map { !"\($0)".contains("secret") } == true)
        server.stop()
    }
}

/// A gzip stream of zeros, in fixed Huffman codes: one literal, then matches of 258 bytes at distance 1.
private func gzipOfZeros(megabytes: Int) -> [UInt8] {
    var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    var pending: UInt32 = 0
    var count: UInt32 = 0
    func put(_ value: UInt32, _ bits: UInt32) {
        pending |= value << count
        count += bits
        while count >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: pending))
            pending >>= 8
            count -= 8
        }
    }
    let matches = megabytes * (1 << 20) / 258 + 1
    put(0b011, 3)  // last block, fixed codes
    put(0b0000_1100, 8)  // literal 0: code 00110000, sent from its highest bit
    for _ in 0..<matches {
        put(0b1010_0011, 8)  // length 258: code 11000101
        put(0, 5)  // distance 1
    }
    put(0, 7)  // end of block
    if count > 0 { put(0, 8 - count) }
    let length = UInt32(1 + matches * 258)
    let checksum = megabytes > 1 ? 0 : crcOfZeros(Int(length))
    for value in [checksum, length] {
        for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * shift))) }
    }
    return bytes
}

private func crcOfZeros(_ count: Int) -> UInt32 {
    var table: [UInt32] = []
    for index in 0..<256 {
        var value = UInt32(index)
        for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
        table.append(value)
    }
    var crc = UInt32.max
    for _ in 0..<count { crc = table[Int(crc & 255)] ^ (crc >> 8) }
    return ~crc
}
