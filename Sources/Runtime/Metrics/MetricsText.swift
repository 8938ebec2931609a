/// Prometheus' text format 0.0.4, being written.
struct MetricsText {
    private(set) var bytes: [UInt8] = []
    /// How many series of callbacks found no room.
    private(set) var left = 0
    private var room: Int

    init(room: Int) {
        self.room = room
        bytes.reserveCapacity(16 << 10)
    }

    mutating func append(_ metric: MetricsRegistry.Metric) {
        switch metric {
        case .counter(let family):
            head(family.name, family.help, "counter")
            for (labels, counter) in family.series { sample(family.name, labels, counter.value) }
        case .gauge(let family):
            head(family.name, family.help, "gauge")
            for (labels, gauge) in family.series { sample(family.name, labels, gauge.value) }
        case .histogram(let family):
            head(family.name, family.help, "histogram")
            for (labels, histogram) in family.series { self.histogram(family.name, labels, histogram) }
        case .callback(let callback):
            head(callback.name, callback.help, callback.kind)
            for reading in callback.read() {
                guard room > 0 else {
                    left += 1
                    continue
                }
                sample(callback.name, Array(zip(callback.labels, reading.labels)), reading.value)
            }
        }
    }

    /// Says how many series were left out, so that a gap is seen.
    mutating func appendSelf(refused: Int) {
        head("flotilla_metric_series_refused", "Series left out because the process has too many.", "gauge")
        sample("flotilla_metric_series_refused", [], Double(refused))
    }

    private mutating func head(_ name: String, _ help: String, _ kind: String) {
        append("# HELP \(name) ")
        escape(help, quotes: false)
        append("\n# TYPE \(name) \(kind)\n")
    }

    private mutating func histogram(_ name: String, _ labels: [(String, String)], _ histogram: Histogram) {
        let counts = histogram.cumulative()
        for (bound, count) in zip(histogram.bounds, counts) {
            sample(name + "_bucket", labels + [("le", Self.number(bound))], Double(count))
        }
        let total = Double(counts.last ?? 0)
        sample(name + "_bucket", labels + [("le", "+Inf")], total)
        sample(name + "_sum", labels, histogram.sum)
        sample(name + "_count", labels, total)
    }

    private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
        room -= 1
        append(name)
        for (index, label) in labels.enumerated() {
            append("\(index == 0 ? "{" : ",")\(label.0)=\"")
            escape(label.1, quotes: true)
            append("\"")
        }
        append("\(labels.isEmpty ? "" : "}") \(Self.number(value))\n")
    }

    /// Whole numbers without a fraction, as people expect counts to look.
    static func number(_ value: Double) -> String {
        if let whole = Int64(exactly: value), abs(value) < 1e15 { return String(whole) }
        if value.isNaN { return "NaN" }
        return value.isFinite ? value.description : (value < 0 ? "-Inf" : "+Inf")
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func escape(_ text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x0A: append("\\n")
            case UInt8(ascii: "\"") where quotes: append("\\\"")
            default: bytes.append(byte)
            }
        }
    }
}
