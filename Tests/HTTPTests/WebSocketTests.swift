import HTTPServer
import Testing

@Suite("WebSocket")
struct WebSocketTests {
    private func echo(_ options: WebSocketOptions = WebSocketOptions()) throws -> HTTPServer {
        try HTTPServer { request in
            .webSocket(request, options) { connection in
                for await message in connection.messages { connection.send(message) }
            }
        }
    }

    @Test func `the handshake's answer is that of the standard's example`() async throws {
        let server = try echo()
        let port = server.port
        let head = await blocking {
            let client = WebSocketClient(port: port)
            defer { client.socket.close() }
            return client.handshake()
        }
        #expect(head.hasPrefix("HTTP/1.1 101 "))
        #expect(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
        await server.stop()
    }

    @Test(arguments: [0, 1, 125, 126, 65535, 65536])
    func `a message of any length class comes back`(size: Int) async throws {
        let server = try echo()
        let port = server.port
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        let (text, binary) = await blocking {
            let client = WebSocketClient(port: port)
            defer { client.socket.close() }
            _ = client.handshake()
            client.send(1, [UInt8](repeating: 0x61, count: size))
            let text = client.receive()
            client.send(2, payload)
            return (text, client.receive())
        }
        #expect(text == Frame(1, [UInt8](repeating: 0x61, count: size)))
        #expect(binary == Frame(2, payload))
        await server.stop()
    }

    @Test func `fragments are joined, pings answered in between, and the close is returned`() async throws {
        let server = try echo()
        let port = server.port
        let frames = await blocking {
            let client = WebSocketClient(port: port)
            defer { client.socket.close() }
            // Everything right behind the handshake, before its answer.
            client.sendHandshake()
            client.send(1, Array("one ".utf8), final: false)
            client.send(9, Array("ping".utf8))
            client.send(0, Array("two".utf8))
            _ = client.socket.readHead()
            let frames = [client.receive(), client.receive()]
            client.send(8, [0x03, 0xE8])
            return frames + [client.receive(), client.receive()]
        }
        #expect(frames.contains(Frame(10, Array("ping".utf8))))
        #expect(frames.contains(Frame(1, Array("one two".utf8))))
        #expect(frames[2] == Frame(8, [0x03, 0xE8]))
        #expect(frames[3] == nil)
        await server.stop()
    }

