import FleetCore
import TestSupport
import Testing

@Suite("Explanations")
struct ExplanationTests {
    private typealias Fixture = ReadingFixture

    private func explain(
        _ metric: MetricID,
        _ archive: [ObservedReading],
        _ dates: ClosedRange<CivilDate>,
        asOf moment: Instant? = nil
    ) -> (explained: ExplainedFigure, row: FigureRow, series: FigureSeries) {
        let known = archive.filter { reading in moment.map { reading.fetchedAt <= $0 } ?? true }
        let series = Fixture.series(known, dates, .stretch, metrics: [metric])
        let readings = SubjectReadings(Fixture.account, archive.currentRows(asOf: moment))
        let explainer = FigureExplainer(
            [(readings, archive)],
            platform: Fixture.platform,
            isGroup: false,
            asOf: moment
        )
        return (explainer.explain(metric, series.rows[0]), series.rows[0], series)
    }

    /// What the formula comes to when somebody computes it from its inputs; nil where there is nothing to compute.
    private func computed(_ figure: ExplainedFigure) -> Int64? {
        let values = figure.inputs.compactMap(\.value)
        switch figure.formula {
        case .sumOfDays, .sumOfSubjects, .engagement: return values.reduce(0, +)
        case .lastOfDays: return values.last
        case .difference(let from, let to): return to - (from ?? 0)
        case .quotient(let numerator, let denominator):
            return FixedPoint.quotient(numerator, denominator, scale: MetricCatalogue.scale(of: figure.metric))
        case .weightedMean(let sum, let weight):
            return FixedPoint.mean(ofProducts: sum, weight: weight, scale: MetricCatalogue.scale(of: figure.metric))
        case .reading: return figure.evidence.last?.value
        case .level: return figure.evidence.last?.value
        case .bounds, .untold, .nothing: return nil
        }
    }

    private func check(_ figure: ExplainedFigure, seed: Int) {
        #expect(
            computed(figure) == figure.value,
            "seed \(seed): \(figure.metric.name) \(figure.dates): \(figure.words)"
        )
        for input in figure.inputs where input.cell != nil { check(input, seed: seed) }
    }

    @Test("every formula comes to its figure, down to the readings", arguments: 0..<30)
    func formulas(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let archive = Fixture.history(using: &generator)
        let first = Fixture.day + Int.random(in: 0..<10, using: &generator)
        let dates = first...first + (seed % 2 == 0 ? 0 : Int.random(in: 1...6, using: &generator))
        let metrics: [MetricID] = [
            .views, .likes, .shares, .reach, .followers, .engagementTotal, .engagementRateByViews,
        ]
        for metric in metrics {
            let (explained, row, _) = explain(metric, archive, dates)
            if dates.count > 1 { #expect(explained.cell == row[metric]?.cell) }
            check(explained, seed: seed)
            if explained.cell != nil, explained.formula != .untold { #expect(!explained.allEvidence.isEmpty) }
        }
    }

    @Test("a reading names its fetch, and what it was before")
    func restated() {
        let archive = [
            Fixture.daily([.views: 100], hours: 5, job: 1), Fixture.daily([.views: 100], hours: 30, job: 2),
            Fixture.daily([.views: 120], hours: 60, job: 3), Fixture.daily([.views: 118], hours: 90, job: 4),
        ]
        let (explained, row, series) = explain(.views, archive, Fixture.day...Fixture.day)
        #expect(explained.formula == .reading && explained.value == 118)
        let reading = explained.evidence[0]
        #expect(reading.source == archive[3].source && reading.apiVersion == "v25.0")
        #expect(reading.before.map(\.value) == [100, 120])
        #expect(reading.before.map(\.source.job) == [Fixture.job(1), Fixture.job(3)])
        let checks = PlatformPageCheck.all(explained, row, series, FigureOffer())
        #expect(checks.map(\.topic) == PlatformPageCheck.Topic.allCases)
        #expect(checks.first { $0.topic == .restated }?.applies == true)
        #expect(checks.first { $0.topic == .zone }?.sentence.contains("America/Los_Angeles") == true)
        let earlier = explain(.views, archive, Fixture.day...Fixture.day, asOf: archive[1].fetchedAt)
        #expect(earlier.explained.value == 100 && earlier.explained.evidence[0].before.isEmpty)
    }

    @Test("a running total is explained by the reading before the day and the last one in it")
    func counter() {
        let totals = [(-1, 20, 50), (0, 9, 60), (0, 22, 75), (1, 3, 80)].map { day, hour, value in
            Fixture.moment(Fixture.day + day, hour: hour, [.shares: Int64(value)], period: .lifetime, job: hour)
        }
        let (explained, _, _) = explain(.shares, totals, Fixture.day...Fixture.day)
        #expect(explained.formula == .difference(from: 50, to: 75))
        #expect(explained.words == "75 - 50 = 25, total less total before")
        #expect(explained.evidence.map(\.value) == [50, 60, 75])
    }

    @Test("a group is explained by its subjects, largest first")
    func group() {
        let subjects = (1...3).map { FigureSubject(id: Int64($0), workspace: 3, platform: .instagram) }
        let archives = subjects.map { [Fixture.daily([.views: $0.id * 10, .reach: $0.id], job: Int($0.id))] }
        let members = zip(subjects, archives).map { subject, archive in
            (readings: SubjectReadings(subject, archive.currentRows()), archive: archive)
        }
        let series = FigureSeries(
            FigureQuestion(.accounts(ofWorkspace: 3), dates: Fixture.day...Fixture.day),
            platform: .instagram,
            of: members.map(\.readings),
            now: Fixture.zone.endOfDay(Fixture.day + 9)
        )
        let explainer = FigureExplainer(members, platform: .instagram, isGroup: true, asOf: nil)
        let views = explainer.explain(.views, series.rows[0])
        #expect(views.value == 60 && views.formula == .sumOfSubjects)
        #expect(views.inputs.map(\.subject?.id) == [3, 2, 1] && views.inputs.map(\.value) == [30, 20, 10])
        #expect(views.allEvidence.count == 3)
        #expect(views.words == "30 (3) + 20 (2) + 10 (1) = 60")
        let reach = explainer.explain(.reach, series.rows[0])
        #expect(reach.value == nil && reach.formula == .bounds)
    }
}
