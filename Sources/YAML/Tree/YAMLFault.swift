/// One thing wrong with a YAML file. Its description is one line, `file:line:column: what is wrong and what to do`.
public struct YAMLFault: Error, Sendable, Hashable, CustomStringConvertible {
    public let file: String
    public let position: YAMLPosition
    public let message: String

    public init(file: String, position: YAMLPosition, message: String) {
        self.file = file
        self.position = position
        self.message = message
    }

    public var description: String { "\(file):\(position.line):\(position.column): \(message)" }
}

/// Everything wrong with a YAML file, in the order of its lines; never empty.
public struct YAMLFaults: Error, Sendable, Equatable, CustomStringConvertible {
    public let faults: [YAMLFault]

    public var description: String { faults.map(\.description).joined(separator: "\n") }
}
