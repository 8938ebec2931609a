/// Why a text is not a value of its kind: `expects …, not …`. Never quotes a secret.
public struct ValueFault: Error, Sendable, Equatable {
    public let message: String

    public init(_ message: String) { self.message = message }
}

/// How much of a value may be shown.
enum Sensitivity: Sendable {
    case open
    /// An address that may carry a password.
    case credentials
    case secret
}

/// How a setting, an option or an argument is written: its form in one phrase, and the way from text to value.
public struct ValueKind<Value: Sendable>: Sendable {
    /// What help pages say: `whole number, 1 to 1000 jobs`.
    public let shape: String
    var sensitivity = Sensitivity.open
    /// False for switches: the flag alone means true.
    var takesValue = true
    /// The flag may be given several times; the texts are joined by commas.
    var repeats = false
    /// Every text there is, for shell completion; empty when there are too many.
    var words: [String] = []
    /// Text to value.
    public let parse: @Sendable (String) throws(ValueFault) -> Value
    /// Value to text that may be shown.
    let render: @Sendable (Value) -> String

    /// A kind of your own.
    /// - Parameters:
    ///   - shape: Completes "expects …" and stands in help pages.
    ///   - parse: Answers nil for text of another form.
    public init(
        shape: String,
        parse: @escaping @Sendable (String) -> Value?,
        render: @escaping @Sendable (Value) -> String = { "\($0)" }
    ) {
        self.init(
            shape: shape,
            parsing: { text throws(ValueFault) in
                guard let value = parse(text) else { throw ValueFault("expects \(shape), not `\(text.prefix(60))`") }
                return value
            },
            render: render
        )
    }

    init(
        shape: String,
        parsing: @escaping @Sendable (String) throws(ValueFault) -> Value,
        render: @escaping @Sendable (Value) -> String = { "\($0)" }
    ) {
        self.shape = shape
        parse = parsing
        self.render = render
    }

    /// The same, where absence is a value too.
    public var optional: ValueKind<Value?> {
        var kind = ValueKind<Value?>(
            shape: shape,
            parsing: { text throws(ValueFault) in try parse(text) },
            render: { value in value.map { render($0) } ?? "none" }
        )
        kind.sensitivity = sensitivity
        kind.takesValue = takesValue
        kind.repeats = repeats
        kind.words = words
        return kind
    }

    /// Several of them: separated by commas in flags and variables, a list in the file.
    /// - Parameter most: How many there may be.
    public func list(most: Int = 256) -> ValueKind<[Value]> {
        var kind = ValueKind<[Value]>(
            shape: "\(shape); several separated by commas",
            parsing: { text throws(ValueFault) in
                let parts = text.split(separator: ",").map { $0.trimmed }
                guard parts.count <= most else {
                    throw ValueFault("expects at most \(most) values, not \(parts.count)")
                }
                var values: [Value] = []
                for part in parts { values.append(try parse(part)) }
                return values
            },
            render: { $0.map(render).joined(separator: ",") }
        )
        kind.sensitivity = sensitivity
        kind.repeats = true
        kind.words = words
        return kind
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
