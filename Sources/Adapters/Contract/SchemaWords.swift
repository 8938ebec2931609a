internal import JSON

/// JSON Schema in a few words.
enum SchemaWords {
    static func text(_ longest: Int? = nil, shortest: Int? = nil, format: String? = nil, about said: String? = nil)
        -> JSONValue
    {
        object([
            ("type", "string"), ("format", format.map { .string($0) }), ("minLength", number(shortest)),
            ("maxLength", number(longest)), ("description", said.map { .string($0) }),
        ])
    }

    static func integer(_ low: Int64, _ high: Int64? = nil, default usual: Int64? = nil, about said: String? = nil)
        -> JSONValue
    {
        object([
            ("type", "integer"), ("minimum", .number(.integer(low))), ("maximum", high.map { .number(.integer($0)) }),
            ("default", usual.map { .number(.integer($0)) }), ("description", said.map { .string($0) }),
        ])
    }

    static func word(_ words: [String], default usual: String? = nil, about said: String? = nil) -> JSONValue {
        object([
            ("enum", .array(words.map { .string($0) })), ("default", usual.map { .string($0) }),
            ("description", said.map { .string($0) }),
        ])
    }

    static func list(_ items: JSONValue, most: Int, unique: Bool = false, least: Int? = nil, about said: String? = nil)
        -> JSONValue
    {
        object([
            ("type", "array"), ("items", items), ("minItems", number(least)), ("maxItems", number(most)),
            ("uniqueItems", unique ? true : nil), ("description", said.map { .string($0) }),
        ])
    }

    /// An object whose further members are passed over.
    static func record(required: [String], _ properties: [(String, JSONValue)]) -> JSONValue {
        object([
            ("type", "object"), ("required", required.isEmpty ? nil : .array(required.map { .string($0) })),
            ("properties", object(properties.map { ($0.0, Optional($0.1)) })),
        ])
    }

    /// The same, or null, which means the same as leaving it out.
    static func orNull(_ schema: JSONValue) -> JSONValue {
        guard case .object(var members) = schema else { return schema }
        for index in members.indices {
            switch (members[index].key, members[index].value) {
            case ("type", let type): members[index].value = [type, "null"]
            case ("enum", .array(let words)): members[index].value = .array(words + [.null])
            default: break
            }
        }
        return .object(members)
    }

    /// A whole document.
    static func document(_ name: String, version: Int64, _ title: String, _ schema: JSONValue) -> JSONValue {
        let head: [(String, JSONValue?)] = [
            ("$schema", "https://json-schema.org/draft/2020-12/schema"),
            ("$id", .string("urn:flotilla:schema:\(name):v\(version)")), ("title", .string(title)),
        ]
        return object(head + (schema.object ?? []).map { ($0.key, Optional($0.value)) })
    }

    /// Leaves out what has no value.
    static func object(_ members: [(String, JSONValue?)]) -> JSONValue {
        .object(members.compactMap { key, value in value.map { .init(key, $0) } })
    }

    private static func number(_ value: Int?) -> JSONValue? { value.map { .number(.integer(Int64($0))) } }
}
