import Configuration
import FleetCore
import Synchronization
import Testing

@testable import Operator

@Suite struct OperatorOutputTests {
    @Test(arguments: [
        ("0", "0"), ("999", "999"), ("1000", "1,000"), ("-1234567", "-1,234,567"), ("12345.678", "12,345.678"),
    ])
    func `figures have a comma after every three digits`(text: String, shown: String) {
        #expect(Words.number(text) == shown)
    }

    @Test(arguments: [
        (Int64(0), "now"), (59, "59 s ago"), (90, "1 min 30 s ago"), (3599, "59 min ago"), (7800, "2 h 10 min ago"),
        (90_000, "1 d 1 h ago"), (-120, "in 2 min"),
    ])
    func `times are told as distances`(seconds: Int64, shown: String) {
        let now = Instant(seconds: 1_000_000_000)
        #expect(Words.relative(now - .seconds(seconds), now: now) == shown)
    }

    @Test func `progress tells the rate of late and the time left`() {
        var meter = ProgressMeter(total: 10_000, now: 0)
        meter.note(0, now: 0)
        #expect(meter.secondsLeft == nil)
        for second in 1...40 { meter.note(Int64(second) * 100, now: Int64(second) * 1_000_000_000) }
        #expect(abs(meter.rate - 100) < 0.001)
        #expect(meter.secondsLeft == 60)
        let line = meter.line(unit: "jobs", now: 40_000_000_000)
        #expect(line == "40.0 %  4,000 of 10,000 jobs  100/s  1 min left")
        #expect(meter.bar(unit: "jobs", width: 80, now: 0).hasPrefix("[########"))
        #expect(meter.bar(unit: "jobs", width: 20, now: 0).count == 20)
    }

    @Test func `a stalled run waits, and no work at all is done`() {
        var meter = ProgressMeter(total: 10, now: 0)
        for second in 0...60 { meter.note(5, now: Int64(second) * 1_000_000_000) }
        #expect(meter.line(unit: "jobs", now: 0).hasSuffix("waiting"))
        #expect(ProgressMeter(total: 0, now: 0).share == 1)
    }

    @Test func `tables align their columns and show no control characters`() {
        let text = Mutex("")
        var table = TextTable("name", ">count")
        table.add("a\u{1B}[2J", "1,000")
        table.add("longer name", "7")
        table.print(on: CommandOutput { _, line in text.withLock { $0 += line } })
        #expect(text.withLock { $0 } == "name         count\na?[2J        1,000\nlonger name      7\n")
    }

    @Test(arguments: ["today", "yesterday", "2026-11-19"])
    func `days are named in the platform's zone`(text: String) throws {
        // Midnight has passed in UTC and not yet on the Pacific coast.
        let now = try #require(Instant("2026-11-20T03:00:00Z"))
        let day = try #require(NamedDay(text)).date(on: .instagram, now: now)
        #expect(day.description == ["today": "2026-11-19", "yesterday": "2026-11-18"][text] ?? text)
    }
}
