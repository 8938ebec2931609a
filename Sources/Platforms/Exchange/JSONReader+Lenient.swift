internal import FleetCore
internal import JSON

// How platforms' answers are read: a value of a wrong type counts as absent, only broken JSON is an error.
extension JSONReader {
    /// The string here, or nil when the value is something else, which is passed over.
    mutating func textIfString() throws(JSONError) -> JSONText? {
        if try peek() == .string { return try text() }
        try skip()
        return nil
    }

    /// Enters an object and says so, or passes over any other value.
    mutating func enterObject() throws(JSONError) -> Bool {
        if try peek() == .object {
            try beginObject()
            return true
        }
        try skip()
        return false
    }

    /// Enters an array and says so, or passes over any other value.
    mutating func enterArray() throws(JSONError) -> Bool {
        if try peek() == .array {
            try beginArray()
            return true
        }
        try skip()
        return false
    }

    /// A small integer, also inside a string; nil for anything else.
    mutating func smallInteger() throws(JSONError) -> Int? {
        switch try peek() {
        case .number:
            guard case .integer(let value) = try integerOrDecimal() else { return nil }
            return Int(exactly: value)
        case .string: return FixedPoint.digits(try text().bytes.span).map { Int($0) }
        case .object, .array, .bool, .null:
            try skip()
            return nil
        }
    }
}
