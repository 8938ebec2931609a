internal import JSON

/// An operator's change of a dead job's message: what was, what shall be, and whether the contract accepts it.
public struct JobEdit: Sendable {
    /// One field that differs, as JSON; nil where there is none.
    public struct Change: Sendable, Equatable {
        public var field: String
        public var before: String?
        public var after: String?

        public init(field: String, before: String?, after: String?) {
            self.field = field
            self.before = before
            self.after = after
        }
    }

    /// Why an edit is refused.
    public struct Fault: Error, Sendable, Equatable {
        public var message: String

        public init(message: String) { self.message = message }
    }

    /// The new message.
    public let body: [UInt8]
    public let job: Job
    public let changes: [Change]

    /// Sets fields of a message and checks the whole of it. A body that is no JSON object is begun anew.
    ///
    /// - Parameters:
    ///   - values: fields with their new values: JSON, or plain text where that is none; `null` takes the field out.
    ///   - isKnown: whether the letter knows the job's id and account already. They, and the run, then stay as they are: a
    ///     job keeps its place in the ledger.
    public init(of body: [UInt8], setting values: [(field: String, value: String)], isKnown: Bool, now: Instant)
        throws(Fault)
    {
        if values.isEmpty { throw Fault(message: "nothing is to be changed") }
        let before = (try? JSONValue(parsing: body))?.object ?? []
        var after = before
        for (field, text) in values {
            if isKnown, ["id", "run", "account"].contains(field) {
                throw Fault(message: "\"\(field)\" says whose place in the ledger it is and cannot be changed")
            }
            Self.set(field, (try? JSONValue(parsing: text)) ?? .string(text), in: &after)
        }
        self.body = JSONValue.object(after).rendered()
        do { job = try JobContract().read(self.body, now: now) } catch {
            throw Fault(message: "the contract refuses it: \(error.cause.rawValue): \(error.detail)")
        }
        changes = Self.changes(before, after)
        if changes.isEmpty { throw Fault(message: "nothing would be different") }
    }

    private static func set(_ field: String, _ value: JSONValue, in members: inout [JSONValue.Member]) {
        let place = members.firstIndex { $0.key == field }
        switch (place, value) {
        case (let place?, .null): members.remove(at: place)
        case (let place?, _): members[place].value = value
        case (nil, .null): break
        case (nil, _): members.append(.init(field, value))
        }
    }

    private static func changes(_ before: [JSONValue.Member], _ after: [JSONValue.Member]) -> [Change] {
        func value(_ field: String, _ members: [JSONValue.Member]) -> String? {
            members.last { $0.key == field }?.value.description
        }
        var fields: [String] = []
        for member in before + after where !fields.contains(member.key) { fields.append(member.key) }
        return fields.compactMap { field in
            let (old, new) = (value(field, before), value(field, after))
            return old == new ? nil : Change(field: field, before: old, after: new)
        }
    }
}
