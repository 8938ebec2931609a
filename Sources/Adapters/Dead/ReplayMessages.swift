public import AMQP
public import FleetCore
internal import JSON

/// A letter that is to be published again.
struct ClaimedLetter: Sendable {
    var place: Int32
    var letter: Int64
    var platform: String
    var cause: String
    var headers: String
    var properties: String
    var body: [UInt8]
    /// Which copy this is; a worker runs one copy of a letter only.
    var copy: FleetCore.UUID
}

/// Which replay a job belongs to, as its message says.
public struct ReplayTicket: Sendable, Equatable {
    public var selection: Int64
    public var place: Int32
    public var copy: UUID
    /// When it was given back to the fleet: patience begins anew.
    public var since: Instant
}

extension ReplayTicket {
    /// The ticket in a message's headers, nil when there is none.
    public init?(_ headers: [AMQP.Field]) {
        let header = DeadLetter.Header.self
        guard let parts = headers[header.replay]?.string?.split(separator: "/"), parts.count == 2,
            let selection = Int64(parts[0]), let place = Int32(parts[1]),
            let copy = headers[header.copy]?.string.flatMap({ UUID($0) }),
            let since = headers[header.since]?.int
        else { return nil }
        self.init(selection: selection, place: place, copy: copy, since: Instant(microseconds: since))
    }
}

extension JobMessages {
    /// The message of a letter as its publisher wrote it, under the key of its job, with where it comes from: what it wore
    /// when it died, without the death itself. Throws the fault of a message that the contract refuses.
    func replay(_ letter: ClaimedLetter, selection: Int64, now: Instant) throws(Death) -> Outgoing {
        let job = try JobContract().read(letter.body, now: now)
        var outgoing = message(body: letter.body, id: job.id, routingKey: job.routingKey)
        let properties = (try? JSONValue(parsing: letter.properties)) ?? .null
        outgoing.message.properties.restore(properties)
        let own: [AMQP.Field] = [
            Field(DeadLetter.Header.replay, .string("\(selection)/\(letter.place)")),
            Field(DeadLetter.Header.copy, .string(letter.copy.description)),
            Field(DeadLetter.Header.letter, .int(letter.letter)),
            Field(DeadLetter.Header.since, .int(now.microseconds)),
        ]
        let worn = ((try? JSONValue(parsing: letter.headers))?.object ?? []).compactMap { member in
            DeadLetter.Header.ofDeath.contains(member.key) || member.key.hasPrefix("x-death")
                || member.key.hasPrefix("x-first-death") || member.key.hasPrefix("x-last-death")
                || member.key == "x-delivery-count"
                ? nil : FieldValue(member.value).map { AMQP.Field(member.key, $0) }
        }
        outgoing.message.properties.headers = Array((own + worn).prefix(64))
        return outgoing
    }
}

extension Properties {
    /// What is kept of them beside the headers.
    var document: JSONValue {
        var members: [JSONValue.Member] = []
        func add(_ name: String, _ text: String?) {
            if let text { members.append(.init(name, .string(DeadLetter.storable(text)))) }
        }
        add("content_type", contentType)
        add("content_encoding", contentEncoding)
        add("type", type)
        add("message_id", messageID)
        add("correlation_id", correlationID)
        add("reply_to", replyTo)
        add("app_id", appID)
        if let timestamp { members.append(.init("timestamp", .number(.integer(Int64(clamping: timestamp))))) }
        if let priority { members.append(.init("priority", .number(.integer(Int64(priority))))) }
        return .object(members)
    }

    /// Takes back what was kept; a letter of before these were kept has none.
    mutating func restore(_ document: JSONValue) {
        contentType = document["content_type"]?.string ?? contentType
        contentEncoding = document["content_encoding"]?.string
        type = document["type"]?.string ?? type
        messageID = document["message_id"]?.string ?? messageID
        correlationID = document["correlation_id"]?.string
        replyTo = document["reply_to"]?.string
        appID = document["app_id"]?.string ?? appID
        timestamp = document["timestamp"]?.int64.map { UInt64(clamping: $0) }
        priority = document["priority"]?.int64.flatMap { UInt8(exactly: $0) }
    }
}

extension FieldValue {
    /// A header's value from what is shown of it; nil for what cannot be told any more.
    init?(_ value: JSONValue) {
        switch value {
        case .bool(let flag): self = .bool(flag)
        case .number(let number):
            guard let integer = number.integralValue else { return nil }
            self = .int(integer)
        case .string(let text): self = .string(text)
        case .null, .array, .object: return nil
        }
    }
}
