import FleetCore
import TestSupport

/// What was fetched of one subject over some days: natives with restatements, levels, running totals that also fall, gaps,
/// and the order in which all that was delivered.
struct GeneratedHistory {
    /// Metrics that are read by the day, and those that are read at moments.
    static let ofDays: [MetricID] = [.views, .reach, .avgWatchSeconds, .shares]
    static let totals: [MetricID] = [.likes, .comments]
    static let levels: [MetricID] = [.followers]

    var platform: PlatformName
    var first: CivilDate
    var days: Int
    var birth: Instant?
    /// Every fetch once, in the order in which they happened.
    var fetches: [JobResult] = []

    var zone: TimeZoneRules { platform.dayZone }

    init(seed: UInt64, subject: Int64 = 1, platform: PlatformName? = nil, first: CivilDate? = nil, days: Int? = nil) {
        var generator = SeededGenerator(seed: seed)
        self.platform = platform ?? [.instagram, .x, .youtube][Int.random(in: 0...2, using: &generator)]
        let firsts = ["2026-03-04", "2026-10-28", "2026-12-27", "2028-02-26", "2026-06-10"]
        self.first = first ?? CivilDate(firsts[Int.random(in: 0..<firsts.count, using: &generator)])!
        self.days = days ?? Int.random(in: 3...7, using: &generator)
        readDays(subject, &generator)
        readMoments(subject, &generator)
        fetches.sort { ($0.fetchedAt, $0.job) < ($1.fetchedAt, $1.job) }
    }

    private mutating func fetch(
        _ subject: Int64,
        at moment: Instant,
        _ readings: [Reading],
        _ generator: inout SeededGenerator
    ) {
        // Few job numbers, so that some fetches of one moment are told apart by them only.
        let job = UUID(high: UInt64(fetches.count) / 2 &* 7919, low: generator.next())
        fetches.append(
            JobResult(
                job: job,
                platform: platform,
                account: subject,
                workspace: 1,
                enqueuedAt: moment,
                fetchedAt: moment,
                apiVersion: "v1",
                requests: 1,
                readings: readings
            )
        )
    }

    /// Each day is read none to three times, early and late, with other values each time and not always all metrics.
    private mutating func readDays(_ subject: Int64, _ generator: inout SeededGenerator) {
        for index in 0..<days {
            let date = first + index
            let start = zone.startOfDay(date)
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                // A coarse clock, so that some fetches happen at the same moment.
                let hours = Int.random(in: 0...30, using: &generator) * 4
                let metrics = Self.ofDays.filter { _ in Int.random(in: 0...3, using: &generator) > 0 }
                let values = metrics.map { metric in
                    metric == .avgWatchSeconds
                        ? Int64.random(in: 0...90_000_000_000, using: &generator)
                        : Int64.random(in: 0...5_000, using: &generator)
                }
                let reading = Reading(period: .day, start: .date(date), metrics: metrics, values: values)
                fetch(subject, at: start + .seconds(hours * 3600), [reading], &generator)
            }
        }
    }

    /// Totals that rise and fall, read now and then, sometimes on a boundary.
    private mutating func readMoments(_ subject: Int64, _ generator: inout SeededGenerator) {
        if Int.random(in: 0...2, using: &generator) == 0 {
            birth = zone.startOfDay(first) + .seconds(Int.random(in: 0...100_000, using: &generator))
        }
        var now = (birth ?? zone.startOfDay(first)) + .seconds(Int.random(in: 0...80_000, using: &generator))
        let end = zone.endOfDay(first + (days - 1))
        var levels = (Self.totals + Self.levels).map { _ in Int64.random(in: 0...900, using: &generator) }
        while now < end {
            if Int.random(in: 0...5, using: &generator) == 0 { now = zone.startOfDay(zone.date(at: now) + 1) }
            for index in levels.indices {
                levels[index] += Int64.random(in: -60...200, using: &generator)
            }
            var readings: [Reading] = []
            if Int.random(in: 0...4, using: &generator) > 0 {
                let metrics = Int.random(in: 0...4, using: &generator) > 0 ? Self.totals : [.likes]
                readings.append(
                    Reading(
                        period: .lifetime,
                        start: .moment(now),
                        metrics: metrics,
                        values: Array(levels.prefix(metrics.count))
                    )
                )
            }
            if Int.random(in: 0...2, using: &generator) > 0 {
                readings.append(
                    Reading(period: .instant, start: .moment(now), metrics: Self.levels, values: [levels[2]])
                )
            }
            if !readings.isEmpty { fetch(subject, at: now, readings, &generator) }
            now = now + .seconds(Int.random(in: 1...150_000, using: &generator))
        }
    }
}

/// What an aggregator keeps: batches go in whole or not at all, in any order, any number of times.
struct MemoryStore {
    private(set) var rows: [AggregationBatch.RowKey: CurrentRow] = [:]

    /// What a batch comes to, without committing it.
    private func merged(_ results: some Sequence<JobResult>) -> [(AggregationBatch.RowKey, CurrentRow)] {
        var batch = AggregationBatch(results)
        for (key, row) in rows {
            if let bucket = batch.bucket(of: key.subject, containing: key.start) {
                batch.load(key, row, bucket: bucket)
            }
        }
        batch.merge()
        return batch.changedRows.map { ($0.key, $0.row) }
    }

    mutating func commit(_ results: some Sequence<JobResult>) {
        for (key, row) in merged(results) { rows[key] = row }
    }

    /// Delivers all fetches shuffled, some of them twice, in batches of which some are lost before they are committed and
    /// some are delivered again after it.
    mutating func deliver(_ fetches: [JobResult], _ generator: inout SeededGenerator) {
        var queue = fetches + fetches.filter { _ in Int.random(in: 0...4, using: &generator) == 0 }
        queue.shuffle(using: &generator)
        while !queue.isEmpty {
            let batch = queue.suffix(Int.random(in: 1...5, using: &generator))
            switch Int.random(in: 0...5, using: &generator) {
            case 0: _ = merged(batch)  // Died before the commit: the batch stays in the queue.
            case 1: commit(batch)  // Died before the acknowledgement: committed, and delivered again.
            default:
                commit(batch)
                queue.removeLast(batch.count)
            }
        }
    }

    func rows(of subject: Int64) -> [AggregationBatch.RowKey: CurrentRow] {
        var own: [AggregationBatch.RowKey: CurrentRow] = [:]
        for (key, row) in rows where key.subject == subject {
            own[AggregationBatch.RowKey(subject: 1, start: key.start, period: key.period)] = row
        }
        return own
    }
}
