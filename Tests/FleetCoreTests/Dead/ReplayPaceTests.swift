import FleetCore
import Testing

@Suite struct ReplayPaceTests {
    private static let second: Int64 = 1_000_000_000

    /// How many letters go in so many turns of a tenth of a second.
    private func sent(_ turns: Int, _ terms: ReplayPace.Terms, every nanoseconds: Int64 = second / 10) -> Int {
        var pace = ReplayPace()
        return (0..<turns).reduce(0) { total, turn in
            let step = pace.step(.running, .init(hasWaiting: true), terms, now: Int64(turn) * nanoseconds)
            if case .send(let count) = step { return total + count }
            return total
        }
    }

    @Test(arguments: [0.5, 1, 3, 10, 200, 999.9, 10_000])
    func `the rate is kept over time, whatever it is`(rate: Double) {
        let count = Double(sent(601, .init(rate: rate)))
        #expect(abs(count - rate * 60) <= rate * 0.2 + 1)
    }

    @Test func `what a slow turn missed is not made up for beyond half a second`() {
        var pace = ReplayPace()
        let terms = ReplayPace.Terms(rate: 200)
        #expect(pace.step(.running, .init(hasWaiting: true), terms, now: 0) == .send(20))
        #expect(pace.step(.running, .init(hasWaiting: true), terms, now: 60 * Self.second) == .send(100))
    }

    @Test func `only the canary goes at first, and then everything waits for it`() {
        var pace = ReplayPace()
        let terms = ReplayPace.Terms(rate: 1000, canary: 10, tolerance: 0)
        func step(_ sent: Int, _ resolved: Int, _ died: Int, _ second: Int64) -> ReplayPace.Step {
            pace.step(
                .canary,
                .init(hasWaiting: true, sent: sent, resolved: resolved, diedAgain: died),
                terms,
                now: second * Self.second
            )
        }
        #expect(step(0, 0, 0, 0) == .send(10))
        #expect(step(10, 0, 0, 1) == .rest)
        #expect(step(10, 9, 0, 2) == .rest)
        #expect(step(10, 10, 0, 3) == .pass)
    }

    @Test func `a canary that dies more often than it may puts the rest off at once`() {
        var pace = ReplayPace()
        let counts = ReplayPace.Counts(hasWaiting: true, sent: 10, resolved: 1, diedAgain: 2)
        #expect(
            pace.step(.canary, counts, .init(rate: 1, canary: 10, tolerance: 1), now: 0)
                == .hold("the canary failed: 2 of 10 died again")
        )
        #expect(pace.step(.canary, counts, .init(rate: 1, canary: 10, tolerance: 2), now: 0) == .rest)
    }

    @Test func `a selection smaller than its canary passes when all of it ended`() {
        var pace = ReplayPace()
        let counts = ReplayPace.Counts(hasWaiting: false, sent: 3, resolved: 3)
        #expect(pace.step(.canary, counts, .init(rate: 1, canary: 10), now: 0) == .pass)
        #expect(pace.step(.running, counts, .init(rate: 1), now: 0) == .finish)
    }

    @Test(arguments: [SelectionState.frozen, .paused, .stopped, .finished])
    func `nothing moves where nothing should, and no rate is saved up`(state: SelectionState) {
        var pace = ReplayPace()
        let waiting = ReplayPace.Counts(hasWaiting: true)
        #expect(pace.step(state, waiting, .init(rate: 100), now: 0) == .rest)
        #expect(pace.step(state, waiting, .init(rate: 100), now: 60 * Self.second) == .rest)
        #expect(pace.step(.running, waiting, .init(rate: 100), now: 61 * Self.second) == .send(10))
    }
}
