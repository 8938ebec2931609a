import FleetCore
import TestSupport
import Testing

/// Readings, current values and rollups of one subject, as the store keeps them, loaded as the statements load.
private struct Shelf {
    struct Place: Hashable {
        var start: Instant
        var period: Period
    }

    let subject: RollupSubject
    var readings: [SubjectAudit.Reading] = []
    var rows: [Place: CurrentRow] = [:]
    var rollups: [RollupKey: RollupEntry] = [:]
    var dirt: [DirtyDays] = []
    var zone: TimeZoneRules { subject.platform.dayZone }

    /// Takes in one reading as the writer does: the row, the day's rollup where it holds windows only, the mark.
    mutating func take(_ reading: SubjectAudit.Reading) {
        readings.append(reading)
        let place = Place(start: reading.start, period: Period(rawValue: reading.period)!)
        let source = CurrentRow.Source(fetchedAt: reading.fetchedAt, job: reading.job)
        guard rows[place, default: CurrentRow()].merge(metrics: reading.metrics, values: reading.values, from: source)
        else { return }
        let day = zone.date(at: place.start)
        let members = rows.filter { zone.date(at: $0.key.start) == day }
        let isWindowed =
            members.allSatisfy { $0.key.period.isWindow }
            && !rows.keys.contains { !$0.period.isWindow && $0.start == zone.endOfDay(day) }
        if isWindowed {
            let native = members.first { $0.key.period == .day }?.value
            let lag = subject.platform.settlingLag.wholeMicroseconds
            var row = RollupRow.day(native: native, end: zone.endOfDay(day), lag: lag)
            row.derive(MetricRules.of(subject.platform))
            let key = RollupKey(subject: subject.id, grain: .day, start: zone.startOfDay(day))
            if !row.cells.isEmpty { put(entry(key, day, zone.endOfDay(day), row)) }
        }
        mark(day...day, isComputed: isWindowed)
    }

    mutating func mark(_ days: ClosedRange<CivilDate>, isComputed: Bool) {
        dirt.append(
            DirtyDays(
                workspace: subject.workspace,
                account: subject.account,
                subject: subject.id,
                days: days,
                isComputed: isComputed
            )
        )
    }

    private func entry(_ key: RollupKey, _ day: CivilDate, _ end: Instant, _ row: RollupRow) -> RollupEntry {
        RollupEntry(key, account: subject.account, workspace: subject.workspace, day: day, end: end, row: row)
    }

    private mutating func put(_ entry: RollupEntry) {
        var entry = entry
        guard rollups[entry.key]?.row != entry.row else { return }
        entry.known = (rollups[entry.key]?.known ?? 0) + 1
        rollups[entry.key] = entry.row.cells.isEmpty ? nil : entry
    }

    private func moments(_ range: Range<Instant>) -> [SubjectDays.Reading] {
        rows.filter { !$0.key.period.isWindow && range.contains($0.key.start) }
            .map { ($0.key.start, $0.key.period, $0.value) }
    }

    /// Computes from the oldest marks; returns the rows that changed.
    @discardableResult
    mutating func roll(_ count: Int = .max) -> [RollupEntry] {
        let taken = dirt.prefix(count)
        dirt.removeFirst(taken.count)
        var rollup = SubjectRollup(subject, taken)
        if let from = rollup.readingsFrom {
            let last = rows.keys.filter { !$0.period.isWindow && $0.start < from }.map(\.start).max()
            let low = (last ?? from) - SubjectRollup.dayReach
            rollup.load(rows.filter { $0.key.start >= low }.map { ($0.key.start, $0.key.period, $0.value) })
            if let range = rollup.olderReadings {
                rollup.load(older: moments(range))
                for metric in rollup.sparseMetrics {
                    let earlier = moments(Instant(microseconds: .min)..<range.lowerBound)
                        .filter { $0.row.entries.contains { $0.metric == metric } }
                    if let last = earlier.max(by: { $0.start < $1.start }) { rollup.load(older: [last]) }
                }
            }
        }
        for range in rollup.storedRanges {
            for (key, entry) in rollups where key.grain == range.grain && range.starts.contains(key.start) {
                rollup.load(stored: entry.row, generation: entry.known!, grain: key.grain, start: key.start)
            }
        }
        for place in rollup.nativePlaces {
            guard let row = rows[Place(start: place.start, period: place.period)] else { continue }
            rollup.load(native: row, period: place.period, start: place.start)
        }
        let entries = rollup.entries()
        for entry in entries { put(entry) }
        return entries
    }

