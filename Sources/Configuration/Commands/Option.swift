/// A flag of one command: `--limit 50`. Unlike a setting it has no variable and no place in the file.
///
///     static let limit = Option("limit", .integer(1...1000, unit: "rows"), default: 50, help: "Most rows to show.")
public struct Option<Value: Sendable>: Sendable {
    /// Without its dashes.
    public let name: String
    public let help: String
    let kind: ValueKind<Value>
    let fallback: ResolvedValue?

    /// An option with a default.
    public init(_ name: String, _ kind: ValueKind<Value>, default value: Value, help: String) {
        self.init(name, kind, fallback: ResolvedValue(value, shown: kind.render(value)), help: help)
    }

    /// An option without which the command does not run.
    public init(_ name: String, _ kind: ValueKind<Value>, help: String) {
        self.init(name, kind, fallback: nil, help: help)
    }

    private init(_ name: String, _ kind: ValueKind<Value>, fallback: ResolvedValue?, help: String) {
        self.name = name
        self.help = help
        self.kind = kind
        self.fallback = fallback
    }

    /// The same option, nil when it is not given.
    public var optional: Option<Value?> { Option<Value?>(name, kind.optional, default: nil, help: help) }
}

/// An option of any type, for tables.
public protocol DeclaredOption: Sendable {
    var row: OptionRow { get }
}

extension Option: DeclaredOption {
    public var row: OptionRow { OptionRow(flag: "--" + name, help: help, form: ValueForm(kind, fallback: fallback)) }
}

/// A declared option without its type.
public struct OptionRow: Sendable {
    /// With its dashes.
    public let flag: String
    public let help: String
    let form: ValueForm
}
