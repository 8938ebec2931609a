import TestSupport
import Testing

@testable import AMQP

@Suite("Confirm window")
struct ConfirmWindowTests {
    private final class Log {
        var lines: [String] = []
        func note(_ element: String, _ verdict: ConfirmWindow<String>.Verdict) { lines.append("\(element) \(verdict)") }
    }

    private func window(_ elements: String..., limit: Int = 8) -> ConfirmWindow<String> {
        var window = ConfirmWindow<String>(limit: limit)
        for element in elements { window.wrote(element) }
        return window
    }

    @Test func `tags count from one in the order of writing`() {
        var window = ConfirmWindow<String>(limit: 4)
        #expect(window.wrote("a") == 1)
        #expect(window.wrote("b") == 2)
        #expect(window.outstanding == 2)
    }

    @Test func `a multiple ack settles everything up to its tag, oldest first`() {
        var window = window("a", "b", "c")
        let log = Log()
        let known = window.confirmed(2, multiple: true, accepted: true, settle: log.note)
        #expect(known)
        #expect(log.lines == ["a accepted", "b accepted"])
        #expect(window.outstanding == 1)
    }

    @Test func `a multiple ack of tag zero settles everything`() {
        var window = window("a", "b")
        let log = Log()
        _ = window.confirmed(0, multiple: true, accepted: true, settle: log.note)
        #expect(log.lines.count == 2)
    }

    @Test func `a nack refuses one and leaves the others`() {
        var window = window("a", "b", "c")
        let log = Log()
        _ = window.confirmed(2, multiple: false, accepted: false, settle: log.note)
        _ = window.confirmed(3, multiple: true, accepted: true, settle: log.note)
        #expect(log.lines == ["b refused", "a accepted", "c accepted"])
    }

    @Test func `a return before the ack decides the outcome`() {
        var window = window("a", "b")
        let log = Log()
        let found = window.returned(code: 312, reason: "NO_ROUTE") { $0 == "b" }
        #expect(found)
        _ = window.confirmed(2, multiple: true, accepted: true, settle: log.note)
        #expect(log.lines == ["a accepted", #"b returned(code: 312, reason: "NO_ROUTE")"#])
    }

    @Test func `returns of equal messages are matched in order`() {
        var window = window("x", "x", "x")
        let log = Log()
        _ = window.returned(code: 312, reason: "1") { $0 == "x" }
        _ = window.returned(code: 312, reason: "2") { $0 == "x" }
        _ = window.confirmed(3, multiple: true, accepted: true, settle: log.note)
        #expect(
            log.lines == [
                #"x returned(code: 312, reason: "1")"#, #"x returned(code: 312, reason: "2")"#, "x accepted",
            ]
        )
    }

    @Test func `a return that matches nothing is noticed`() {
        var window = window("a")
        let found = window.returned(code: 312, reason: "") { $0 == "z" }
        #expect(!found)
    }

    @Test func `the window is full until its oldest message is settled`() {
        var window = window("a", "b", "c", limit: 3)
        #expect(window.isFull)
        _ = window.confirmed(3, multiple: false, accepted: true) { _, _ in }
        #expect(window.isFull)
        _ = window.confirmed(1, multiple: false, accepted: true) { _, _ in }
        #expect(!window.isFull)
        #expect(window.wrote("d") == 4)
    }

    @Test func `a tag that was never written is refused`() {
        var window = window("a")
        let future = window.confirmed(2, multiple: false, accepted: true) { _, _ in }
        #expect(!future)
        let zero = window.confirmed(0, multiple: false, accepted: true) { _, _ in }
        #expect(!zero)
    }

    @Test func `a second ack of the same tag settles nothing`() {
        var window = window("a", "b")
        let log = Log()
        _ = window.confirmed(1, multiple: false, accepted: true, settle: log.note)
        let known = window.confirmed(1, multiple: false, accepted: true, settle: log.note)
        #expect(known)
        #expect(log.lines == ["a accepted"])
    }

    @Test func `abandoning returns the unsettled in order and begins at tag one again`() {
        var window = window("a", "b", "c")
        _ = window.confirmed(2, multiple: false, accepted: true) { _, _ in }
        #expect(window.abandon() == ["a", "c"])
        #expect(window.outstanding == 0)
        #expect(window.wrote("d") == 1)
    }

    @Test(arguments: 0..<50) func `any order of confirms settles each message exactly once`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var window = ConfirmWindow<Int>(limit: 16)
        var settled: [Int: Int] = [:]
        var written = 0
        for _ in 0..<400 {
            if !window.isFull, Bool.random(using: &generator) {
                window.wrote(written)
                written += 1
            } else if written > 0 {
                let tag = UInt64.random(in: 1...UInt64(written), using: &generator)
                let multiple = Int.random(in: 0..<4, using: &generator) == 0
                _ = window.confirmed(tag, multiple: multiple, accepted: true) { element, _ in
                    settled[element, default: 0] += 1
                }
            }
        }
        for element in window.abandon() { settled[element, default: 0] += 1 }
        #expect(settled.count == written)
        #expect(settled.values.allSatisfy { $0 == 1 })
    }
}
