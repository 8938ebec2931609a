import FleetCore
import Testing

/// A subject whose rows and rollups are exactly what its readings come to.
private struct Subject {
    static let day = CivilDate("2026-11-18")!
    static let zone = PlatformName.instagram.dayZone
    static let start = zone.startOfDay(day)
    static let jobs = [FleetCore.UUID(high: 1, low: 1), FleetCore.UUID(high: 1, low: 2)]

    var audit = SubjectAudit(subject: 7, platform: .instagram)

    init() {
        let fetched = Self.start + .seconds(100 * 3600)
        take(Self.jobs[0], .day, Self.start, fetched, [.views: 120, .reach: 80])
        take(Self.jobs[0], .instant, Self.start + .seconds(3600), Self.start + .seconds(3600), [.followers: 1000])
        take(Self.jobs[1], .instant, Self.start + .seconds(7200), Self.start + .seconds(7200), [.followers: 1010])
        // A second fetch of the day restates one value.
        take(Self.jobs[1], .day, Self.start, fetched + .seconds(60), [.views: 125])
        store()
    }

    private mutating func take(
        _ job: FleetCore.UUID,
        _ period: Period,
        _ start: Instant,
        _ fetched: Instant,
        _ values: [MetricID: Int64]
    ) {
        let metrics = values.keys.sorted()
        audit.readings.append(
            SubjectAudit.Reading(
                job: job,
                workspace: 3,
                period: period.rawValue,
                start: start,
                fetchedAt: fetched,
                metrics: metrics,
                values: metrics.map { values[$0]! }
            )
        )
    }

    /// Stores what an aggregator would have stored.
    private mutating func store() {
        struct Key: Hashable {
            var start: Instant
            var period: Int16
        }
        var rows: [Key: CurrentRow] = [:]
        for reading in audit.readings {
            let key = Key(start: reading.start, period: reading.period)
            let source = CurrentRow.Source(fetchedAt: reading.fetchedAt, job: reading.job)
            _ = rows[key, default: CurrentRow()].merge(metrics: reading.metrics, values: reading.values, from: source)
        }
        audit.rows = rows.map { key, row in
            SubjectAudit.Row(period: key.period, start: key.start, workspace: 3, content: row)
        }
        let subject = RollupSubject(id: 7, account: 7, workspace: 3, platform: .instagram, week: .weekFromMonday)
        let dirt = DirtyDays(workspace: 3, account: 7, subject: 7, days: Self.day...Self.day, isComputed: false)
        var rollup = SubjectRollup(subject, [dirt])
        rollup.load(rows.map { (start: $0.key.start, period: Period(rawValue: $0.key.period)!, row: $0.value) })
        // The day first: most tests damage it.
        let entries = rollup.entries()
        let sorted = entries.filter { $0.key.grain == .day } + entries.filter { $0.key.grain != .day }
        audit.rollups = sorted.map { entry in
            SubjectAudit.Rollup(
                grain: entry.key.grain,
                start: entry.key.start,
                end: entry.end,
                day: entry.day,
                workspace: entry.workspace,
                content: entry.row
            )
        }
    }

    var report: AuditReport {
        var report = AuditReport()
        audit.examine(into: &report)
        return report
    }

    /// The position of the row of period "day".
    var dayRow: Int { audit.rows.firstIndex { $0.period == Period.day.rawValue }! }
}

@Suite struct AuditTests {
    private var subject = Subject()

    @Test func `a sound subject has no findings`() {
        let report = subject.report
        #expect(report.isClean)
        #expect(report.problems.isEmpty)
        #expect((report.observations, report.rows, report.rollups) == (4, 3, 5), "a day, two hours, a week, a month")
    }

    @Test mutating func `a doubled observation is found`() {
        subject.audit.readings.append(subject.audit.readings[0])
        let report = subject.report
        #expect((report.twice, report.different, report.lost) == (1, 0, 0))
        #expect(report.problems[0].hasPrefix("twice: job 00000000-0000-0001"))
    }

    @Test mutating func `a changed current value is found, and the rollup that it no longer matches is not blamed`() {
        let row = subject.dayRow
        let entries = subject.audit.rows[row].content!.entries.map { entry in
            var entry = entry
            if entry.metric == .views { entry.value = 999 }
            return entry
        }
        subject.audit.rows[row].content = CurrentRow(entries: entries)
        let report = subject.report
        #expect((report.twice, report.different) == (0, 1))
        #expect(report.problems[0].contains("views is 999 and should be 125"))
    }

