public import JSON

/// A JSON document as block-style YAML, for people who read an export.
public func blockYAML(_ value: JSONValue) -> String {
    var text = ""
    append(value, to: &text, indent: 0, isInline: false)
    return text
}

private func append(_ value: JSONValue, to text: inout String, indent: Int, isInline: Bool) {
    let margin = String(repeating: "  ", count: indent)
    switch value {
    case .object(let members) where !members.isEmpty:
        for (index, member) in members.enumerated() {
            text += index == 0 && isInline ? "" : margin
            text += "\(scalar(member.key)):"
            appendChild(member.value, to: &text, indent: indent + 1)
        }
    case .array(let elements) where !elements.isEmpty:
        for (index, element) in elements.enumerated() {
            text += (index == 0 && isInline ? "" : margin) + "- "
            append(element, to: &text, indent: indent + 1, isInline: true)
        }
    case .string(let string): text += scalar(string) + "\n"
    case .null, .bool, .number, .object, .array: text += value.description + "\n"
    }
}

private func appendChild(_ value: JSONValue, to text: inout String, indent: Int) {
    switch value {
    case .object(let members) where !members.isEmpty: text += "\n"
    case .array(let elements) where !elements.isEmpty: text += "\n"
    case .null, .bool, .number, .string, .object, .array: text += " "
    }
    append(value, to: &text, indent: indent, isInline: false)
}

/// Plain where nobody could read anything else into it, quoted otherwise.
private func scalar(_ text: String) -> String {
    let isPlain =
        text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || [45, 46, 95].contains($0) }
        && text.utf8.first.map { (97...122).contains($0) } ?? false
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text)
    return isPlain ? text : JSONValue.string(text).description
}
