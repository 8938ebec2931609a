import FleetCore
import TestSupport
import Testing

@Suite struct TimeZoneRulesTests {
    static func zone(_ name: some StringProtocol) throws -> TimeZoneRules {
        let file = String(name.map { $0 == "/" ? "-" : $0 })
        return try TimeZoneRules(name: String(name), file: Fixtures.bytes("time/\(file).tzif"))
    }

    @Test func `offsets and dates agree with a second implementation`() throws {
        var zones: [Substring: TimeZoneRules] = [:]
        for row in Fixtures.table("time/instants.tsv") {
            let zone = try zones[row[0]] ?? Self.zone(row[0])
            zones[row[0]] = zone
            let instant = Instant(seconds: Int64(row[1])!)
            #expect(zone.offset(at: instant) == Int(row[2])!, "\(row)")
            #expect(zone.date(at: instant).description == row[3], "\(row)")
        }
        #expect(zones.count == 10)
    }

    @Test func `starts and lengths of days agree with a second implementation`() throws {
        var zones: [Substring: TimeZoneRules] = [:]
        for row in Fixtures.table("time/days.tsv") {
            let zone = try zones[row[0]] ?? Self.zone(row[0])
            zones[row[0]] = zone
            let date = CivilDate(String(row[1]))!
            #expect(zone.startOfDay(date) == Instant(seconds: Int64(row[2])!), "\(row)")
            #expect(zone.length(of: date) == .seconds(Int64(row[3])!), "\(row)")
        }
    }

    @Test func `the built-in Pacific rule agrees with the zone file from 2007 on`() throws {
        let file = try Self.zone("America/Los_Angeles")
        for day in CivilDate("2007-01-01")!..<CivilDate("2070-01-01")! {
            #expect(TimeZoneRules.pacific.startOfDay(day) == file.startOfDay(day))
        }
    }

    @Test func `a Pacific day has 23 hours in March and 25 in November`() {
        let pacific = TimeZoneRules.pacific
        #expect(pacific.length(of: CivilDate("2026-03-08")!) == .seconds(23 * 3600))
        #expect(pacific.length(of: CivilDate("2026-11-01")!) == .seconds(25 * 3600))
        #expect(pacific.length(of: CivilDate("2026-11-02")!) == .seconds(24 * 3600))
        #expect(pacific.startOfDay(CivilDate("2026-11-17")!) == Instant(seconds: 1_794_902_400))
    }

    @Test func `a midnight that does not exist starts at the next valid instant`() throws {
        let santiago = try Self.zone("America/Santiago")
        let day = CivilDate("2024-09-08")!
        #expect(santiago.startOfDay(day) == Instant("2024-09-08T04:00:00Z"))
        #expect(santiago.localTime(at: santiago.startOfDay(day)).secondOfDay == 3600)
        #expect(santiago.length(of: day) == .seconds(23 * 3600))
    }

    @Test func `a date that the zone left out is empty`() throws {
        let apia = try Self.zone("Pacific/Apia")
        #expect(apia.length(of: CivilDate("2011-12-30")!) == .zero)
        #expect(apia.length(of: CivilDate("2011-12-29")!) == .seconds(24 * 3600))
    }

    @Test func `a skipped local time runs at the change and a repeated one at its first pass`() {
        let pacific = TimeZoneRules.pacific
        let skipped = pacific.instant(of: CivilDate("2026-03-08")!, secondOfDay: 2 * 3600 + 1800)
        #expect(skipped == Instant("2026-03-08T10:00:00Z"))
        let repeated = pacific.instant(of: CivilDate("2026-11-01")!, secondOfDay: 3600 + 1800)
        #expect(repeated == Instant("2026-11-01T08:30:00Z"))
    }

    @Test func `a period stamped with its end belongs to the day before`() {
        let pacific = TimeZoneRules.pacific
        #expect(pacific.date(endingAt: Instant("2018-01-02T08:00:00Z")!) == CivilDate("2018-01-01"))
        #expect(pacific.date(endingAt: Instant("2026-11-01T07:00:00+0000")!) == CivilDate("2026-10-31"))
    }

    @Test func `a local time read from an instant leads back to it`() throws {
        for name in ["America/Los_Angeles", "Australia/Lord_Howe", "Europe/Dublin", "Africa/Casablanca"] {
            let zone = try Self.zone(name)
            for second in stride(from: Int64(1_700_000_000), to: 1_800_000_000, by: 86_399 * 7) {
                let local = zone.localTime(at: Instant(seconds: second))
                let back = zone.instant(of: local.date, secondOfDay: local.secondOfDay)
                #expect(zone.localTime(at: back) == local && back <= Instant(seconds: second))
            }
        }
    }

    @Test func `no prefix of a zone file and no changed byte crashes the reader`() {
        let bytes = Fixtures.bytes("time/America-Santiago.tzif")
        for count in 0..<bytes.count {
            #expect(throws: TimeZoneFileError.self) { try TimeZoneRules(name: "cut", file: Array(bytes[..<count])) }
        }
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0xFF
            let zone = try? TimeZoneRules(name: "changed", file: changed)
            _ = zone?.startOfDay(CivilDate("2026-09-06")!)
        }
    }

    @Test(arguments: [
        "", "X", "PST", "PST8PDT,", "PST8PDT,M3.2.0", "PST8PDT,M13.2.0,M11.1.0",
        "PST8PDT,M3.2.0,M11.1.0x",
    ])
    func `a rule that does not parse to its end is refused`(rule: String) {
        #expect(TimeZoneRules(name: "x", rule: rule) == nil)
    }

    @Test func `rules count days the three ways that POSIX names`() throws {
        let zone = try #require(TimeZoneRules(name: "x", rule: "AAA0BBB,J60/0,300/-1:30"))
        #expect(zone.offset(at: Instant("2024-03-01T00:00:00Z")!) == 3600)
        #expect(zone.offset(at: Instant("2024-02-29T23:59:59Z")!) == 0)
        // Day 300 of 2025 counted from zero is 28 October; 90 minutes before its midnight by summer time.
        #expect(zone.offset(at: Instant("2025-10-27T21:29:59Z")!) == 3600)
        #expect(zone.offset(at: Instant("2025-10-27T21:30:00Z")!) == 0)
    }
}
