/// A kind of value without its type: how it is written and checked, and what stands in when it is absent.
struct ValueForm: Sendable {
    let shape: String
    let sensitivity: Sensitivity
    let takesValue: Bool
    let repeats: Bool
    let words: [String]
    /// Nil when a value is required.
    let fallback: ResolvedValue?
    let parse: @Sendable (String) throws(ValueFault) -> ResolvedValue

    init<Value: Sendable>(_ kind: ValueKind<Value>, fallback: ResolvedValue?) {
        shape = kind.shape
        sensitivity = kind.sensitivity
        takesValue = kind.takesValue
        repeats = kind.repeats
        words = kind.words
        self.fallback = fallback
        parse = { text throws(ValueFault) in
            let value = try kind.parse(text)
            return ResolvedValue(value, shown: kind.render(value))
        }
    }

    /// What the flag scanner needs to know.
    var flag: FlagScanner.Form { FlagScanner.Form(takesValue: takesValue, repeats: repeats) }
}

/// A typed value without its type, and what may be shown of it.
struct ResolvedValue: Sendable {
    /// Boxed: an absent optional must stay a value.
    private struct Box<Value: Sendable>: Sendable { let value: Value }

    private let box: any Sendable
    let shown: String
    /// The value itself where it is an address.
    let url: ServiceURL?

    init<Value: Sendable>(_ value: Value, shown: String) {
        box = Box(value: value)
        self.shown = shown
        url = value as? ServiceURL
    }

    /// The value in its type; nil when it has another one.
    func unboxed<Value: Sendable>(_ type: Value.Type = Value.self) -> Value? { (box as? Box<Value>)?.value }
}
