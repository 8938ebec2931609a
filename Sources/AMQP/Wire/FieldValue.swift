/// A value in a message's headers or in a queue's arguments.
public indirect enum FieldValue: Sendable, Equatable {
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    /// Seconds since 1970, UTC.
    case timestamp(UInt64)
    case table([Field])
    case array([FieldValue])
    case null
    /// Stands for what lay deeper than `FieldValue.maximumDepth` in a received message; it cannot be sent and goes as null.
    case omitted

    /// How many levels of tables and arrays are read. The rest of a message is delivered unharmed.
    public static let maximumDepth = 32
}

/// A named value of a table, in the order of the wire.
public struct Field: Sendable, Equatable {
    public var name: String
    public var value: FieldValue

    public init(_ name: String, _ value: FieldValue) {
        self.name = name
        self.value = value
    }
}

extension [Field] {
    /// The first field of that name.
    public subscript(_ name: String) -> FieldValue? {
        get { first { $0.name == name }?.value }
        set {
            let index = firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): self[index].value = value
            case (let index?, nil): remove(at: index)
            case (nil, let value?): append(Field(name, value))
            case (nil, nil): break
            }
        }
    }
}

extension FieldValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var int: Int64? { if case .int(let value) = self { value } else { nil } }
}
