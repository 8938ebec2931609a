public import JSON

extension JSONValue {
    /// A moment in RFC 3339, or `null` for nil.
    public static func time(_ value: Instant?) -> JSONValue { text(value?.text(.milliseconds)) }

    /// A fixed-point value without loss.
    public static func fixed(_ value: Int64, scale: Int) -> JSONValue {
        let text = FixedPoint.text(value, scale: scale)
        return .number(JSONNumber(text: text) ?? .decimal(text))
    }
}
