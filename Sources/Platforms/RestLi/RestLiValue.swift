/// A value of a Rest.li 2.0 query: text, `List(…)`, or a record `(name:value,…)`.
///
/// Parentheses, colons and commas of the structure stay literal; in texts, as in the URNs that they mostly are, every
/// such byte is percent-encoded.
public indirect enum RestLiValue: Hashable, Sendable {
    /// Characters.
    case text(String)
    /// `List(…)`
    case list([RestLiValue])
    /// `(name:value,…)`
    case record([Member])

    /// A member of a record.
    public struct Member: Hashable, Sendable {
        let name: String
        let value: RestLiValue
    }

    /// A record with its members in the order given.
    public static func record(_ members: KeyValuePairs<String, RestLiValue>) -> RestLiValue {
        .record(members.map { Member(name: $0.key, value: $0.value) })
    }

    /// As an address carries it.
    public var encoded: String { written { RestLiValue.percentEncoded($0) } }

    /// For people and for comparisons: as `encoded` with the texts left alone.
    public var plain: String { written { $0 } }

    /// The value as a field of a query.
    public func field(_ name: String) -> Field { Field(name, plain, encoded: encoded) }

    /// The member of a record, or nil.
    public subscript(name: String) -> RestLiValue? {
        guard case .record(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The text, or nil for a structure.
    public var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// The texts of a list; those of a list of one for a text alone.
    public var texts: [String] {
        switch self {
        case .text(let text): [text]
        case .list(let values): values.compactMap(\.text)
        case .record: []
        }
    }

    private func written(_ write: (String) -> String) -> String {
        switch self {
        // Two apostrophes stand for a text of no characters.
        case .text(let text): text.isEmpty ? "''" : write(text)
        case .list(let values): "List(" + values.map { $0.written(write) }.joined(separator: ",") + ")"
        case .record(let members):
            "(" + members.map { write($0.name) + ":" + $0.value.written(write) }.joined(separator: ",") + ")"
        }
    }

    /// Everything encoded but letters, digits and `-._~`. Safe as a segment of a path too.
    static func percentEncoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(contentsOf: [byte >> 4, byte & 15].map { $0 < 10 ? 48 + $0 : 55 + $0 })
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
