/// The newest known value of each metric of one subject, period and start, with the fetch that each value came from.
///
/// The row does not depend on the order in which readings arrive: the newest fetch wins, equal fetches by job id. It is
/// kept in one canonical form, so equal content is equal bytes.
public struct CurrentRow: Equatable, Sendable {
    /// One value with the fetch that it came from.
    public struct Entry: Equatable, Sendable {
        public var metric: MetricID
        public var value: Int64
        public var source: Source

        public init(metric: MetricID, value: Int64, source: Source) {
            self.metric = metric
            self.value = value
            self.source = source
        }
    }

    /// A fetch: when its answer arrived, and the job that asked for it.
    public struct Source: Hashable, Comparable, Sendable {
        public var fetchedAt: Instant
        public var job: UUID

        public init(fetchedAt: Instant, job: UUID) {
            self.fetchedAt = fetchedAt
            self.job = job
        }

        public static func < (left: Source, right: Source) -> Bool {
            left.fetchedAt == right.fetchedAt ? left.job < right.job : left.fetchedAt < right.fetchedAt
        }
    }

    /// Sorted by metric, each metric once.
    public private(set) var entries: [Entry]

    public init(entries: [Entry] = []) {
        self.entries = entries.sorted { $0.metric < $1.metric }
    }

    /// Takes in one reading; true when anything in the row changed.
    public mutating func merge(metrics: [MetricID], values: [Int64], from source: Source) -> Bool {
        if entries.isEmpty {
            entries.reserveCapacity(metrics.count)
            for (metric, value) in zip(metrics, values) {
                entries.append(Entry(metric: metric, value: value, source: source))
            }
            canonicalise()
            return !entries.isEmpty
        }
        var changed = false
        for (metric, value) in zip(metrics, values) where merge(Entry(metric: metric, value: value, source: source)) {
            changed = true
        }
        return changed
    }

    private mutating func merge(_ new: Entry) -> Bool {
        let position = entries.firstIndex { $0.metric >= new.metric } ?? entries.count
        guard position < entries.count, entries[position].metric == new.metric else {
            entries.insert(new, at: position)
            return true
        }
        guard new.source >= entries[position].source, entries[position] != new else { return false }
        entries[position] = new
        return true
    }

    /// Sorts by metric and keeps the last of equals (a reading should name each metric once).
    private mutating func canonicalise() {
        var sorted = true
        for index in entries.indices.dropFirst() where entries[index - 1].metric >= entries[index].metric {
            sorted = false
            break
        }
        if sorted { return }
        let all = entries
        entries.removeAll(keepingCapacity: true)
        for entry in all { _ = merge(entry) }
    }

    /// The fetches in use, oldest first.
    public var sources: [Source] {
        guard let first = entries.first?.source else { return [] }
        if entries.allSatisfy({ $0.source == first }) { return [first] }
        return Set(entries.map(\.source)).sorted()
    }
}
