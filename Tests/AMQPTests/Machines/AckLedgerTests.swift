import TestSupport
import Testing

@testable import AMQP

@Suite("Ack ledger")
struct AckLedgerTests {
    private func ledger(delivered count: UInt64, epoch: UInt32 = 7) -> AckLedger {
        var ledger = AckLedger(epoch: epoch, prefetch: 4)
        for tag in 1...count { _ = ledger.delivered(tag) }
        return ledger
    }

    private func token(_ tag: UInt64, epoch: UInt32 = 7) -> DeliveryToken {
        DeliveryToken(channel: 1, epoch: epoch, tag: tag)
    }

    private func flush(_ ledger: inout AckLedger) -> [AckLedger.Acknowledgement] {
        var sent: [AckLedger.Acknowledgement] = []
        ledger.flush { sent.append($0) }
        return sent
    }

    @Test func `tags without a gap from the lowest go as one multiple`() {
        var ledger = ledger(delivered: 4)
        for tag in [2, 1, 3] as [UInt64] { _ = ledger.acknowledge(token(tag)) }
        #expect(flush(&ledger) == [.init(tag: 3, multiple: true)])
        #expect(ledger.outstanding == 1)
    }

    @Test func `tags beyond a gap go one by one`() {
        var ledger = ledger(delivered: 5)
        for tag in [3, 5] as [UInt64] { _ = ledger.acknowledge(token(tag)) }
        #expect(flush(&ledger) == [.init(tag: 3, multiple: false), .init(tag: 5, multiple: false)])
    }

    @Test func `a run and a straggler are both answered once`() {
        var ledger = ledger(delivered: 5)
        for tag in [1, 2, 4] as [UInt64] { _ = ledger.acknowledge(token(tag)) }
        #expect(flush(&ledger) == [.init(tag: 2, multiple: true), .init(tag: 4, multiple: false)])
        _ = ledger.acknowledge(token(3))
        _ = ledger.acknowledge(token(5))
        #expect(flush(&ledger) == [.init(tag: 5, multiple: true)])
    }

    @Test func `a single tag is not sent as multiple`() {
        var ledger = ledger(delivered: 2)
        _ = ledger.acknowledge(token(1))
        #expect(flush(&ledger) == [.init(tag: 1, multiple: false)])
    }

    @Test func `a late ack after reconnect is dropped`() {
        var ledger = ledger(delivered: 2)
        let taken = ledger.acknowledge(token(1, epoch: 6))
        #expect(!taken)
        #expect(flush(&ledger).isEmpty)
    }

    @Test func `a second ack of a delivery is dropped`() {
        var ledger = ledger(delivered: 2)
        _ = ledger.acknowledge(token(2))
        let again = ledger.acknowledge(token(2))
        #expect(!again)
        #expect(flush(&ledger) == [.init(tag: 2, multiple: false)])
        let later = ledger.acknowledge(token(2))
        #expect(!later)
    }

    @Test func `a rejected tag does not stop a run`() {
        var ledger = ledger(delivered: 3)
        _ = ledger.acknowledge(token(1))
        let rejected = ledger.reject(token(2))
        #expect(rejected)
        _ = ledger.acknowledge(token(3))
        #expect(flush(&ledger) == [.init(tag: 3, multiple: true)])
    }

    @Test func `a delivery out of order is noticed`() {
        var ledger = ledger(delivered: 2)
        let skipped = ledger.delivered(4)
        #expect(!skipped)
    }

    @Test(arguments: 0..<50) func `every delivery is answered exactly once in any order`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var ledger = AckLedger(epoch: 1, prefetch: 8)
        var open: [UInt64] = []
        var unanswered: Set<UInt64> = []
        var next: UInt64 = 1
        for _ in 0..<300 {
            if open.count < 40, Bool.random(using: &generator) {
                _ = ledger.delivered(next)
                open.append(next)
                unanswered.insert(next)
                next += 1
            } else if !open.isEmpty {
                let tag = open.remove(at: Int.random(in: 0..<open.count, using: &generator))
                let taken = ledger.acknowledge(token(tag, epoch: 1))
                #expect(taken)
            }
            guard Int.random(in: 0..<3, using: &generator) == 0 else { continue }
            for answer in flush(&ledger) {
                if answer.multiple {
                    // The broker settles all unanswered ones up to the tag: none of them may still be worked on.
                    #expect(open.allSatisfy { $0 > answer.tag })
                    unanswered = unanswered.filter { $0 > answer.tag }
                } else {
                    #expect(unanswered.remove(answer.tag) != nil)
                }
            }
        }
        for tag in open { _ = ledger.acknowledge(token(tag, epoch: 1)) }
        for answer in flush(&ledger) {
            if answer.multiple {
                unanswered = unanswered.filter { $0 > answer.tag }
            } else {
                unanswered.remove(answer.tag)
            }
        }
        #expect(unanswered.isEmpty)
        #expect(ledger.outstanding == 0)
    }
}

extension AckLedgerTests {
    @Test func `a tag beyond a gap can wait until the gap closes`() {
        var ledger = AckLedger(epoch: 1, prefetch: 8)
        for tag in 1...4 as ClosedRange<UInt64> { _ = ledger.delivered(tag) }
        func ack(_ tag: UInt64) { _ = ledger.acknowledge(DeliveryToken(channel: 1, epoch: 1, tag: tag)) }
        var sent: [AckLedger.Acknowledgement] = []
        ack(1)
        ack(3)
        ledger.flush(stragglers: false) { sent.append($0) }
        #expect(sent == [.init(tag: 1, multiple: false)])
        #expect(ledger.waiting == 1)
        ack(2)
        ledger.flush(stragglers: false) { sent.append($0) }
        #expect(sent.last == .init(tag: 3, multiple: true))
        #expect(ledger.waiting == 0)
    }
}
