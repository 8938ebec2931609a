import Glibc
import JSON

/// As much of JSON Schema as the contract's files use. A word that is not known here is a fault, so that no part of a schema
/// goes unchecked unnoticed.
struct Schema {
    private static let silent = ["$schema", "$id", "title", "description", "default", "format"]

    struct Missing: Error { var path: String }

    private let schema: JSONValue

    init(_ schema: JSONValue) { self.schema = schema }

    /// The text of a file.
    static func text(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw Missing(path: path) }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// What is wrong with a value, each with its path.
    func faults(_ value: JSONValue, at path: String = "") -> [String] {
        (schema.object ?? []).flatMap { word -> [String] in
            if Self.silent.contains(word.key) { return [] }
            return check(word.key, word.value, value, path)
        }
    }

    private func check(_ word: String, _ rule: JSONValue, _ value: JSONValue, _ path: String) -> [String] {
        func unless(_ holds: Bool) -> [String] { holds ? [] : ["\(path): \(word)"] }
        let number = value.double
        switch word {
        case "type": return unless((rule.array ?? [rule]).contains { Self.isType($0.string ?? "", value) })
        case "const": return unless(rule == value)
        case "enum": return unless(rule.array?.contains(value) == true)
        case "minimum": return unless(number.map { $0 >= rule.double ?? 0 } ?? true)
        case "maximum": return unless(number.map { $0 <= rule.double ?? 0 } ?? true)
        case "minLength": return unless(value.string.map { $0.count >= rule.int64 ?? 0 } ?? true)
        case "maxLength": return unless(value.string.map { $0.count <= rule.int64 ?? 0 } ?? true)
        case "pattern": return unless(value.string.map { Self.isVersion7($0) } ?? true)
        case "minItems": return unless(value.array.map { $0.count >= rule.int64 ?? 0 } ?? true)
        case "maxItems": return unless(value.array.map { $0.count <= rule.int64 ?? 0 } ?? true)
        case "uniqueItems": return unless(value.array.map { Set($0).count == $0.count } ?? true)
        case "items":
            return (value.array ?? []).enumerated().flatMap { Schema(rule).faults($1, at: "\(path)/\($0)") }
        case "oneOf": return unless(rule.array?.count { Schema($0).faults(value, at: path).isEmpty } == 1)
        case "required":
            guard value.object != nil else { return [] }
            return (rule.array ?? []).filter { value[$0.string ?? ""] == nil }.map { "\(path)/\($0): required" }
        case "properties":
            return (rule.object ?? []).flatMap { member in
                value[member.key].map { Schema(member.value).faults($0, at: "\(path)/\(member.key)") } ?? []
            }
        case "minProperties": return unless(value.object.map { $0.count >= rule.int64 ?? 0 } ?? true)
        case "additionalProperties":
            return (value.object ?? []).flatMap { Schema(rule).faults($0.value, at: "\(path)/\($0.key)") }
        case "if":
            let branch = Schema(rule).faults(value, at: path).isEmpty ? "then" : "else"
            return schema[branch].map { Schema($0).faults(value, at: path) } ?? []
        case "then", "else": return []
        default: return ["\(path): the schema has the word \(word), which this check does not know"]
        }
    }

    private static func isType(_ type: String, _ value: JSONValue) -> Bool {
        switch type {
        case "string": value.string != nil
        case "integer": value.int64 != nil
        case "number": value.number != nil
        case "boolean": value.bool != nil
        case "array": value.array != nil
        case "object": value.object != nil
        case "null": value.isNull
        default: false
        }
    }

    /// The one pattern that the schemas have.
    private static func isVersion7(_ text: String) -> Bool {
        let characters = Array(text)
        return characters.count == 36 && characters[14] == "7" && "89abAB".contains(characters[19])
    }
}
