internal import JSON

/// What the usage headers of an answer say. They hold JSON text; what cannot be read counts as not said.
struct GraphUsage {
    /// The highest percentage stated by any limit.
    private(set) var percent: Int?
    /// Seconds until calls are answered again: the longest wait stated, when it is not zero.
    private(set) var regainSeconds: Int?

    /// Reads `X-App-Usage` and `X-Business-Use-Case-Usage`.
    init(_ response: PlatformResponse) {
        if let header = response.header("x-app-usage") {
            var reader = JSONReader(Array(header.utf8))
            try? readLimit(&reader)
        }
        if let header = response.header("x-business-use-case-usage") {
            var reader = JSONReader(Array(header.utf8))
            try? readUseCases(&reader)
        }
    }

    /// `{"<object id>": [limit, …]}`
    private mutating func readUseCases(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while try reader.nextKey() != nil {
            guard try reader.enterArray() else { continue }
            while try reader.nextElement() { try readLimit(&reader) }
        }
    }

    private mutating func readLimit(_ reader: inout JSONReader) throws(JSONError) {
        guard try reader.enterObject() else { return }
        while let key = try reader.nextKey() {
            switch key {
            case "call_count", "total_cputime", "total_time":
                if let value = try reader.smallInteger() { percent = max(percent ?? 0, value) }
            case "estimated_time_to_regain_access":
                // In minutes. A week is longer than any window the platform has.
                if let minutes = try reader.smallInteger(), (1...10_080).contains(minutes) {
                    regainSeconds = max(regainSeconds ?? 0, minutes * 60)
                }
            default: break
            }
        }
    }

    /// The share used, or nil when no header says it.
    var usage: Platform.Usage? { percent.map { Platform.Usage(percent: $0, regainSeconds: regainSeconds) } }
}