    @Test mutating func `a current value that names another fetch is found`() {
        let row = subject.dayRow
        let entries = subject.audit.rows[row].content!.entries.map { entry in
            var entry = entry
            entry.source.job = Subject.jobs[0]
            return entry
        }
        subject.audit.rows[row].content = CurrentRow(entries: entries)
        #expect(subject.report.different == 1)
    }

    @Test mutating func `a missing current row is found`() {
        subject.audit.rows.remove(at: subject.dayRow)
        #expect(subject.report.different == 1)
        #expect(subject.report.problems[0].hasSuffix("are missing"))
    }

    @Test mutating func `a current row that rests on nothing is found`() {
        subject.audit.rows.append(
            SubjectAudit.Row(period: 1, start: Subject.start + .seconds(86_400), workspace: 3, content: CurrentRow())
        )
        #expect(subject.report.different == 1)
    }

    @Test mutating func `an unreadable current row is found`() {
        subject.audit.rows[0].content = nil
        #expect(subject.report.different == 1)
    }

    @Test mutating func `a row in another workspace is found`() {
        subject.audit.rows[0].workspace = 4
        subject.audit.rollups[0].workspace = 4
        #expect(subject.report.different == 2)
    }

    @Test mutating func `a missing rollup is found`() {
        subject.audit.rollups.removeFirst()
        let report = subject.report
        #expect(report.different == 1)
        #expect(report.problems == ["different: the rollup of subject 7 for 2026-11-18 is missing"])
    }

    @Test mutating func `a rollup that rests on nothing is found`() {
        var stray = subject.audit.rollups[0]
        stray.day = stray.day + 1
        subject.audit.rollups.append(stray)
        #expect(subject.report.different == 1)
    }

    @Test(arguments: [Grain.hour, .weekFromMonday, .month])
    mutating func `a damaged or missing rollup of another length is found`(grain: Grain) {
        let position = subject.audit.rollups.firstIndex { $0.grain == grain }!
        let rollup = subject.audit.rollups[position]
        subject.audit.rollups[position].content!.cells[0].sum += 1
        #expect(subject.report.different == 1)
        subject.audit.rollups.remove(at: position)
        #expect(subject.report.different == 1)
        subject.audit.rollups.append(rollup)
        #expect(subject.report.isClean)
    }

    @Test mutating func `weeks of a setting that was are not looked at, and those of the new one are asked for`() {
        subject.audit.week = .weekFromSunday
        let report = subject.report
        #expect(report.problems == ["different: the rollup of subject 7 for the week from 2026-11-15 is missing"])
    }

    @Test mutating func `rollups are not looked at while they are still to be computed`() {
        subject.audit.rollups = []
        subject.audit.isPending = true
        let report = subject.report
        #expect(report.isClean)
        #expect(report.pending == 1)
    }

    @Test(arguments: ["value", "count", "minimum", "state", "bounds", "cells", "unreadable"])
    mutating func `a damaged rollup is found`(damage: String) {
        var rollup = subject.audit.rollups[0]
        switch damage {
        case "value": rollup.content!.cells[0].value += 1
        case "count": rollup.content!.cells[0].count += 1
        case "minimum": rollup.content!.cells[0].minimum -= 1
        case "state": rollup.content!.state = .open
        case "bounds": rollup.end = rollup.end + .seconds(1)
        case "cells": rollup.content!.cells.append(RollupRow.Cell(metric: .likes, value: 1))
        default: rollup.content = nil
        }
        subject.audit.rollups[0] = rollup
        #expect(subject.report.different == 1)
    }

    @Test mutating func `a subject without a platform is examined up to its current values`() {
        subject.audit.platform = nil
        subject.audit.rollups = []
        let report = subject.report
        #expect(report.isClean)
        #expect(report.unchecked == 1)
    }

    @Test func `problems beyond the limit are counted and not kept`() {
        var report = AuditReport()
        for number in 0..<50 { report.note(.lost, "job \(number)") }
        var other = AuditReport()
        other.note(.twice, count: 3, "more")
        other.note(.different, count: 0, "nothing")
        report.add(other)
        #expect((report.lost, report.twice, report.different) == (50, 3, 0))
        #expect(report.problems.count == AuditReport.textLimit)
        #expect(!report.isClean)
    }
}
