/// What becomes of a file's values, held against what is stored.
public struct ImportPlan: Sendable {
    /// What is known of the place where a value would stand.
    public struct Stored: Equatable, Sendable {
        public var value: Int64
        public var fetchedAt: Instant
        public var job: UUID

        public init(value: Int64, fetchedAt: Instant, job: UUID) {
            (self.value, self.fetchedAt, self.job) = (value, fetchedAt, job)
        }
    }

    /// What becomes of one value.
    public enum Verdict: String, Sendable, CaseIterable {
        /// Nothing is stored there: a gap is filled.
        case added
        /// The same is stored.
        case equal
        /// Something older is stored, and gives way.
        case replaced
        /// Something newer is stored, or the file does not say how old it is: what is stored stays.
        case kept
    }

    /// A value with its verdict.
    public struct Line: Equatable, Sendable {
        public var value: ImportReading.Value
        public var stored: Stored?
        public var verdict: Verdict
    }

    public private(set) var lines: [Line] = []
    private let fetchedAt: Instant
    private let isStated: Bool
    private let period: Period

    /// - Parameters:
    ///   - fetchedAt: when the platform made the file, if `isStated`; when it was imported, if not.
    ///   - isStated: without it nothing that is stored is changed.
    public init(fetchedAt: Instant, isStated: Bool, period: Period) {
        (self.fetchedAt, self.isStated, self.period) = (fetchedAt, isStated, period)
    }

    /// Takes in one value with what is stored in its place.
    public mutating func take(_ value: ImportReading.Value, stored: Stored?) {
        lines.append(Line(value: value, stored: stored, verdict: verdict(value, stored)))
    }

    private func verdict(_ value: ImportReading.Value, _ stored: Stored?) -> Verdict {
        guard let stored else { return .added }
        if stored.value == value.value { return .equal }
        return isStated && fetchedAt >= stored.fetchedAt ? .replaced : .kept
    }

    /// How many values have a verdict.
    public func count(_ verdict: Verdict) -> Int { lines.count { $0.verdict == verdict } }

    /// Those that differ from what is stored.
    public var conflicts: [Line] { lines.filter { $0.verdict == .replaced || $0.verdict == .kept } }

    /// What is to be stored as observations, in the order of the file, one element per day and post even when nothing of it is.
    /// With a stated time that is everything: the store's own rule decides which value is current. Without one, only what
    /// fills a gap.
    var readings: [(post: String?, reading: Reading)] {
        var positions: [Place: Int] = [:]
        var readings: [(post: String?, reading: Reading)] = []
        for line in lines {
            let place = Place(post: line.value.post, day: line.value.day)
            let position = positions[place] ?? readings.count
            if positions[place] == nil {
                positions[place] = position
                let start: Reading.Start = line.value.day.map { .date($0) } ?? .moment(fetchedAt)
                readings.append((line.value.post, Reading(period: period, start: start)))
            }
            guard isStated || line.verdict == .added else { continue }
            readings[position].reading.metrics.append(line.value.metric)
            readings[position].reading.values.append(line.value.value)
        }
        return readings
    }

    private struct Place: Hashable {
        var post: String?
        var day: CivilDate?
    }

    /// The results that store the readings: of at most so many days each, under ids that follow from the import's and from
    /// the place in the file, so that an import which was cut goes on where it was.
    public func results(
        importID: UUID,
        account: Int64,
        workspace: Int64,
        platform: PlatformName,
        mapping: String,
        now: Instant,
        readingsPerResult: Int = 500
    ) -> [JobResult] {
        let readings = readings
        return stride(from: 0, to: readings.count, by: readingsPerResult).compactMap { start in
            var result = JobResult(
                job: UUID.ofJob(run: importID, account: account, step: Int64(start)),
                platform: platform,
                account: account,
                workspace: workspace,
                enqueuedAt: now,
                fetchedAt: fetchedAt,
                apiVersion: "import/\(mapping)",
                requests: 0,
                readings: []
            )
            result.origin = .imported
            let part = readings[start..<min(start + readingsPerResult, readings.count)]
            for (post, reading) in part where !reading.metrics.isEmpty {
                guard let post else {
                    result.readings.append(reading)
                    continue
                }
                if result.postReadings.last?.post != post { result.postReadings.append(PostReadings(post: post)) }
                result.postReadings[result.postReadings.count - 1].readings.append(reading)
            }
            return result.readings.isEmpty && result.postReadings.isEmpty ? nil : result
        }
    }
}
