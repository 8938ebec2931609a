import FleetCore
import Testing

@Suite struct InstantTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-11-21T09:00:00.000Z", 1_795_251_600_000_000),
        ("2026-11-21T09:00:00.123456Z", 1_795_251_600_123_456), ("2026-11-21T09:00:00.1234569Z", 1_795_251_600_123_456),
        ("2026-11-21T10:00:00+01:00", 1_795_251_600_000_000), ("2026-11-21T09:00:00+0000", 1_795_251_600_000_000),
        ("2026-11-21T01:00:00-0800", 1_795_251_600_000_000), ("2026-11-21T01:00:00-08", 1_795_251_600_000_000),
        ("2026-11-21t09:00:00z", 1_795_251_600_000_000), ("1969-12-31T23:59:59.5Z", -500_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
    ])
    func `RFC 3339 is read with any offset`(text: String, microseconds: Int) {
        #expect(Instant(text)?.microseconds == Int64(microseconds))
    }

    @Test(arguments: [
        "", "2026-11-21", "2026-11-21T09:00Z", "2026-11-21 09:00:00Z", "2026-11-21T09:00:00", "2026-11-21T24:00:00Z",
        "2026-11-21T09:60:00Z", "2026-11-21T09:00:61Z", "2026-11-21T09:00:00.Z", "2026-11-21T09:00:00.5",
        "2026-11-21T09:00:00Zz", "2026-11-21T09:00:00+1", "2026-11-21T09:00:00+01:0", "2026-11-21T09:00:00+24:00",
        "2026-11-21T09:00:00+01:60", "2026-02-30T09:00:00Z", "2026-11-21T09:00:00+01:000",
    ])
    func `anything else is refused`(text: String) {
        #expect(Instant(text) == nil)
    }

    @Test func `text is exact and the digits are dropped, not rounded`() {
        let instant = Instant(microseconds: 1_795_251_600_999_999)
        #expect(instant.description == "2026-11-21T09:00:00.999999Z")
        #expect(instant.text(.milliseconds) == "2026-11-21T09:00:00.999Z")
        #expect(instant.text(.seconds) == "2026-11-21T09:00:00Z")
        #expect(Instant(microseconds: -1).description == "1969-12-31T23:59:59.999999Z")
    }

    @Test func `what is written reads back over ten thousand instants`() {
        var state: UInt64 = 7
        for _ in 0..<10_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let instant = Instant(microseconds: Int64(bitPattern: state) >> 8)
            #expect(Instant(instant.description) == instant)
        }
    }

    @Test func `whole units round towards the past`() {
        #expect(Instant(microseconds: -1).seconds == -1)
        #expect(Instant(microseconds: -1_000_000).seconds == -1)
        #expect(Instant(microseconds: -1001).milliseconds == -2)
        #expect(Instant(microseconds: 1_999_999).seconds == 1)
        #expect(Instant(microseconds: -1).utcDate == CivilDate("1969-12-31"))
    }

    @Test func `durations are added and taken`() {
        let start = Instant("2026-11-21T09:00:00Z")!
        #expect(start + .milliseconds(1500) == Instant("2026-11-21T09:00:01.5Z"))
        #expect(start - .seconds(1) < start)
        #expect((start + .microseconds(3)) - start == .microseconds(3))
    }
}
