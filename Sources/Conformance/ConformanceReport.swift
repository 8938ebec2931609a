public import Platforms

/// What came of running cases: a line each, the differences below it, and a count.
public struct ConformanceReport: Sendable {
    /// How many cases there were.
    public private(set) var count = 0
    /// How many of them conform.
    public private(set) var conforming = 0
    /// The text for people, line by line.
    public private(set) var lines: [String] = []
    /// Whether everything was tried and conforms.
    public var isGood: Bool { count > 0 && conforming == count }

    private let files: CaseFiles
    private let isVerbose: Bool

    /// A report on platforms of a registry. A verbose one says what differs in advice too.
    public init(registry: [Platform] = PlatformRegistry.all, isVerbose: Bool = false) {
        files = CaseFiles(registry: registry)
        self.isVerbose = isVerbose
    }

    /// Runs every case at a path.
    public mutating func run(_ path: String) {
        let entries = files.entries(at: path)
        if entries.isEmpty { add("\(path)", ["there are no cases: expected CASE.json beside CASE.expected.json"]) }
        for entry in entries {
            switch entry.result {
            case .failure(let fault): add(entry.name, ["\(fault)"])
            case .success(let found): add(entry.name, found.differences(), isVerbose ? found.remarks() : [])
            }
        }
    }

    private mutating func add(_ name: String, _ differences: [String], _ remarks: [String] = []) {
        count += 1
        if differences.isEmpty { conforming += 1 }
        lines.append((differences.isEmpty ? "ok    " : "FAIL  ") + name)
        lines += differences.map { "        \($0)" }
        lines += remarks.map { "        (advice) \($0)" }
    }

    /// The last line.
    public var summary: String { "\(conforming) of \(count) cases conform" }
}
