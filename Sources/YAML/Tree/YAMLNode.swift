/// Where something stands in a file; both counted from one, columns in characters.
public struct YAMLPosition: Sendable, Hashable {
    public let line: Int
    public let column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// One value of a YAML document. Scalars stay text: what `no`, `on` or `012` mean is decided by whoever asks for
/// a boolean, a number or a string.
public struct YAMLNode: Sendable, Equatable {
    /// How a scalar was written. Only a plain one can be null.
    public enum ScalarStyle: Sendable, Equatable { case plain, quoted, block }

    public enum Content: Sendable, Equatable {
        case scalar(String, ScalarStyle)
        case sequence([YAMLNode])
        /// In the order of the file; keys are distinct.
        case mapping([YAMLEntry])
    }

    public let content: Content
    public let position: YAMLPosition

    public init(_ content: Content, at position: YAMLPosition) {
        self.content = content
        self.position = position
    }

    /// Nothing after the colon, `~` or `null`, unquoted: read as if the key were absent.
    public var isNull: Bool {
        guard case .scalar(let text, .plain) = content else { return false }
        return text.isEmpty || text == "~" || text == "null"
    }

    /// What a person would call it in a sentence.
    var kindName: String {
        switch content {
        case .scalar: isNull ? "nothing" : "a single value"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

/// One `key: value` of a mapping.
public struct YAMLEntry: Sendable, Equatable {
    public let key: String
    public let keyPosition: YAMLPosition
    public let value: YAMLNode

    public init(key: String, keyPosition: YAMLPosition, value: YAMLNode) {
        self.key = key
        self.keyPosition = keyPosition
        self.value = value
    }
}
