import Testing

@testable import AMQP

@Suite("Output buffer")
struct OutputBufferTests {
    private func bytes(_ build: (inout OutputBuffer) -> Void) -> [UInt8] {
        var output = OutputBuffer()
        build(&output)
        return output.bytes
    }

    @Test func `a heartbeat is an empty frame of type eight`() {
        #expect(bytes { $0.heartbeat() } == [8, 0, 0, 0, 0, 0, 0, 0xCE])
    }

    @Test func `an ack carries tag and flag`() {
        let frame = bytes { $0.basicAck(3, tag: 258, multiple: true) }
        #expect(frame == [1, 0, 3, 0, 0, 0, 13, 0, 60, 0, 80, 0, 0, 0, 0, 0, 0, 1, 2, 1, 0xCE])
    }

    @Test func `a publish is mandatory and persistent`() {
        let outgoing = Outgoing(exchange: "e", routingKey: "k", message: Message(body: [7]))
        let frames = bytes { _ = $0.basicPublish(1, outgoing, frameMaximum: 4096) }
        let method: [UInt8] = [1, 0, 1, 0, 0, 0, 11, 0, 60, 0, 40, 0, 0, 1, 101, 1, 107, 1, 0xCE]
        let header: [UInt8] = [2, 0, 1, 0, 0, 0, 15, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x10, 0, 2, 0xCE]
        let body: [UInt8] = [3, 0, 1, 0, 0, 0, 1, 7, 0xCE]
        #expect(frames == method + header + body)
    }

    @Test func `a body longer than a frame is cut at the limit`() {
        let outgoing = Outgoing(exchange: "", routingKey: "", message: Message(body: Array(repeating: 1, count: 9000)))
        var output = OutputBuffer()
        let taken = output.basicPublish(1, outgoing, frameMaximum: 4096)
        #expect(taken)
        // Three body frames of 4088, 4088 and 824 bytes, eight bytes around each.
        #expect(output.count == 17 + 23 + 9000 + 3 * 8)
    }

    @Test func `a header larger than a frame is refused and leaves nothing behind`() {
        let properties = Properties(headers: [Field("x", .string(String(repeating: "y", count: 5000)))])
        let outgoing = Outgoing(exchange: "", routingKey: "", message: Message(body: [], properties: properties))
        var output = OutputBuffer()
        let taken = output.basicPublish(1, outgoing, frameMaximum: 4096)
        #expect(!taken)
        #expect(output.isEmpty)
    }

    @Test func `a table keeps order and types`() {
        let encoded = bytes { $0.table([Field("a", 1), Field("b", true), Field("c", "x"), Field("d", .null)]) }
        let expected: [UInt8] =
            [0, 0, 0, 27, 1, 97, 108, 0, 0, 0, 0, 0, 0, 0, 1, 1, 98, 116, 1, 1, 99, 83, 0, 0, 0, 1, 120, 1, 100, 86]
        #expect(encoded == Array(expected[0..<3]) + [UInt8(expected.count - 4)] + Array(expected[4...]))
    }

    @Test func `what the system took is counted and let go`() {
        var output = OutputBuffer()
        output.heartbeat()
        output.heartbeat()
        output.took(5)
        #expect(output.count == 11)
        #expect(output.taken == 5)
        #expect(output.end == 16)
        output.took(11)
        #expect(output.isEmpty)
        output.heartbeat()
        #expect(output.end == 24)
    }

    @Test func `texts that the protocol cannot carry are named`() {
        let long = String(repeating: "x", count: 256)
        let message = Message(body: [])
        #expect(Outgoing(exchange: "e", routingKey: "k", message: message).encodingFault == nil)
        #expect(Outgoing(exchange: long, routingKey: "", message: message).encodingFault != nil)
        #expect(Outgoing(exchange: "", routingKey: long, message: message).encodingFault != nil)
        let typed = Message(body: [], properties: Properties(type: long))
        #expect(Outgoing(exchange: "", routingKey: "", message: typed).encodingFault != nil)
        let nested = Message(body: [], properties: Properties(headers: [Field("a", .table([Field(long, 1)]))]))
        #expect(Outgoing(exchange: "", routingKey: "", message: nested).encodingFault != nil)
    }
}
