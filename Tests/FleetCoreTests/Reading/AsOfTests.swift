import FleetCore
import TestSupport
import Testing

@Suite("Figures as of a moment")
struct AsOfTests {
    private typealias Fixture = ReadingFixture

    /// A store that was told readings in some order and stopped.
    private struct Stopped {
        var rows: [ReadingPlace: CurrentRow] = [:]

        mutating func take(_ reading: ObservedReading) {
            _ = rows[ReadingPlace(period: reading.period, start: reading.start), default: CurrentRow()].merge(
                metrics: reading.metrics,
                values: reading.values,
                from: reading.source
            )
        }

        func series(_ question: FigureQuestion, now: Instant) -> FigureSeries {
            let rows = rows.map { (start: $0.key.start, period: $0.key.period, row: $0.value) }
            return FigureSeries(
                question,
                platform: Fixture.platform,
                of: [SubjectReadings(Fixture.account, rows)],
                now: now
            )
        }
    }

    @Test("as of every fetch, all figures are those of a store that stopped then", arguments: 0..<10)
    func stopped(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let archive = Fixture.history(using: &generator)
        let cuts: [FigureQuestion.Cut] = [
            .grain(.day), .grain(.weekFromMonday), .grain(.month), .stretch, .grain(.hour),
        ]
        let cut = cuts[seed % cuts.count]
        let dates = Fixture.day - 3...Fixture.day + (cut == .grain(.hour) ? 3 : 14)
        for moment in Set(archive.map(\.fetchedAt)).sorted() {
            var store = Stopped()
            for reading in archive.filter({ $0.fetchedAt <= moment }).shuffled(using: &generator) {
                store.take(reading)
            }
            var question = FigureQuestion(.subject(Fixture.account.id), dates: dates, cut: cut)
            let wanted = store.series(question, now: moment)
            question.asOf = moment
            let asOf = FigureSeries(
                question,
                platform: Fixture.platform,
                of: [SubjectReadings(Fixture.account, archive.shuffled(using: &generator).currentRows(asOf: moment))],
                now: moment + .seconds(1_000_000)
            )
            #expect(asOf.rows == wanted.rows, "seed \(seed), as of \(moment)")
        }
    }

    @Test(
        "between two moments exactly the figures differ that are others, and each names its fetches",
        arguments: 0..<60
    )
    func differences(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let archive = Fixture.history(using: &generator)
        let moments = Set(archive.map(\.fetchedAt)).sorted()
        let earlier = moments.randomElement(using: &generator)!
        let later = moments.filter { $0 >= earlier }.randomElement(using: &generator)!
        let dates = Fixture.day - 3...Fixture.day + 13
        let found = FigureDifference.between(
            (earlier, later),
            of: Fixture.account,
            archive,
            dates: dates,
            cut: .grain(.day)
        )
        func figures(_ moment: Instant) -> [FigureRow] {
            Fixture.series(archive.filter { $0.fetchedAt <= moment }, dates, now: moment).rows
        }
        for (old, new) in zip(figures(earlier), figures(later)) {
            for figure in new.figures where figure.cell?.known != old[figure.metric]?.cell?.known {
                let told = found.first { $0.row.start == new.start && $0.metric == figure.metric }
                #expect(told?.after.cell == figure.cell && told?.before.cell == old[figure.metric]?.cell)
                #expect(told?.fetches.isEmpty == false && told!.fetches.allSatisfy { $0.fetchedAt > earlier })
            }
        }
        #expect(earlier != later || found.isEmpty)
    }

    @Test("a settled figure that moved beyond the threshold is said to be restated, a small or early change is not")
    func restated() {
        func difference(_ before: Int64, _ after: Int64, hours: Int) -> FigureDifference? {
            let readings = [
                Fixture.daily([.views: before], hours: hours, job: 1),
                Fixture.daily([.views: after], hours: 200, job: 2),
            ]
            let moments = readings.map(\.fetchedAt)
            return FigureDifference.between(
                (moments[0], moments[1]),
                of: Fixture.account,
                readings,
                dates: Fixture.day...Fixture.day,
                cut: .grain(.day)
            ).first
        }
        #expect(difference(1000, 1100, hours: 50)?.isRestated(beyond: .standard) == true)
        #expect(difference(1000, 1100, hours: 50)?.permille == 100)
        #expect(difference(1000, 1100, hours: 5)?.isRestated(beyond: .standard) == false)
        #expect(difference(1000, 1040, hours: 50)?.isRestated(beyond: .standard) == false)
        #expect(difference(20, 28, hours: 50)?.isRestated(beyond: .standard) == false)
        #expect(difference(0, 11, hours: 50)?.isRestated(beyond: .standard) == true)
        #expect(difference(500, 500, hours: 50) == nil)
    }
}