    struct Violation: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let frames: [[UInt8]]
        let code: UInt16
    }

    @Test(arguments: [
        Violation(testDescription: "no mask", frames: [[0x81, 1, 0x61]], code: 1002),
        Violation(
            testDescription: "no mask in the second frame",
            frames: [frame(1, [0x61]), [0x81, 1, 0x61]],
            code: 1002
        ),
        Violation(testDescription: "reserved bit", frames: [frame(1, [0x61], reserved: 4)], code: 1002),
        Violation(testDescription: "unknown opcode", frames: [frame(3, [0x61])], code: 1002),
        Violation(testDescription: "long ping", frames: [frame(9, [UInt8](repeating: 0, count: 126))], code: 1002),
        Violation(testDescription: "fragmented ping", frames: [frame(9, [], final: false)], code: 1002),
        Violation(testDescription: "continuation of nothing", frames: [frame(0, [0x61])], code: 1002),
        Violation(
            testDescription: "two starts",
            frames: [frame(1, [0x61], final: false), frame(1, [0x61])],
            code: 1002
        ),
        Violation(
            testDescription: "length with the highest bit",
            frames: [[0x82, 0xFF] + [0x80, 0, 0, 0, 0, 0, 0, 0] + [1, 2, 3, 4]],
            code: 1002
        ),
        Violation(testDescription: "a close of one byte", frames: [frame(8, [3])], code: 1002),
        Violation(testDescription: "a close with a reserved code", frames: [frame(8, [0x03, 0xED])], code: 1002),
        Violation(testDescription: "invalid UTF-8", frames: [frame(1, [0xC3, 0x28])], code: 1007),
        Violation(testDescription: "UTF-8 cut at the end", frames: [frame(1, [0xC3])], code: 1007),
        Violation(
            testDescription: "a message too long",
            frames: [frame(2, [UInt8](repeating: 0, count: 65537))],
            code: 1009
        ),
        Violation(
            testDescription: "fragments too long together",
            frames: [frame(2, [UInt8](repeating: 0, count: 65536), final: false), frame(0, [1])],
            code: 1009
        ),
        Violation(
            testDescription: "an announced length too long",
            frames: [[0x82, 0xFF] + [0, 0, 0, 1, 0, 0, 0, 0] + [1, 2, 3, 4]],
            code: 1009
        ),
    ])
    func `a broken rule closes with the right code`(violation: Violation) async throws {
        let server = try echo()
        let port = server.port
        let code = await blocking { () -> UInt16? in
            let client = WebSocketClient(port: port)
            defer { client.socket.close() }
            _ = client.handshake()
            for frame in violation.frames { client.socket.send(frame) }
            while let frame = client.receive() {
                if frame.opcode == 8 { return frame.code }
            }
            return nil
        }
        #expect(code == violation.code)
        await server.stop(deadline: .zero)
    }

    @Test(arguments: [
        ("Origin: https://good.example\r\n", "101"), ("", "101"), ("Origin: https://evil.example\r\n", "403"),
        ("Origin: null\r\n", "403"), ("Sec-WebSocket-Protocol: b, a\r\n", "101"),
        ("Sec-WebSocket-Protocol: b\r\n", "400"),
    ])
    func `origin and subprotocol decide about the handshake`(header: String, status: String) async throws {
        var options = WebSocketOptions(allowedOrigins: ["https://good.example"])
        options.subprotocol = "a"
        let server = try echo(options)
        let port = server.port
        let head = await blocking {
            let client = WebSocketClient(port: port)
            defer { client.socket.close() }
            return client.handshake(header)
        }
        #expect(head.hasPrefix("HTTP/1.1 \(status) "))
        #expect(head.contains("Sec-WebSocket-Protocol: a\r\n") == (header.contains("b, a")))
        await server.stop(deadline: .zero)
    }

    @Test(arguments: [
        (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            "426"
        ),
        ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n", "400"),
        (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n",
            "400"
        ),
        ("Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "426"),
        ("", "426"),
    ])
    func `a wrong handshake is refused`(headers: String, status: String) async throws {
        let server = try echo()
        let port = server.port
        let head = await blocking {
            let socket = RawSocket(port: port)
            defer { socket.close() }
            socket.send("GET / HTTP/1.1\r\nHost: a\r\n\(headers)\r\n")
            return socket.readHead()
        }
        #expect(head.hasPrefix("HTTP/1.1 \(status) "))
        await server.stop(deadline: .zero)
    }

    @Test func `a client that does not read is closed with 1013, with a bounded queue`() async throws {
        let sent = Gate()
        let taken = Counter()
        let server = try HTTPServer { request in
            .webSocket(request) { connection in
                while connection.send(.binary([UInt8](repeating: 0, count: 16 << 10))) { taken.add() }
                await sent.enter()
            }
        }
        let port = server.port
        let socket = RawSocket(port: port)
        let client = WebSocketClient(socket: socket)
        _ = await blocking { client.handshake() }
        await sent.arrival()
        let code = await blocking { () -> UInt16? in
            defer { socket.close() }
            while let frame = client.receive() { if frame.opcode == 8 { return frame.code } }
            return nil
        }
        #expect(code == 1013)
        // 1 MiB in the queue, and what the kernel's buffers took.
        #expect(taken.value >= 64 && taken.value < 2000)
        sent.open()
        await server.stop(deadline: .zero)
    }

    @Test func `a handler that does not read loses nothing`() async throws {
        let gate = Gate()
        let server = try HTTPServer { request in
            .webSocket(request) { connection in
                await gate.enter()
                var count = 0
                for await message in connection.messages {
                    if message == .text("end") { break }
                    #expect(message == .text("\(count)"))
                    count += 1
                }
                connection.send(.text("\(count)"))
            }
        }
        let port = server.port
        let client = WebSocketClient(port: port)
        _ = await blocking { client.handshake() }
        await gate.arrival()
        let answer = await blocking {
            for index in 0..<500 { client.send(1, Array("\(index)".utf8)) }
            client.send(1, Array("end".utf8))
            gate.open()
            defer { client.socket.close() }
            return client.receive()
        }
        #expect(answer == Frame(1, Array("500".utf8)))
        await server.stop(deadline: .zero)
    }

    @Test func `a silent peer is pinged, then dropped`() async throws {
        var options = WebSocketOptions()
        options.pingInterval = .milliseconds(40)
        options.deadAfter = .milliseconds(500)
        let quick = options
        var serverOptions = HTTPServerOptions()
        serverOptions.headerTimeout = .milliseconds(400)
        let server = try HTTPServer(serverOptions) { request in
            .webSocket(request, quick) { connection in for await _ in connection.messages {} }
        }
        let port = server.port
        let frames = await blocking {
            let client = WebSocketClient(port: port)
            defer { client.socket.close() }
            _ = client.handshake()
            var frames: [Frame] = []
            while let frame = client.receive() { frames.append(frame) }
            return frames
        }
        #expect(!frames.isEmpty && frames.allSatisfy { $0 == Frame(9, []) })
        await server.stop(deadline: .zero)
    }

    @Test func `a flood of pings whose pongs are never read ends the connection`() async throws {
        let server = try echo()
        let port = server.port
        let ended = await blocking {
            let client = WebSocketClient(port: port)
            defer { client.socket.close() }
            _ = client.handshake()
            let pings = (0..<500).flatMap { _ in frame(9, [UInt8](repeating: 0, count: 125)) }
            return (0..<4000).contains { _ in !client.socket.trySend(pings) }
        }
        #expect(ended)
        await server.stop(deadline: .zero)
    }

    @Test func `drain says 1001`() async throws {
        let server = try echo()
        let client = WebSocketClient(port: server.port)
        _ = await blocking { client.handshake() }
        async let stopped: Void = server.stop()
        let frame = await blocking {
            let frame = client.receive()
            client.send(8, [0x03, 0xE9])
            client.socket.close()
            return frame
        }
        #expect(frame?.code == 1001)
        await stopped
    }
}

