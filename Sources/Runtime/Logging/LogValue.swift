/// One fact in a log line.
public struct LogValue: Sendable, Equatable {
    enum Storage: Sendable, Equatable {
        case string(String)
        case integer(Int64)
        case unsigned(UInt64)
        case double(Double)
        case bool(Bool)
        case duration(Duration)
    }

    let storage: Storage

    /// Text. Secrets in it are masked, and control characters escaped, when the line is written.
    public static func string(_ value: some StringProtocol) -> LogValue { LogValue(storage: .string(String(value))) }

    /// An integer of any type; beyond 64 bits it becomes text.
    public static func int(_ value: some BinaryInteger) -> LogValue {
        if let value = Int64(exactly: value) { return LogValue(storage: .integer(value)) }
        if let value = UInt64(exactly: value) { return LogValue(storage: .unsigned(value)) }
        return .string(String(value))
    }

    /// A number. Infinities and NaN become text.
    public static func double(_ value: Double) -> LogValue { LogValue(storage: .double(value)) }

    /// True or false.
    public static func bool(_ value: Bool) -> LogValue { LogValue(storage: .bool(value)) }

    /// A span of time, written in milliseconds; a key that does not end in `_ms` gets that ending.
    public static func duration(_ value: Duration) -> LogValue { LogValue(storage: .duration(value)) }

    /// An error's own description, masked like any text.
    public static func error(_ error: any Error) -> LogValue { .string("\(error)") }
}

extension LogValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral
{
    /// Text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An integer.
    public init(integerLiteral value: Int) { self = .int(value) }
    /// A number.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// True or false.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}
