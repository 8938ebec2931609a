internal import FleetCore
internal import JSON
internal import Platforms

/// What is wrong with a command, in a sentence.
struct ControlFault: Error {
    var message: String

    init(_ message: String) { self.message = message }
}

/// Reads the members of a command, and refuses what it does not know.
struct ControlReader {
    let place: String
    private let value: JSONValue
    let now: Instant

    init(_ value: JSONValue, _ place: String, known: [String], at now: Instant) throws(ControlFault) {
        guard let members = value.object else { throw ControlFault("\(place) must be an object") }
        for member in members where !known.contains(member.key) {
            throw ControlFault("\(place): \(member.key) is not known; known are \(known.joined(separator: ", "))")
        }
        self.place = place
        self.value = value
        self.now = now
    }

    subscript(_ key: String) -> JSONValue? {
        // A bare nil would be a JSON null here.
        guard let found = value[key], !found.isNull else { return .none }
        return found
    }

    /// Whether a member is there and not null.
    func holds(_ key: String) -> Bool { value[key].map { !$0.isNull } ?? false }

    /// Whether a member is there, if only as null.
    func has(_ key: String) -> Bool { value[key] != nil }

    func text(_ key: String) throws(ControlFault) -> String? {
        try read(key, "a string") { $0.string }
    }

    func whole(_ key: String) throws(ControlFault) -> Int64? {
        try read(key, "a whole number") { $0.int64 }
    }

    func number(_ key: String) throws(ControlFault) -> Int? { try whole(key).map { Int($0) } }

    func list(_ key: String) throws(ControlFault) -> [JSONValue]? {
        try read(key, "a list") { $0.array }
    }

    func words(_ key: String) throws(ControlFault) -> [String]? {
        try read(key, "a list of strings") { value in
            let words = value.array?.compactMap(\.string)
            return words?.count == value.array?.count ? words : nil
        }
    }

    /// Seconds, with a fraction if wanted.
    func duration(_ key: String) throws(ControlFault) -> Duration? {
        try read(key, "a number of seconds") { value in
            value.double.flatMap { abs($0) < 1e9 ? .microseconds(Int64($0 * 1e6)) : nil }
        }
    }

    /// A share from 0 to 1, in millionths.
    func millionths(_ key: String) throws(ControlFault) -> UInt64? {
        try read(key, "a share from 0 to 1") { value in
            value.double.flatMap { (0...1).contains($0) ? UInt64(($0 * 1e6).rounded()) : nil }
        }
    }

    func platform(_ key: String = "platform") throws(ControlFault) -> PlatformName? {
        try read(key, "one of \(PlatformName.allCases.map(\.rawValue).joined(separator: ", "))") { value in
            value.string.flatMap { PlatformName(rawValue: $0) }
        }
    }

    func date(_ key: String) throws(ControlFault) -> CivilDate? {
        try read(key, "a date YYYY-MM-DD") { $0.string.flatMap { CivilDate($0) } }
    }

    /// An instant as RFC 3339 has it, a date for its beginning in UTC, or seconds from now.
    func instant(_ key: String) throws(ControlFault) -> Instant? {
        try read(key, "an instant such as 2026-11-01T00:00:00Z, a date, or seconds from now") { value in
            if let seconds = value.double { return now + .microseconds(Int64(seconds * 1e6)) }
            guard let text = value.string else { return nil }
            return Instant(text) ?? CivilDate(text).map { TimeZoneRules.utc.startOfDay($0) }
        }
    }

    func required<Value>(_ value: Value?, _ key: String) throws(ControlFault) -> Value {
        guard let value else { throw ControlFault("\(place): \(key) is missing") }
        return value
    }

    func fault(_ message: String) -> ControlFault { ControlFault("\(place): \(message)") }

    private func read<Value>(
        _ key: String,
        _ shape: String,
        _ convert: (JSONValue) -> Value?
    ) throws(ControlFault) -> Value? {
        guard let found = self[key] else { return nil }
        guard let value = convert(found) else { throw fault("\(key) must be \(shape)") }
        return value
    }
}