    /// What the audit, which computes everything anew from the readings, has to say.
    var report: AuditReport {
        var audit = SubjectAudit(subject: subject.id, platform: subject.platform)
        audit.week = subject.week
        audit.birth = subject.birth
        audit.readings = readings
        audit.rows = rows.map { place, row in
            SubjectAudit.Row(
                period: place.period.rawValue,
                start: place.start,
                workspace: subject.workspace,
                content: row
            )
        }
        audit.rollups = rollups.values.map { entry in
            SubjectAudit.Rollup(
                grain: entry.key.grain,
                start: entry.key.start,
                end: entry.end,
                day: entry.day,
                workspace: entry.workspace,
                content: entry.row
            )
        }
        var report = AuditReport()
        audit.examine(into: &report)
        return report
    }
}

/// Readings of a few weeks, of every kind, around a change of the clocks.
private func history(_ generator: inout SeededGenerator, _ platform: PlatformName) -> [SubjectAudit.Reading] {
    let zone = platform.dayZone
    let first = [CivilDate("2026-02-20")!, CivilDate("2026-10-14")!].randomElement(using: &generator)!
    let length = Int.random(in: 3...45, using: &generator)
    var readings: [SubjectAudit.Reading] = []
    var counters: [MetricID: Int64] = [.views: 1000, .likes: 50, .comments: 7]
    var job: UInt64 = 0
    func add(_ period: Period, _ start: Instant, _ fetched: Instant, _ values: [MetricID: Int64]) {
        job += 1
        let metrics = values.keys.sorted()
        readings.append(
            SubjectAudit.Reading(
                job: FleetCore.UUID(high: job, low: job),
                workspace: 3,
                period: period.rawValue,
                start: start,
                fetchedAt: fetched,
                metrics: metrics,
                values: metrics.map { values[$0]! }
            )
        )
    }
    let windows: [MetricID] = [.views, .reach, .likes, .comments, .shares, .saves, .avgWatchSeconds, .engagementRate]
    for day in first..<first + length {
        let start = zone.startOfDay(day)
        if Int.random(in: 0..<10, using: &generator) < 6 {
            for again in 0..<Int.random(in: 1...3, using: &generator) {
                let chosen = windows.filter { _ in Int.random(in: 0..<10, using: &generator) < 7 }
                let values = chosen.map { ($0, Int64.random(in: 0...500, using: &generator)) }
                add(.day, start, start + .seconds(86_400 * (again + 1)), Dictionary(uniqueKeysWithValues: values))
            }
        }
        if Int.random(in: 0..<12, using: &generator) == 0 { add(.week, start, start, [.reach: 900, .views: 5]) }
        if Int.random(in: 0..<12, using: &generator) == 0 { add(.days28, start, start, [.reach: 2900]) }
        for _ in 0..<[0, 0, 1, 2, 6].randomElement(using: &generator)! {
            // Now and then at midnight exactly, or at a full hour.
            let second = Int.random(in: 0..<82_000, using: &generator)
            let moment = start + .seconds(Int.random(in: 0..<6, using: &generator) == 0 ? second / 7200 * 7200 : second)
            for metric in counters.keys {
                counters[metric]! += Int64.random(in: -3...40, using: &generator)
            }
            let some = counters.filter { _ in Int.random(in: 0..<10, using: &generator) < 6 }
            if !some.isEmpty { add(.lifetime, moment, moment, some) }
            if Bool.random(using: &generator) {
                add(.instant, moment, moment, [.followers: Int64.random(in: 90...110, using: &generator)])
            }
        }
    }
    return readings
}

