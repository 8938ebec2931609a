/// Reads a document by schema and reports everything that is wrong with it at once.
///
///     let limits = try YAML.read(bytes, file: "limits.yaml") { root in
///         Limits(pause: root.duration("pause", default: .seconds(5)), lanes: root.list("lanes") { $0.string() })
///     }
///
/// Accessors never throw. After a fault they answer a stand-in (empty text, the low end of a range), and `read` then
/// throws, so no stand-in leaves it. Keys that nobody asked for are faults with the nearest known name.
/// - Throws: all faults, in the order of the file.
public func read<Value>(
    _ bytes: [UInt8],
    file: String,
    _ body: (MappingReader) -> Value
) throws(YAMLFaults) -> Value {
    let node: YAMLNode
    do throws(YAMLFault) { node = try parse(bytes, file: file) } catch { throw YAMLFaults(faults: [error]) }
    return try read(node, file: file, body)
}

/// The same for a tree that is parsed already.
public func read<Value>(
    _ node: YAMLNode,
    file: String,
    _ body: (MappingReader) -> Value
) throws(YAMLFaults) -> Value {
    let report = FaultReport(file: file)
    let root = MappingReader(node, path: "", report: report)
    let value = body(root)
    root.finish()
    guard report.faults.isEmpty else {
        throw YAMLFaults(
            faults: report.faults.sorted {
                ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column)
            }
        )
    }
    return value
}

/// What was found wrong so far; one per document, shared by its readers.
final class FaultReport {
    let file: String
    private(set) var faults: [YAMLFault] = []

    init(file: String) { self.file = file }

    func add(_ message: String, at position: YAMLPosition) {
        faults.append(YAMLFault(file: file, position: position, message: message))
    }
}
