/// A mapping with known keys. Each accessor with a `default` answers it when the key is absent or null; each without
/// one reports the missing key.
public final class MappingReader {
    private let entries: [String: YAMLEntry]
    private let order: [YAMLEntry]
    private let path: String
    private let position: YAMLPosition
    private let report: FaultReport
    /// There is no mapping here, which has been reported: its keys are not missed one by one.
    private let isAbsent: Bool
    private var asked: Set<String> = []

    init(_ node: YAMLNode?, path: String, report: FaultReport) {
        self.path = path
        self.report = report
        position = node?.position ?? YAMLPosition(line: 1, column: 1)
        if let node, case .mapping(let found) = node.content {
            order = found
            isAbsent = false
        } else if let node, node.isNull {
            order = []
            isAbsent = false
        } else {
            order = []
            isAbsent = true
        }
        entries = Dictionary(uniqueKeysWithValues: order.map { ($0.key, $0) })
        if isAbsent, let node { fault("must be a mapping, not \(node.kindName)") }
    }

    /// Reports something wrong with the mapping as a whole that only its meaning shows.
    public func fault(_ message: String) {
        report.add("\(path.isEmpty ? "the file" : "`\(path)`") \(message)", at: position)
    }

    /// Reports something wrong with one key that only its meaning shows.
    public func fault(_ key: String, _ message: String) {
        report.add("`\(childPath(key))` \(message)", at: entries[key]?.value.position ?? position)
    }

    /// Whether the key has a value other than null.
    public func has(_ key: String) -> Bool { value(ifPresent: key) != nil }

    /// The value under a key; a missing one is reported.
    public func value(_ key: String) -> ValueReader {
        if let reader = value(ifPresent: key) { return reader }
        if !isAbsent { report.add("`\(childPath(key))` is missing; add it here", at: position) }
        return ValueReader(nil, path: childPath(key), report: report)
    }

    /// The value under a key, or nil when it is absent or null.
    public func value(ifPresent key: String) -> ValueReader? {
        asked.insert(key)
        guard let entry = entries[key], !entry.value.isNull else { return nil }
        return ValueReader(entry.value, path: childPath(key), report: report)
    }

    public func string(_ key: String) -> String { value(key).string() }
    public func string(_ key: String, default fallback: String) -> String {
        value(ifPresent: key)?.string() ?? fallback
    }

    public func integer(_ key: String, in range: ClosedRange<Int>) -> Int { value(key).integer(in: range) }
    public func integer(_ key: String, in range: ClosedRange<Int>, default fallback: Int) -> Int {
        value(ifPresent: key)?.integer(in: range) ?? fallback
    }

    public func boolean(_ key: String) -> Bool { value(key).boolean() }
    public func boolean(_ key: String, default fallback: Bool) -> Bool {
        value(ifPresent: key)?.boolean() ?? fallback
    }

    public func duration(_ key: String, in range: ClosedRange<Duration> = .zero ... .seconds(366 * 86_400)) -> Duration
    {
        value(key).duration(in: range)
    }
    public func duration(
        _ key: String,
        in range: ClosedRange<Duration> = .zero ... .seconds(366 * 86_400),
        default fallback: Duration
    ) -> Duration {
        value(ifPresent: key)?.duration(in: range) ?? fallback
    }

    public func size(_ key: String, in range: ClosedRange<Int> = 0...Int.max) -> Int { value(key).size(in: range) }
    public func size(_ key: String, in range: ClosedRange<Int> = 0...Int.max, default fallback: Int) -> Int {
        value(ifPresent: key)?.size(in: range) ?? fallback
    }

    public func choice<Value: RawRepresentable & CaseIterable>(
        _ key: String,
        _ type: Value.Type = Value.self
    ) -> Value where Value.RawValue == String { value(key).choice(type) }
    public func choice<Value: RawRepresentable & CaseIterable>(
        _ key: String,
        default fallback: Value
    ) -> Value where Value.RawValue == String { value(ifPresent: key)?.choice(Value.self) ?? fallback }

    /// Every item of the list under a key; an absent list is empty.
    public func list<Value>(_ key: String, _ body: (ValueReader) -> Value) -> [Value] {
        value(ifPresent: key)?.list(body) ?? []
    }

    /// The mapping under a key; a missing one is reported, and the body sees it empty.
    public func mapping<Value>(_ key: String, _ body: (MappingReader) -> Value) -> Value { value(key).mapping(body) }

    /// The mapping under a key whose keys are names that the file chooses; an absent one is empty.
    public func entries<Value>(_ key: String, _ body: (_ name: String, ValueReader) -> Value) -> [Value] {
        value(ifPresent: key)?.entries(body) ?? []
    }

    /// Reports the keys that nobody asked for.
    func finish() {
        for entry in order where !asked.contains(entry.key) {
            let hint = suggestion(for: entry.key, among: asked.sorted())
            let known = asked.sorted().joined(separator: ", ")
            report.add(
                "`\(childPath(entry.key))` is not known here\(hint.isEmpty ? "; known are \(known)" : hint)",
                at: entry.keyPosition
            )
        }
    }

    private func childPath(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
