internal import FleetCore
internal import JSON

/// What an error object says of itself: a problem document of RFC 9457, or the `code` and `message` of older interfaces.
/// Members of a wrong type count as absent.
struct ProblemDocument: Equatable, Sendable {
    var type = ""
    var title = ""
    /// A platform's own reason, for example `client-not-enrolled`.
    var reason = ""
    /// A number or a word.
    var code = ""
    /// The object it concerns, as the platform names it, or the value of the parameter at fault.
    var resource = ""
    /// The field or parameter at fault.
    var field = ""

    init() {}

    /// Reads a whole object; any other value gives an empty document.
    init(_ reader: inout JSONReader) throws(JSONError) {
        guard try reader.enterObject() else { return }
        while let key = try reader.nextKey() { try take(key, &reader) }
    }

    /// Takes a member, or leaves its value unread when it is none of a problem.
    mutating func take(_ key: JSONText, _ reader: inout JSONReader) throws(JSONError) {
        switch key {
        case "type": type = try reader.wordIfScalar()
        case "title": title = try reader.wordIfScalar()
        case "reason": reason = try reader.wordIfScalar()
        case "code": code = try reader.wordIfScalar()
        case "resource_id": resource = try reader.wordIfScalar()
        case "value":
            let value = try reader.wordIfScalar()
            if resource.isEmpty { resource = value }
        case "field": field = try reader.wordIfScalar()
        case "parameter":
            let parameter = try reader.wordIfScalar()
            if field.isEmpty { field = parameter }
        default: break
        }
    }

    /// The last part of the type's path: hosts differ and change, it does not.
    var typeName: Substring {
        let path = type.prefix { $0 != "?" && $0 != "#" }
        return path.split(separator: "/").last ?? ""
    }

    /// The type's name as it may be kept in records: short and of a name's letters only, since it comes from outside.
    var typeWord: String {
        let name = typeName
        let isWord = name.utf8.count <= 40 && name.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 == UInt8(ascii: "-") }
        return isWord ? String(name) : "unknown"
    }

    /// The code, where it is a number.
    var number: Int? { Int(code) }
}

extension JSONReader {
    /// A string, or a whole number as its digits; an empty text for anything else.
    mutating func wordIfScalar() throws(JSONError) -> String {
        switch try peek() {
        case .string: return try text().string
        case .number:
            guard case .integer(let value) = try integerOrDecimal() else { return "" }
            return String(value)
        case .object, .array, .bool, .null:
            try skip()
            return ""
        }
    }

    /// The first of these members of the object in a part of the document that is a string or whole number, wherever it
    /// stands among the members; nil when there is none.
    static func word(_ names: [String], in range: Range<Int>, of bytes: [UInt8]) throws(JSONError) -> String? {
        var reader = JSONReader(bytes, range: range)
        var found: [Int: String] = [:]
        guard try reader.enterObject() else { return nil }
        while let key = try reader.nextKey() {
            guard let index = names.firstIndex(where: key.equals) else { continue }
            let word = try reader.wordIfScalar()
            if !word.isEmpty { found[index] = word }
        }
        return names.indices.lazy.compactMap { found[$0] }.first
    }
}
