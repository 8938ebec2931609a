import Testing

@testable import AMQP

/// Always the largest number: the jitter leaves the curve as it is.
private struct Longest: RandomNumberGenerator {
    private let number = UInt64.max
    func next() -> UInt64 { number }
}

@Suite("Recovery")
struct RecoveryTests {
    private let start = ContinuousClock.now

    @Test func `waits double from the first to the longest`() {
        var generator = Longest()
        var recovery = ConnectionRecovery()
        var now = start
        var waits: [Duration] = []
        for _ in 0..<9 {
            let failure = recovery.failed(.unreachable, at: now, using: &generator)
            waits.append(failure.retryAt - now)
            now = failure.retryAt
            recovery.retry()
        }
        #expect(waits.map(\.milliseconds) == [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000])
    }

    @Test func `an outage is said once, again when its kind changes, and each minute`() {
        var generator = Longest()
        var recovery = ConnectionRecovery()
        let failures: [(AMQPError.Code, Int)] = [
            (.unreachable, 0), (.unreachable, 1), (.accessRefused, 2), (.accessRefused, 61), (.accessRefused, 62),
        ]
        let said = failures.map { code, second in
            recovery.failed(code, at: start + .seconds(second), using: &generator).announce
        }
        #expect(said == [true, false, true, false, true])
    }

    @Test func `the end of a said outage is said`() {
        var generator = Longest()
        var recovery = ConnectionRecovery()
        let first = recovery.opened(at: start)
        #expect(!first)
        _ = recovery.failed(.connectionLost, at: start, using: &generator)
        let again = recovery.opened(at: start + .seconds(1))
        #expect(again)
    }

    @Test func `a connection that lived begins the waits anew, a short one does not`() {
        var generator = Longest()
        var recovery = ConnectionRecovery()
        _ = recovery.failed(.unreachable, at: start, using: &generator)
        _ = recovery.failed(.unreachable, at: start, using: &generator)
        _ = recovery.opened(at: start)
        let short = recovery.failed(.connectionLost, at: start + .seconds(1), using: &generator)
        #expect(short.retryAt - (start + .seconds(1)) == .milliseconds(400))
        _ = recovery.opened(at: start)
        let long = recovery.failed(.connectionLost, at: start + .seconds(6), using: &generator)
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
        var generator = Longest()
        var channel = consuming()
        channel.cancelledByBroker(at: now, using: &generator)
        #expect(channel.due(at: now) == .nothing)
        #expect(channel.deadline == now + .milliseconds(200))
        #expect(channel.due(at: now + .milliseconds(200)) == .subscribe)
    }

    @Test func `a closed channel is answered and opened again after a pause that grows`() {
        var generator = Longest()
        var channel = consuming()
        let action = channel.closedByBroker(at: now, using: &generator)
        #expect(action == .answerClose)
        #expect(channel.due(at: now + .milliseconds(200)) == .open)
        _ = channel.closedByBroker(at: now, using: &generator)
        #expect(channel.due(at: now + .milliseconds(399)) == .nothing)
        #expect(channel.due(at: now + .milliseconds(400)) == .open)
    }

    @Test func `a success resets the pause`() {
        var generator = Longest()
        var channel = consuming()
        _ = channel.closedByBroker(at: now, using: &generator)
        _ = channel.due(at: now + .seconds(1))
        channel.subscribed()
        _ = channel.closedByBroker(at: now, using: &generator)
        #expect(channel.deadline == now + .milliseconds(200))
    }

    @Test func `a cancel is quiet once answered`() {
        var channel = consuming()
        #expect(channel.cancel() == .cancel)
        #expect(!channel.isQuiet)
        #expect(channel.cancelAnswered() == .nothing)
        #expect(channel.isQuiet)
    }

    @Test func `a paused queue is read again on its open channel when it is resumed`() {
        var channel = consuming()
        #expect(channel.pause() == .cancel)
        #expect(!channel.isConsuming && channel.isAsWanted)
        #expect(channel.cancelAnswered() == .nothing)
        #expect(channel.resume() == .subscribe)
        channel.subscribed()
        #expect(channel.isConsuming)
    }

    @Test func `a resume that overtakes the answer to a pause subscribes after it`() {
        var channel = consuming()
        _ = channel.pause()
        #expect(channel.resume() == .nothing)
        #expect(channel.cancelAnswered() == .subscribe)
    }

    @Test func `a paused queue stays quiet over lost connections and closed channels`() {
        var generator = Longest()
        var channel = consuming()
        _ = channel.pause()
        _ = channel.cancelAnswered()
        let answer = channel.closedByBroker(at: now, using: &generator)
        #expect(answer == .answerClose && channel.deadline == nil)
        channel.disconnected()
        #expect(channel.connected() == .nothing && channel.isAsWanted)
        #expect(channel.resume() == .open)
    }

    @Test func `a queue that is retried stops being retried when it is paused`() {
        var generator = Longest()
        var channel = consuming()
        _ = channel.closedByBroker(at: now, using: &generator)
        #expect(channel.pause() == .nothing)
        #expect(channel.due(at: now + .seconds(60)) == .nothing)
        #expect(channel.resume() == .open)
    }

    @Test func `a cancel ends a paused queue at once`() {
        var channel = consuming()
        _ = channel.pause()
        _ = channel.cancelAnswered()
        #expect(channel.cancel() == .nothing)
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
        var generator = Longest()
        var channel = consuming()
        channel.cancelledByBroker(at: now, using: &generator)
        #expect(channel.cancel() == .nothing)
        #expect(channel.isQuiet)
        #expect(channel.due(at: now + .seconds(60)) == .nothing)
    }

    @Test func `a channel closed during a cancel ends`() {
        var generator = Longest()
        var channel = consuming()
        _ = channel.cancel()
        let action = channel.closedByBroker(at: now, using: &generator)
        #expect(action == .answerClose)
        #expect(channel.isQuiet)
    }
}
