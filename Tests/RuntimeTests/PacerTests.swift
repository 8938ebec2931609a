import Runtime
import Testing

@Suite("Pacer")
struct PacerTests {
    private let start = ContinuousClock.now

    @Test func `a quiet connection is never held up`() {
        var pacer = Pacer()
        let waits = (0..<1000).map { pacer.woke(at: start + .milliseconds(3 * $0)) }
        #expect(waits.allSatisfy { $0 == nil })
    }

    @Test func `a burst passes and sustained waking is held to the rate`() {
        var pacer = Pacer()
        var now = start
        var waits = 0
        for _ in 0..<2000 {
            if let wait = pacer.woke(at: now) {
                #expect(wait <= .seconds(1.001 / Pacer.rate))
                waits += 1
                now += wait
            }
        }
        // After the burst each wake-up costs 1 / rate of a second.
        let expected = (2000 - Pacer.burst) / Pacer.rate
        #expect(abs(Double((now - start).wholeNanoseconds) / 1e9 - expected) < 0.01)
        #expect(waits >= 1800)
    }

    @Test func `rest earns the burst back`() {
        var pacer = Pacer()
        for _ in 0..<200 { _ = pacer.woke(at: start) }
        let later = start + .seconds(1)
        #expect((0..<100).allSatisfy { _ in pacer.woke(at: later) == nil })
    }
}
