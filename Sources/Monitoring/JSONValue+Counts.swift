internal import JSON

extension JSONValue {
    /// A whole number.
    static func int(_ value: Int64) -> JSONValue { .number(.integer(value)) }
}
