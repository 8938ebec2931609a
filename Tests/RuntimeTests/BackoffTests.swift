import Runtime
import TestSupport
import Testing

@Suite struct BackoffTests {
    private let backoff = Backoff(base: .milliseconds(100), factor: 2, cap: .seconds(30), floor: .milliseconds(5))

    @Test func `the curve doubles from the base to the cap and never falls`() {
        #expect(backoff.curve(attempt: 1) == .milliseconds(100))
        #expect(backoff.curve(attempt: 2) == .milliseconds(200))
        #expect(backoff.curve(attempt: 9) == .milliseconds(25_600))
        #expect(backoff.curve(attempt: 10) == .seconds(30))
        for attempt in 1..<2000 { #expect(backoff.curve(attempt: attempt) <= backoff.curve(attempt: attempt + 1)) }
    }

    @Test(arguments: [Int.min, -1, 0, 1]) func `an attempt below one counts as the first`(attempt: Int) {
        #expect(backoff.curve(attempt: attempt) == .milliseconds(100))
    }

    @Test func `huge attempts cost nothing and stay at the cap`() {
        #expect(backoff.curve(attempt: .max) == .seconds(30))
        let flat = Backoff(base: .seconds(1), factor: 1, cap: .seconds(5))
        #expect(flat.curve(attempt: .max) == .seconds(1))
    }

    @Test func `delays lie between floor and curve and use the whole width`() {
        var generator = SeededGenerator(seed: 7)
        for attempt in 1...12 {
            let curve = backoff.curve(attempt: attempt)
            let delays = (0..<2000).map { _ in backoff.delay(attempt: attempt, using: &generator) }
            #expect(delays.allSatisfy { $0 >= .milliseconds(5) && $0 <= curve })
            #expect(delays.contains { $0 < curve * 0.15 } && delays.contains { $0 > curve * 0.95 })
            let mean = delays.reduce(Duration.zero, +) / 2000
            #expect(abs(mean.inSeconds / ((curve + .milliseconds(5)) / 2).inSeconds - 1) < 0.05)
        }
    }

    @Test func `the same seed gives the same delays`() {
        var (one, two) = (SeededGenerator(seed: 1), SeededGenerator(seed: 1))
        for attempt in 1...50 {
            #expect(backoff.delay(attempt: attempt, using: &one) == backoff.delay(attempt: attempt, using: &two))
        }
    }
}

@Suite struct DeadlineTests {
    @Test func `a deadline counts down to zero and not below`() {
        let deadline = Deadline(after: .seconds(2), now: 1_000)
        #expect(deadline.remaining(now: 1_000) == .seconds(2))
        #expect(!deadline.isPast(now: 2_000_000_999))
        #expect(deadline.isPast(now: 2_000_001_000))
        #expect(deadline.remaining(now: .max) == .zero)
        #expect(Deadline(after: .seconds(Int64.max), now: 5) == .never)
        #expect(Deadline.never > deadline)
    }

    @Test func `the monotonic clock does not go back and the wall clock is of this century`() {
        let first = ProcessClock.monotonicNow
        #expect(ProcessClock.monotonicNow >= first)
        #expect(ProcessClock.wallNow > 1_700_000_000_000_000)
    }
}