@Suite struct SubjectRollupTests {
    @Test(arguments: 0..<100)
    func `however readings arrive, the rows are those that all readings together come to`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let platform = [PlatformName.instagram, .x, .youtube].randomElement(using: &generator)!
        let week = [Grain.weekFromMonday, .weekFromSunday, .weekFromSaturday].randomElement(using: &generator)!
        let born = Bool.random(using: &generator)
        var deliveries = history(&generator, platform)
        let birth = born ? deliveries.map(\.start).min() : nil
        let id: Int64 = born ? 9 : 7
        var shelf = Shelf(
            subject: RollupSubject(id: id, account: 7, workspace: 3, platform: platform, week: week, birth: birth)
        )
        switch seed % 3 {
        case 0: break
        case 1: deliveries.shuffle(using: &generator)
        default:
            // Mostly in order: what is late is late by some places.
            for _ in 0..<deliveries.count / 4 {
                let place = Int.random(in: 0..<deliveries.count, using: &generator)
                let other = min(deliveries.count - 1, place + Int.random(in: 0...9, using: &generator))
                deliveries.swapAt(place, other)
            }
        }
        for reading in deliveries {
            shelf.take(reading)
            if Int.random(in: 0..<5, using: &generator) == 0 { shelf.roll(Int.random(in: 1...4, using: &generator)) }
        }
        while !shelf.dirt.isEmpty { shelf.roll(Int.random(in: 1...50, using: &generator)) }
        let report = shelf.report
        #expect(report.isClean, "seed \(seed): \(report.problems)")
        // Again, everything: nothing changes.
        let days = shelf.rollups.values.map(\.day)
        if let first = days.min(), let last = days.max() {
            shelf.mark(first...last, isComputed: false)
            #expect(shelf.roll().isEmpty)
        }
    }

    private static let day = CivilDate("2026-11-18")!
    private static let zone = PlatformName.instagram.dayZone

    private func shelf(_ id: Int64 = 7, birth: Instant? = nil) -> Shelf {
        Shelf(
            subject: RollupSubject(
                id: id,
                account: 7,
                workspace: 3,
                platform: .instagram,
                week: .weekFromMonday,
                birth: birth
            )
        )
    }

    private func reading(_ period: Period, _ start: Instant, _ values: [MetricID: Int64]) -> SubjectAudit.Reading {
        let metrics = values.keys.sorted()
        return SubjectAudit.Reading(
            job: FleetCore.UUID(high: UInt64(start.microseconds), low: 1),
            workspace: 3,
            period: period.rawValue,
            start: start,
            fetchedAt: start + .seconds(200_000),
            metrics: metrics,
            values: metrics.map { values[$0]! }
        )
    }

    private func window(_ day: CivilDate, _ views: Int64) -> SubjectAudit.Reading {
        reading(.day, Self.zone.startOfDay(day), [.views: views])
    }

    @Test func `a day in the middle touches its week and its month, and nothing else`() {
        var shelf = shelf()
        shelf.take(window(Self.day, 5))
        let keys = Set(shelf.roll().map(\.key.grain))
        #expect(keys == [.weekFromMonday, .month], "the day itself was put by the writer")
    }

    @Test func `a day proves the periods before it to be over`() {
        var shelf = shelf()
        shelf.take(window(CivilDate("2026-11-14")!, 5))
        shelf.roll()
        let week = RollupKey(subject: 7, grain: .weekFromMonday, start: Self.zone.startOfDay(CivilDate("2026-11-09")!))
        #expect(shelf.rollups[week]?.row.state == .open)
        shelf.take(window(CivilDate("2026-11-19")!, 5))
        shelf.roll()
        #expect(shelf.rollups[week]?.row.state == .open, "four days later somebody may still come back to it")
        shelf.take(window(CivilDate("2026-11-17")!, 5))
        let changed = shelf.roll().map(\.key)
        #expect(changed.contains(week))
        #expect(shelf.rollups[week]?.row.state == .provisional)
    }

    @Test func `only windows load no readings`() {
        let subject = shelf().subject
        let dirt = DirtyDays(workspace: 3, account: 7, subject: 7, days: Self.day...Self.day, isComputed: true)
        let rollup = SubjectRollup(subject, [dirt])
        #expect(rollup.readingsFrom == nil)
        #expect(rollup.olderReadings == nil)
        #expect(rollup.sparseMetrics == [])
        #expect(rollup.storedRanges.map(\.grain) == [.day, .weekFromMonday, .month])
    }

    @Test func `far days load no stretch between them`() {
        let subject = shelf().subject
        let far = Self.day - 300
        let dirt = [Self.day...Self.day, far...far].map {
            DirtyDays(workspace: 3, account: 7, subject: 7, days: $0, isComputed: true)
        }
        let ranges = SubjectRollup(subject, dirt).storedRanges.filter { $0.grain == .day }
        #expect(ranges.count == 2)
        for range in ranges { #expect(range.starts.upperBound - range.starts.lowerBound < .seconds(45 * 86_400)) }
    }

    @Test func `the next reading settles the day of the one before`() {
        var shelf = shelf()
        let start = Self.zone.startOfDay(Self.day)
        shelf.take(reading(.instant, start + .seconds(3600), [.followers: 10]))
        shelf.roll()
        let key = RollupKey(subject: 7, grain: .day, start: start)
        #expect(shelf.rollups[key]?.row.state == .open)
        shelf.take(reading(.instant, start + .seconds(30 * 3600), [.followers: 11]))
        shelf.roll()
        #expect(shelf.rollups[key]?.row.state == .settled)
        #expect(shelf.rollups[key]?.known == 2)
    }

    @Test func `a post of today gains everything since it was published, an old one only what was seen`() {
        let published = Self.zone.startOfDay(Self.day) + .seconds(3600)
        for (birth, gain) in [(published, Int64(120)), (nil, nil)] as [(Instant?, Int64?)] {
            var shelf = shelf(9, birth: birth)
            shelf.take(reading(.lifetime, published + .seconds(7200), [.views: 120]))
            shelf.roll()
            let key = RollupKey(subject: 9, grain: .day, start: Self.zone.startOfDay(Self.day))
            #expect(shelf.rollups[key]?.row[.views]?.value == gain)
        }
    }

    @Test func `a week of which only the week itself was told has a row`() {
        var shelf = shelf()
        let last = CivilDate("2026-11-22")!
        shelf.take(reading(.week, Self.zone.startOfDay(last), [.reach: 120]))
        let entries = shelf.roll()
        #expect(entries.map(\.key.grain) == [.weekFromMonday])
        #expect(entries.first?.row[.reach]?.value == 120)
        #expect(shelf.report.isClean)
    }

    @Test func `hours are there when a day was read several times`() {
        var shelf = shelf(9)
        let start = Self.zone.startOfDay(Self.day)
        for (hour, views) in [(1, Int64(100)), (2, 130), (5, 190)] {
            shelf.take(reading(.lifetime, start + .seconds(hour * 3600 + 60), [.views: views]))
        }
        shelf.roll()
        let hours = shelf.rollups.values.filter { $0.key.grain == .hour }.sorted { $0.key < $1.key }
        #expect(hours.map { $0.row[.views]?.value } == [30, 60], "the first reading is where counting starts")
        #expect(hours.first?.key.start == start + .seconds(7200))
    }

    @Test func `a total read at midnight closes the day that ends, a level opens the one that begins`() {
        var shelf = shelf(9)
        let midnight = Self.zone.endOfDay(Self.day)
        shelf.take(reading(.lifetime, midnight - .seconds(40_000), [.views: 100]))
        shelf.take(reading(.lifetime, midnight, [.views: 130, .followers: 5]))
        shelf.roll()
        let days = shelf.rollups.values.filter { $0.key.grain == .day }.sorted { $0.key < $1.key }
        #expect(days.map(\.day) == [Self.day, Self.day + 1])
        #expect(days.first?.row[.views]?.value == 30 && days.first?.row[.followers] == nil)
        #expect(days.last?.row[.views] == nil && days.last?.row[.followers]?.value == 5)
    }
}