struct Frame: Equatable, Sendable {
    let opcode: UInt8
    let payload: [UInt8]

    init(_ opcode: UInt8, _ payload: [UInt8]) {
        self.opcode = opcode
        self.payload = payload
    }

    /// The status of a close.
    var code: UInt16? {
        opcode == 8 && payload.count >= 2 ? UInt16(payload[0]) << 8 | UInt16(payload[1]) : nil
    }
}

/// A client's frame, masked.
func frame(_ opcode: UInt8, _ payload: [UInt8], final: Bool = true, reserved: UInt8 = 0) -> [UInt8] {
    var bytes: [UInt8] = [(final ? 0x80 : 0) | reserved << 4 | opcode]
    switch payload.count {
    case 0..<126: bytes.append(0x80 | UInt8(payload.count))
    case 126..<65536: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
    default: bytes += [0x80 | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
    }
    let mask: [UInt8] = [1, 2, 3, 4]
    return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
}

/// A blocking WebSocket client of raw bytes.
struct WebSocketClient: Sendable {
    let socket: RawSocket

    init(socket: RawSocket) { self.socket = socket }
    init(port: UInt16) { socket = RawSocket(port: port) }

    func sendHandshake(_ extra: String = "") {
        socket.send(
            "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(extra)\r\n"
        )
    }

    func handshake(_ extra: String = "") -> String {
        sendHandshake(extra)
        return socket.readHead()
    }

    func send(_ opcode: UInt8, _ payload: [UInt8], final: Bool = true) {
        socket.send(frame(opcode, payload, final: final))
    }

    /// The next frame; nil at the end.
    func receive() -> Frame? {
        let head = socket.readExactly(2)
        guard head.count == 2 else { return nil }
        var length = Int(head[1] & 0x7F)
        if length >= 126 { length = socket.readExactly(length == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) } }
        return Frame(head[0] & 15, socket.readExactly(length))
    }
}
