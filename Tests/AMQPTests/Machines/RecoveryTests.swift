import Testing

@testable import AMQP

@Suite("Recovery")
struct RecoveryTests {
    private let start = ContinuousClock.now

    @Test func `waits double from the first to the longest`() {
        var recovery = ConnectionRecovery()
        var now = start
        var waits: [Duration] = []
        for _ in 0..<9 {
            let failure = recovery.failed(.unreachable, at: now, randomness: 1)
            waits.append(failure.retryAt - now)
            now = failure.retryAt
            recovery.retry()
        }
        #expect(waits.map(\.milliseconds) == [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
    }

    @Test(arguments: 0..<40) func `a wait lies between half and all of its step`(attempt: Int) {
        let least = Backoff.delay(attempt: attempt, first: .milliseconds(100), longest: .seconds(10), randomness: 0)
        let most = Backoff.delay(attempt: attempt, first: .milliseconds(100), longest: .seconds(10), randomness: 1)
        #expect(least * 2 == most)
        #expect(most <= .seconds(10))
    }

    @Test func `an outage is said once, again when its kind changes, and each minute`() {
        var recovery = ConnectionRecovery()
        #expect(recovery.failed(.unreachable, at: start, randomness: 0).announce)
        #expect(!recovery.failed(.unreachable, at: start + .seconds(1), randomness: 0).announce)
        #expect(recovery.failed(.accessRefused, at: start + .seconds(2), randomness: 0).announce)
        #expect(!recovery.failed(.accessRefused, at: start + .seconds(61), randomness: 0).announce)
        #expect(recovery.failed(.accessRefused, at: start + .seconds(62), randomness: 0).announce)
    }

    @Test func `the end of a said outage is said`() {
        var recovery = ConnectionRecovery()
        let first = recovery.opened(at: start)
        #expect(!first)
        _ = recovery.failed(.connectionLost, at: start, randomness: 0)
        let again = recovery.opened(at: start + .seconds(1))
        #expect(again)
    }

    @Test func `a connection that lived begins the waits anew, a short one does not`() {
        var recovery = ConnectionRecovery()
        _ = recovery.failed(.unreachable, at: start, randomness: 1)
        _ = recovery.failed(.unreachable, at: start, randomness: 1)
        _ = recovery.opened(at: start)
        let short = recovery.failed(.connectionLost, at: start + .seconds(1), randomness: 1)
        #expect(short.retryAt - (start + .seconds(1)) == .milliseconds(400))
        _ = recovery.opened(at: start)
        let long = recovery.failed(.connectionLost, at: start + .seconds(6), randomness: 1)
        #expect(long.retryAt - (start + .seconds(6)) == .milliseconds(100))
    }
}

@Suite("Consumer channel")
struct ConsumerChannelTests {
    private let now = ContinuousClock.now

    private func consuming() -> ConsumerChannel {
        var channel = ConsumerChannel()
        _ = channel.connected()
        channel.subscribed()
        return channel
    }

    @Test func `a connection opens and subscribes`() {
        var channel = ConsumerChannel()
        #expect(channel.connected() == .open)
        #expect(!channel.isConsuming)
        channel.subscribed()
        #expect(channel.isConsuming)
    }

    @Test func `a consumer ended by the broker subscribes again on the same channel after a pause`() {
        var channel = consuming()
        channel.cancelledByBroker(at: now, randomness: 1)
        #expect(channel.due(at: now) == .nothing)
        #expect(channel.deadline == now + .milliseconds(200))
        #expect(channel.due(at: now + .milliseconds(200)) == .subscribe)
    }

    @Test func `a closed channel is answered and opened again after a pause that grows`() {
        var channel = consuming()
        #expect(channel.closedByBroker(at: now, randomness: 1) == .answerClose)
        #expect(channel.due(at: now + .milliseconds(200)) == .open)
        _ = channel.closedByBroker(at: now, randomness: 1)
        #expect(channel.due(at: now + .milliseconds(399)) == .nothing)
        #expect(channel.due(at: now + .milliseconds(400)) == .open)
    }

    @Test func `a success resets the pause`() {
        var channel = consuming()
        _ = channel.closedByBroker(at: now, randomness: 1)
        _ = channel.due(at: now + .seconds(1))
        channel.subscribed()
        _ = channel.closedByBroker(at: now, randomness: 1)
        #expect(channel.deadline == now + .milliseconds(200))
    }

    @Test func `a cancel is quiet once answered`() {
        var channel = consuming()
        #expect(channel.cancel() == .cancel)
        #expect(!channel.isQuiet)
        channel.cancelAnswered()
        #expect(channel.isQuiet)
    }

    @Test func `after a cancel a lost connection is not subscribed again`() {
        var channel = consuming()
        _ = channel.cancel()
        channel.disconnected()
        #expect(channel.isQuiet)
        #expect(channel.connected() == .nothing)
    }

    @Test func `a cancel while waiting needs no answer`() {
        var channel = consuming()
        channel.cancelledByBroker(at: now, randomness: 1)
        #expect(channel.cancel() == .nothing)
        #expect(channel.isQuiet)
        #expect(channel.due(at: now + .seconds(60)) == .nothing)
    }

    @Test func `a channel closed during a cancel ends`() {
        var channel = consuming()
        _ = channel.cancel()
        #expect(channel.closedByBroker(at: now, randomness: 1) == .answerClose)
        #expect(channel.isQuiet)
    }
}
