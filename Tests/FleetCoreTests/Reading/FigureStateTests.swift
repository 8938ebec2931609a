import FleetCore
import Testing

@Suite("What may be said of a figure")
struct FigureStateTests {
    private typealias Fixture = ReadingFixture
    private static let cells: [RollupRow.Cell?] = [
        .init(metric: .views, value: 5), .init(metric: .views, value: 0), nil,
    ]

    /// Everything that decides: the cell, then what is known around it.
    private static let matrix: [(FigureState, Int, @Sendable (inout FigureFacts) -> Void)] = [
        (.value, 0, { _ in }),
        (.value, 0, { $0.mayStillCome = true }),
        (.value, 0, { $0.reason = .failed }),
        (.zero, 1, { _ in }),
        (.zero, 1, { $0.mayStillCome = true }),
        (.zero, 1, { $0.reason = .suppressed }),
        (.synthetic, 0, { $0.isSynthetic = true }),
        (.synthetic, 1, { $0.isSynthetic = true }),
        (.pending, 2, { $0.mayStillCome = true }),
        (.pending, 2, { ($0.mayStillCome, $0.reason) = (true, .noData) }),
        (.pending, 2, { ($0.mayStillCome, $0.reason) = (true, .notSettled) }),
        (.pending, 2, { ($0.mayStillCome, $0.reason) = (true, .failed) }),
        (.pending, 2, { ($0.mayStillCome, $0.isSynthetic) = (true, true) }),
        (.suppressed, 2, { $0.reason = .suppressed }),
        (.suppressed, 2, { ($0.mayStillCome, $0.reason) = (true, .suppressed) }),
        (.unsupported, 2, { $0.isOffered = false }),
        (.unsupported, 2, { ($0.isOffered, $0.mayStillCome) = (false, true) }),
        (.unsupported, 2, { ($0.mayStillCome, $0.reason) = (true, .unsupported) }),
        (.gap(.permissionMissing), 2, { ($0.mayStillCome, $0.reason) = (true, .permissionMissing) }),
        (.gap(.noData), 2, { $0.wasRead = true }),
        (.gap(.unavailable), 2, { _ in }),
        (.gap(.failed), 2, { $0.reason = .failed }),
        (.gap(.notSettled), 2, { ($0.wasRead, $0.reason) = (true, .notSettled) }),
        (.gap(.unavailable), 2, { $0.isSynthetic = true }),
    ]

    @Test("the matrix of the seven states stands as it was written down")
    func golden() {
        for (wanted, cell, change) in Self.matrix {
            var facts = FigureFacts()
            change(&facts)
            #expect(facts.state(of: Self.cells[cell]) == wanted, "\(facts)")
        }
        let all: Set = ["value", "zero", "pending", "gap", "suppressed", "unsupported", "synthetic"]
        #expect(Set(Self.matrix.map(\.0.name)) == all)
    }

    @Test("a day of which nothing came is pending inside the platform's lag and a gap after it")
    func lag() {
        let end = Fixture.zone.endOfDay(Fixture.day)
        for (hours, state) in [(-3, FigureState.pending), (47, .pending), (48, .gap(.unavailable))] {
            let series = Fixture.series(
                [],
                Fixture.day...Fixture.day,
                metrics: [.views],
                now: end + .seconds(hours * 3600)
            )
            #expect(series.rows[0][.views]?.state == state)
            #expect(series.rows[0][.views]?.value == nil)
        }
    }

    @Test("what a platform does not have is unsupported, what it had nothing of is no_data, and zero is a number")
    func mixed() {
        let offer = FigureOffer([.views: [], .likes: [], .shares: []])
        let series = Fixture.series(
            [Fixture.daily([.views: 0])],
            Fixture.day...Fixture.day,
            metrics: [.views, .likes, .dislikes, .engagementTotal],
            offer: offer
        )
        let row = series.rows[0]
        #expect(row[.views]?.state == .zero && row[.views]?.value == 0)
        #expect(row[.likes]?.state == .gap(.noData) && row[.dislikes]?.state == .unsupported)
        #expect(row[.engagementTotal]?.state == .gap(.noData))
    }

    @Test("the newest note in the days decides, and one that names the metric beats one that speaks of all")
    func notes() {
        let (start, end) = (Fixture.zone.startOfDay(Fixture.day), Fixture.zone.endOfDay(Fixture.day))
        func note(_ metric: MetricID?, _ reason: GapReason, _ hours: Int, days: Int = 0) -> GapNote {
            GapNote(
                metric: metric,
                reason: reason,
                said: "",
                start: start + .seconds(days * 86_400),
                end: end + .seconds(days * 86_400),
                fetchedAt: end + .seconds(hours * 3600),
                job: nil
            )
        }
        func state(_ notes: [GapNote]) -> FigureState? {
            Fixture.series([], Fixture.day...Fixture.day, metrics: [.views], notes: notes).rows[0][.views]?.state
        }
        #expect(state([note(nil, .failed, 1), note(.views, .suppressed, 2)]) == .suppressed)
        #expect(state([note(.views, .suppressed, 1), note(nil, .failed, 2)]) == .gap(.failed))
        #expect(state([note(nil, .failed, 1), note(.views, .noData, 1)]) == .gap(.noData))
        #expect(state([note(.likes, .suppressed, 3)]) == .gap(.unavailable))
        #expect(state([note(.views, .suppressed, 3, days: 2)]) == .gap(.unavailable))
    }

    @Test("distinct people of a week are the platform's own figure, or bounds, and never their sum")
    func unique() {
        let dates = Fixture.day...Fixture.day + 6
        let days = (0..<7).map { Fixture.daily(Fixture.day + $0, [.reach: 100 + Int64($0)], job: $0 + 1) }
        let bounded = Fixture.series(days, dates, .stretch).rows[0][.reach]
        #expect(bounded?.state == .gap(.unavailable) && bounded?.value == nil)
        #expect(bounded?.bounds?.lower == 106 && bounded?.bounds?.upper == 721)
        let missing = Fixture.series(Array(days.dropLast()), dates, .stretch).rows[0][.reach]
        #expect(missing?.bounds?.lower == 105 && missing?.bounds?.upper == nil && missing?.present == 6)
        let own = Fixture.reading(
            .week,
            Fixture.zone.startOfDay(dates.upperBound),
            [.reach: 430],
            at: Fixture.zone.endOfDay(dates.upperBound) + .seconds(72 * 3600)
        )
        let native = Fixture.series(days + [own], dates, .stretch).rows[0][.reach]
        #expect(native?.state == .value && native?.value == 430)
    }

    @Test("a bucket says how many of its days it has")
    func coverage() {
        let days = [0, 2, 3].map { Fixture.daily(Fixture.day + $0, [.views: 10], job: $0 + 1) }
        let row = Fixture.series(days, Fixture.day...Fixture.day + 6, .stretch).rows[0]
        #expect(row[.views]?.value == 30 && row[.views]?.present == 3 && row[.views]?.expected == 7)
    }
}

@Suite("Reasons of gaps")
struct GapReasonTests {
    @Test("a word that is not known is a failure, never a zero")
    func unknown() {
        #expect(GapReason(said: "gremlins") == .failed)
        #expect(GapReason(said: "data_status:PROCESSING") == .notSettled)
        #expect(GapReason(said: "null") == .noData && GapReason(said: "retired") == .unsupported)
        for reason in GapReason.allCases { #expect(GapReason(said: reason.rawValue) == reason) }
    }
}
