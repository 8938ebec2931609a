/// One task of a program: how it is called, what it takes, and what it does.
public struct Command: Sendable {
    /// One or two: `migrate`, `jobs show`.
    public let words: [String]
    /// One sentence, without the program's name.
    public let help: String
    /// A command line that works.
    public let example: String
    let arguments: [ArgumentRow]
    let options: [OptionRow]
    let exitCodes: [ExitCode]
    let action: Action

    enum Action: Sendable {
        case handler(@Sendable (CommandCall) async throws -> ExitCode)
        /// Answered from the table alone, so they work whatever the configuration.
        case completion, version
    }

    /// - Parameters:
    ///   - words: Separated by a space.
    ///   - arguments: In order; only the last may be optional or repeated.
    ///   - exitCodes: Those that its callers should know, besides 0, 1 and 2.
    ///   - run: May throw `CommandFailure` to end with a message and a code of its choice; any other error ends with 1.
    public init(
        _ words: String,
        help: String,
        example: String,
        arguments: [any DeclaredArgument] = [],
        options: [any DeclaredOption] = [],
        exitCodes: [ExitCode] = [],
        run: @escaping @Sendable (CommandCall) async throws -> ExitCode
    ) {
        self.init(
            words,
            help: help,
            example: example,
            arguments: arguments,
            options: options,
            exitCodes: exitCodes,
            action: .handler(run)
        )
    }

    init(
        _ words: String,
        help: String,
        example: String,
        arguments: [any DeclaredArgument] = [],
        options: [any DeclaredOption] = [],
        exitCodes: [ExitCode] = [],
        action: Action
    ) {
        self.words = words.split(separator: " ").map { String($0) }
        self.help = help
        self.example = example
        self.arguments = arguments.map(\.row)
        self.options = options.map(\.row)
        self.exitCodes = [.ok, .failed, .usage] + exitCodes
        self.action = action
        precondition((1...2).contains(self.words.count), "`\(words)` is not one or two words")
        precondition(
            self.arguments.dropLast().allSatisfy { $0.count == .one },
            "only the last argument of `\(words)` may vary"
        )
    }

    var name: String { words.joined(separator: " ") }
}

/// A noun with several verbs below it.
public struct CommandGroup: Sendable {
    public let name: String
    public let help: String

    public init(_ name: String, help: String) {
        self.name = name
        self.help = help
    }
}

/// What a command was called with, all of it checked.
public struct CommandCall: Sendable {
    public let settings: ResolvedSettings
    public let output: CommandOutput
    let values: [String: ResolvedValue]

    /// The value of an option. Traps when the command does not list it.
    public subscript<Value: Sendable>(_ option: Option<Value>) -> Value { value("--" + option.name) }

    /// The value of an argument. Traps when the command does not list it.
    public subscript<Value: Sendable>(_ argument: Argument<Value>) -> Value { value(argument.name) }

    private func value<Value: Sendable>(_ name: String) -> Value {
        guard let value = values[name]?.unboxed(Value.self) else {
            preconditionFailure("`\(name)` is read as \(Value.self), which the command does not list")
        }
        return value
    }
}
