/// The frames this client sends after the login (specification sections 2.3.5 and 1.1 to 1.8 of the class list).
extension OutputBuffer {
    mutating func frame(_ type: UInt8, _ channel: UInt16, _ payload: (inout OutputBuffer) -> Void) {
        byte(type)
        integer(channel)
        let start = reserveLength()
        payload(&self)
        patchLength(at: start)
        byte(0xCE)
    }

    mutating func method(
        _ channel: UInt16,
        _ id: (UInt16, UInt16),
        _ arguments: (inout OutputBuffer) -> Void = { _ in }
    ) {
        frame(1, channel) { output in
            output.integer(id.0)
            output.integer(id.1)
            arguments(&output)
        }
    }

    mutating func heartbeat() { frame(8, 0) { _ in } }

    mutating func connectionClose() {
        method(0, (10, 50)) { output in
            output.integer(200 as UInt16)
            output.shortString("goodbye")
            output.integer(0 as UInt32)
        }
    }

    mutating func connectionCloseOk() { method(0, (10, 51)) }

    mutating func channelOpen(_ channel: UInt16) { method(channel, (20, 10)) { $0.shortString("") } }

    mutating func channelCloseOk(_ channel: UInt16) { method(channel, (20, 41)) }

    mutating func confirmSelect(_ channel: UInt16) { method(channel, (85, 10)) { $0.byte(0) } }

    /// Per consumer, never `global`: a quorum queue answers a global limit by closing the connection (540).
    mutating func basicQos(_ channel: UInt16, prefetch: UInt16) {
        method(channel, (60, 10)) { output in
            output.integer(0 as UInt32)
            output.integer(prefetch)
            output.byte(0)
        }
    }

    mutating func basicConsume(_ channel: UInt16, queue: String, tag: String, arguments: [Field] = []) {
        method(channel, (60, 20)) { output in
            output.integer(0 as UInt16)
            output.shortString(queue)
            output.shortString(tag)
            output.byte(0)  // acknowledged, shared, answered
            output.table(arguments)
        }
    }

    mutating func basicCancel(_ channel: UInt16, tag: String) {
        method(channel, (60, 30)) { output in
            output.shortString(tag)
            output.byte(0)
        }
    }

    mutating func basicCancelOk(_ channel: UInt16, tag: String) {
        method(channel, (60, 31)) { $0.shortString(tag) }
    }

    mutating func basicAck(_ channel: UInt16, tag: UInt64, multiple: Bool) {
        method(channel, (60, 80)) { output in
            output.integer(tag)
            output.byte(multiple ? 1 : 0)
        }
    }

    mutating func basicReject(_ channel: UInt16, tag: UInt64, requeue: Bool) {
        method(channel, (60, 90)) { output in
            output.integer(tag)
            output.byte(requeue ? 1 : 0)
        }
    }

    /// Appends method, header and body of a mandatory, persistent publish. False, and nothing appended, when the header does
    /// not fit into one frame, which the protocol requires.
    mutating func basicPublish(_ channel: UInt16, _ outgoing: borrowing Outgoing, frameMaximum: Int) -> Bool {
        let mark = bytes.count
        method(channel, (60, 40)) { output in
            output.integer(0 as UInt16)
            output.shortString(outgoing.exchange)
            output.shortString(outgoing.routingKey)
            output.byte(1)  // mandatory
        }
        let header = bytes.count
        frame(2, channel) { output in
            output.integer(60 as UInt16)
            output.integer(0 as UInt16)
            output.integer(UInt64(outgoing.message.body.count))
            output.properties(outgoing.message.properties)
        }
        guard bytes.count - header <= frameMaximum else {
            truncate(to: mark)
            return false
        }
        let body = outgoing.message.body
        let room = frameMaximum - 8
        if body.count <= room {
            if !body.isEmpty { frame(3, channel) { $0.raw(body) } }
        } else {
            var start = 0
            while start < body.count {
                let stop = min(start + room, body.count)
                frame(3, channel) { $0.raw(body[start..<stop]) }
                start = stop
            }
        }
        return true
    }
}

extension Outgoing {
    /// What makes this message impossible to encode, if anything: the protocol's short strings hold 255 bytes.
    var encodingFault: String? {
        func tooLong(_ text: String?) -> Bool { text.map { $0.utf8.count > 255 } ?? false }
        if tooLong(exchange) { return "the exchange name is longer than 255 bytes" }
        if tooLong(routingKey) { return "the routing key is longer than 255 bytes" }
        let properties = message.properties
        let common = tooLong(properties.contentType) || tooLong(properties.type) || tooLong(properties.messageID)
        if common || (properties.hasSeldom && properties.seldomTexts.contains(where: tooLong)) {
            return "a property is longer than 255 bytes"
        }
        if properties.headers.contains(where: { $0.hasOverlongName }) {
            return "a header name is longer than 255 bytes"
        }
        return nil
    }
}

extension Field {
    fileprivate var hasOverlongName: Bool { name.utf8.count > 255 || value.hasOverlongName }
}

extension FieldValue {
    fileprivate var hasOverlongName: Bool {
        switch self {
        case .table(let fields): fields.contains { $0.hasOverlongName }
        case .array(let values): values.contains { $0.hasOverlongName }
        case .bool, .int, .double, .string, .bytes, .timestamp, .null, .omitted: false
        }
    }
}
