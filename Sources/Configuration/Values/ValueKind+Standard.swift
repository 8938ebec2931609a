public import Runtime
internal import YAML

extension ValueKind where Value == String {
    /// Text that is not empty.
    /// - Parameter longest: In bytes.
    public static func text(longest: Int = 4096) -> ValueKind {
        ValueKind(shape: "text", parse: { $0.isEmpty || $0.utf8.count > longest ? nil : $0 })
    }

    /// The path of a file or folder; whether it exists is found out when it is opened.
    public static var path: ValueKind {
        ValueKind(shape: "path", parse: { $0.isEmpty || $0.utf8.contains(0) || $0.utf8.count > 4096 ? nil : $0 })
    }

    /// One word of a list.
    public static func choice(_ words: [String]) -> ValueKind {
        .choosing(words, parse: { $0 }, render: { $0 })
    }

    /// One word of a list that is too long to show: help pages and errors say `shape` in its place, and errors the
    /// nearest word.
    public static func choice(_ words: [String], shape: String) -> ValueKind {
        .choosing(words, shape: shape, parse: { $0 }, render: { $0 })
    }
}

extension ValueKind where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One case of an enumeration, by its raw text.
    public static var choice: ValueKind {
        .choosing(Value.allCases.map(\.rawValue), parse: { Value(rawValue: $0) }, render: { $0.rawValue })
    }
}

extension ValueKind {
    static func choosing(
        _ words: [String],
        shape: String? = nil,
        parse: @escaping @Sendable (String) -> Value?,
        render: @escaping @Sendable (Value) -> String
    ) -> ValueKind {
        let expected = shape ?? "one of \(words.joined(separator: ", "))"
        var kind = ValueKind(
            shape: shape ?? words.joined(separator: " | "),
            parsing: { text throws(ValueFault) in
                guard words.contains(text), let value = parse(text) else {
                    let hint = suggestion(for: text, among: words)
                    throw ValueFault("expects \(expected), not `\(text.prefix(60))`\(hint)")
                }
                return value
            },
            render: render
        )
        kind.words = words
        return kind
    }
}

extension ValueKind where Value == Int {
    /// A whole number within bounds; `unit` completes the sentence (`jobs`, `connections`).
    public static func integer(_ range: ClosedRange<Int>, unit: String = "") -> ValueKind {
        let shape = "whole number, \(range.lowerBound) to \(range.upperBound)\(unit.isEmpty ? "" : " \(unit)")"
        return ValueKind(shape: shape, parse: { Quantity.integer($0).flatMap { range.contains($0) ? $0 : nil } })
    }

    /// A size in bytes, written `512B`, `64KiB`, `1MB`, within bounds.
    public static func size(_ range: ClosedRange<Int>) -> ValueKind {
        let shape = "size, \(Quantity.text(bytes: range.lowerBound)) to \(Quantity.text(bytes: range.upperBound))"
        return ValueKind(
            shape: shape,
            parse: { Quantity.size($0).flatMap { range.contains($0) ? $0 : nil } },
            render: { Quantity.text(bytes: $0) }
        )
    }
}

extension ValueKind where Value == Double {
    /// A number with a decimal point, within bounds.
    public static func number(_ range: ClosedRange<Double>, unit: String = "") -> ValueKind {
        let shape = "number, \(range.lowerBound) to \(range.upperBound)\(unit.isEmpty ? "" : " \(unit)")"
        return ValueKind(
            shape: shape,
            parse: { text in
                guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2D }) else {
                    return nil
                }
                return Double(text).flatMap { range.contains($0) ? $0 : nil }
            }
        )
    }
}

extension ValueKind where Value == Duration {
    /// A time span written `500ms`, `5s`, `15m`, `1h30m`, within bounds.
    public static func duration(_ range: ClosedRange<Duration>) -> ValueKind {
        let shape = "duration, \(Quantity.text(range.lowerBound)) to \(Quantity.text(range.upperBound))"
        return ValueKind(
            shape: shape,
            parse: { Quantity.duration($0).flatMap { range.contains($0) ? $0 : nil } },
            render: { Quantity.text($0) }
        )
    }
}

extension ValueKind where Value == Bool {
    /// `true` or `false`; as a flag it stands alone (`--allow-plaintext`).
    public static var toggle: ValueKind {
        var kind = ValueKind(shape: "true | false", parse: { Quantity.boolean($0) })
        kind.takesValue = false
        kind.words = ["true", "false"]
        return kind
    }
}

extension ValueKind where Value == Secret {
    /// Text that is never shown and has no flag.
    public static var secret: ValueKind {
        var kind = ValueKind(
            shape: "secret text",
            parsing: { text throws(ValueFault) in
                guard !text.isEmpty else { throw ValueFault("is empty; an empty secret protects nothing") }
                return Secret(text)
            }
        )
        kind.sensitivity = .secret
        return kind
    }
}

extension ValueKind where Value == ServiceURL {
    /// The address of a service. It is shown without its password, and refused as a flag when it holds one.
    public static func url(_ schemes: [String]) -> ValueKind {
        let shape = "\(schemes.map { "\($0)://" }.joined(separator: " or "))…"
        var kind = ValueKind(
            shape: shape,
            parsing: { text throws(ValueFault) in
                // The text is not quoted: whatever is wrong with it, it may hold a password.
                guard let url = ServiceURL(text), schemes.contains(url.scheme) else {
                    throw ValueFault("expects an address of the form \(shape)")
                }
                return url
            }
        )
        kind.sensitivity = .credentials
        return kind
    }
}

extension ValueKind where Value == ListenAddress {
    /// Host and port to listen on.
    public static var listenAddress: ValueKind {
        ValueKind(shape: "address and port, such as 127.0.0.1:9100 or *:9100", parse: { ListenAddress($0) })
    }
}

extension ValueKind where Value == LogLevel {
    /// The name of a level.
    public static var logLevel: ValueKind {
        .choosing(LogLevel.allCases.map(\.name), parse: { LogLevel(name: $0) }, render: { $0.name })
    }
}

extension ValueKind where Value == LogPipeline.Format {
    /// The form of log lines.
    public static var logFormat: ValueKind {
        .choosing(["json", "console"], parse: { LogPipeline.Format(rawValue: $0) }, render: { $0.rawValue })
    }
}
