internal import FleetCore
public import JSON

/// One way in which an answer may come broken: a member dropped, or a value replaced by one of another type.
public struct AnswerMutation: Sendable {
    /// Where and how, for people: `data/0/values: null`.
    public let what: String
    /// The broken answer.
    public let body: JSONValue

    /// What stands in a value's place: nothing, a boolean, text, lists, objects, and numbers that are easily misread.
    private static let others: [JSONValue] = [
        .null, .bool(true), .string("x"), .string(""), .array([]), .object([]), .array([.null]),
        .number(.integer(-3)), .number(.integer(9_007_199_254_740_993)), .number(.decimal("0.5")),
        .number(.decimal("1e400")),
    ]

    /// Every such mutation of an answer, one at a time. JSON inside a string is mutated too, as batches carry it.
    public static func all(of body: JSONValue) -> [AnswerMutation] {
        replacements(of: body, at: "").map { AnswerMutation(what: $0.what, body: $0.value) }
    }

    private typealias Replacement = (what: String, value: JSONValue)

    private static func replacements(of value: JSONValue, at path: String) -> [Replacement] {
        switch value {
        case .object(let members):
            members.indices.flatMap { index in
                let place = path + "/" + members[index].key
                return changes(of: members[index].value, at: place).map { what, changed in
                    var mutant = members
                    if let changed { mutant[index].value = changed } else { mutant.remove(at: index) }
                    return (what, JSONValue.object(mutant))
                }
            }
        case .array(let elements):
            elements.indices.flatMap { index in
                changes(of: elements[index], at: "\(path)/\(index)").map { what, changed in
                    var mutant = elements
                    if let changed { mutant[index] = changed } else { mutant.remove(at: index) }
                    return (what, JSONValue.array(mutant))
                }
            }
        case .string(let text):
            inner(text).map { inside in
                replacements(of: inside, at: path + "/json").map { what, changed in
                    (what, JSONValue.string(String(decoding: changed.rendered(), as: UTF8.self)))
                }
            } ?? []
        case .number, .bool, .null: []
        }
    }

    /// What may become of one value: nil for its absence.
    private static func changes(of value: JSONValue, at path: String) -> [(what: String, value: JSONValue?)] {
        [(path + ": dropped", nil)] + others.map { (path + ": \($0)", $0) }
            + replacements(of: value, at: path).map { ($0.what, $0.value) }
    }

    /// The document inside a string, where it is one.
    static func inner(_ text: String) -> JSONValue? {
        guard let first = text.utf8.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return nil }
        return try? JSONValue(parsing: text)
    }
}

/// The numbers that stand in an answer, as the metrics of a scale would hold them.
struct StatedNumbers {
    private var numbers: [JSONNumber] = []
    private var scaled: [Int: Set<Int64>] = [:]

    init(_ body: JSONValue) { gather(body) }

    private mutating func gather(_ value: JSONValue) {
        switch value {
        case .object(let members): for member in members { gather(member.value) }
        case .array(let elements): for element in elements { gather(element) }
        case .number(let number): numbers.append(number)
        case .string(let text):
            if let number = JSONNumber(text: text) { numbers.append(number) }
            if let inside = AnswerMutation.inner(text) { gather(inside) }
        case .bool, .null: break
        }
    }

    /// Whether a value of a scale is one of the numbers, by any of the changes of unit that platforms need.
    mutating func contain(_ value: Int64, scale: Int) -> Bool {
        if scaled[scale] == nil { scaled[scale] = Set(numbers.flatMap { Self.readings(of: $0, scale: scale) }) }
        return scaled[scale]?.contains(value) ?? false
    }

    private static func readings(of number: JSONNumber, scale: Int) -> [Int64] {
        [FixedPoint.Conversion.identity, .milliseconds, .minutes, .micros].compactMap { conversion in
            try? FixedPoint.parse(number.text.utf8.span, scale: scale, conversion)
        }
    }
}
