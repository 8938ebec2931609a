/// One value of a document on its way to a type. A value that is missing has reported so already.
public final class ValueReader {
    let node: YAMLNode?
    /// How a person names this value: `lanes[2].prefetch`.
    public let path: String
    let report: FaultReport

    init(_ node: YAMLNode?, path: String, report: FaultReport) {
        self.node = node
        self.path = path
        self.report = report
    }

    /// Where the value stands; the start of the file when it is missing.
    public var position: YAMLPosition { node?.position ?? YAMLPosition(line: 1, column: 1) }

    /// Reports something wrong with this value that only its meaning shows.
    public func fault(_ message: String) { report.add("`\(path)` \(message)", at: position) }

    /// Converts the text, or reports `path must be <shape>, not <text>` and answers the stand-in.
    func convert<Value>(_ shape: String, standIn: Value, _ convert: (String) -> Value?) -> Value {
        guard let node else { return standIn }
        guard case .scalar(let text, _) = node.content, !node.isNull else {
            fault("must be \(shape), not \(node.kindName)")
            return standIn
        }
        guard let value = convert(text) else {
            fault("must be \(shape), not `\(text.prefix(60))`")
            return standIn
        }
        return value
    }

    /// Text that is not empty.
    public func string() -> String { convert("text", standIn: "") { $0.isEmpty ? nil : $0 } }

    /// A whole number within bounds.
    public func integer(in range: ClosedRange<Int>) -> Int {
        convert("a whole number from \(range.lowerBound) to \(range.upperBound)", standIn: range.lowerBound) {
            Quantity.integer($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// `true` or `false`.
    public func boolean() -> Bool { convert("true or false", standIn: false) { Quantity.boolean($0) } }

    /// A time span such as `500ms`, `5s`, `15m`, `1h30m`, `7d`, within bounds.
    public func duration(in range: ClosedRange<Duration> = .zero ... .seconds(366 * 86_400)) -> Duration {
        let shape = "a duration such as 500ms, 5s, 15m or 1h"
        let bounds = "from \(Quantity.text(range.lowerBound)) to \(Quantity.text(range.upperBound))"
        return convert("\(shape), \(bounds)", standIn: range.lowerBound) {
            Quantity.duration($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A size such as `512B`, `64KiB`, `1MB`, in bytes, within bounds.
    public func size(in range: ClosedRange<Int> = 0...Int.max) -> Int {
        let bounds =
            range.upperBound == .max
            ? "" : ", from \(Quantity.text(bytes: range.lowerBound)) to \(Quantity.text(bytes: range.upperBound))"
        return convert("a size such as 512B, 64KiB or 1MB\(bounds)", standIn: range.lowerBound) {
            Quantity.size($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// One case of an enumeration, by its raw text; a near miss is told the nearest one.
    public func choice<Value: RawRepresentable & CaseIterable>(_ type: Value.Type = Value.self) -> Value
    where Value.RawValue == String {
        let names = Value.allCases.map(\.rawValue)
        guard let standIn = Value.allCases.first else { preconditionFailure("\(Value.self) has no cases to choose") }
        guard let node else { return standIn }
        guard case .scalar(let text, _) = node.content, !node.isNull else {
            fault("must be one of \(names.joined(separator: ", ")), not \(node.kindName)")
            return standIn
        }
        guard let value = Value(rawValue: text) else {
            let hint = suggestion(for: text, among: names)
            fault("must be one of \(names.joined(separator: ", ")), not `\(text.prefix(60))`\(hint)")
            return standIn
        }
        return value
    }

    /// Every item of a list, in order.
    public func list<Value>(_ body: (ValueReader) -> Value) -> [Value] {
        guard let node, !node.isNull else { return [] }
        guard case .sequence(let items) = node.content else {
            fault("must be a list, not \(node.kindName)")
            return []
        }
        return items.enumerated().map { index, item in
            body(ValueReader(item, path: "\(path)[\(index)]", report: report))
        }
    }

    /// A mapping with known keys. Keys that the body does not ask for are faults.
    public func mapping<Value>(_ body: (MappingReader) -> Value) -> Value {
        let reader = MappingReader(node, path: path, report: report)
        let value = body(reader)
        reader.finish()
        return value
    }

    /// A mapping whose keys are names that the file chooses, in order.
    public func entries<Value>(_ body: (_ name: String, ValueReader) -> Value) -> [Value] {
        guard let node, !node.isNull else { return [] }
        guard case .mapping(let entries) = node.content else {
            fault("must be a mapping, not \(node.kindName)")
            return []
        }
        return entries.map { entry in
            body(
                entry.key,
                ValueReader(entry.value, path: path.isEmpty ? entry.key : "\(path).\(entry.key)", report: report)
            )
        }
    }
}
