/// A word that a command takes: the `<job>` of `jobs show <job>`.
public struct Argument<Value: Sendable>: Sendable {
    public let name: String
    public let help: String
    let words: [String]
    let count: ArgumentCount
    let parse: @Sendable ([String]) throws(ValueFault) -> Value

    /// Exactly one word.
    public init(_ name: String, _ kind: ValueKind<Value>, help: String) {
        self.init(name, help, kind.words, .one) { texts throws(ValueFault) in try kind.parse(texts[0]) }
    }

    init(
        _ name: String,
        _ help: String,
        _ words: [String],
        _ count: ArgumentCount,
        _ parse: @escaping @Sendable ([String]) throws(ValueFault) -> Value
    ) {
        self.name = name
        self.help = help
        self.words = words
        self.count = count
        self.parse = parse
    }

    /// The same argument, nil when it is not given.
    public var optional: Argument<Value?> {
        Argument<Value?>(name, help, words, .optional) { texts throws(ValueFault) in
            texts.isEmpty ? nil : try parse(texts)
        }
    }

    /// All remaining words, one or more.
    public var repeated: Argument<[Value]> {
        Argument<[Value]>(name, help, words, .many) { texts throws(ValueFault) in
            var values: [Value] = []
            for text in texts { values.append(try parse([text])) }
            return values
        }
    }
}

/// How many words an argument takes.
enum ArgumentCount: Sendable { case one, optional, many }

/// An argument of any type, for tables.
public protocol DeclaredArgument: Sendable {
    var row: ArgumentRow { get }
}

extension Argument: DeclaredArgument {
    public var row: ArgumentRow {
        ArgumentRow(name: name, help: help, words: words, count: count) { texts throws(ValueFault) in
            ResolvedValue(try parse(texts), shown: texts.joined(separator: " "))
        }
    }
}

/// A declared argument without its type.
public struct ArgumentRow: Sendable {
    public let name: String
    public let help: String
    let words: [String]
    let count: ArgumentCount
    let parse: @Sendable ([String]) throws(ValueFault) -> ResolvedValue

    /// As usage lines show it.
    var usage: String {
        switch count {
        case .one: "<\(name)>"
        case .optional: "[<\(name)>]"
        case .many: "<\(name)>…"
        }
    }
}
