import FleetCore
import JSON
import TestSupport
import Testing

@Suite struct ImportTests {
    static let today = CivilDate("2026-11-20")!

    static func mapping(_ pairs: String) throws -> ImportMapping { try ImportMapping(pairs: pairs) }

    static func read(_ mapping: ImportMapping, _ rows: [String]...) throws -> ImportReading {
        var reading = try ImportReading(mapping, titles: rows[0], today: today)
        for (position, row) in rows.enumerated().dropFirst() { reading.take(line: position + 1, row) }
        return reading
    }

    @Test func `values come with their line, empty cells are nothing, and zero is zero`() throws {
        let reading = try Self.read(
            try Self.mapping("Date=date,Views=views,Watch=watch_time_seconds:hours"),
            ["Date", "Views", "Other", "Watch"],
            ["2026-11-18", "0", "x", ""],
            ["2026-11-19", "-", "x", "1.5"]
        )
        #expect(reading.rows == 2 && reading.refusals.isEmpty)
        #expect(reading.values.map(\.line) == [2, 3])
        #expect(reading.values.map(\.metric) == [.views, .watchTimeSeconds])
        #expect(reading.values.map(\.value) == [0, 5_400_000])
    }

    @Test(arguments: [
        ("iso", "2026-11-19T00:00", "2026-11-19"), ("mdy", "11/9/2026", "2026-11-09"),
        ("dmy", "9.11.2026", "2026-11-09"),
        ("words", "Thu, Nov 19, 2026", "2026-11-19"), ("words", "November 9, 2026", "2026-11-09"),
    ])
    func `days are read in the form that the mapping names`(_ form: String, _ text: String, _ day: String) throws {
        var mapping = try Self.mapping("Date=date,Views=views")
        mapping.dateForm = try #require(ImportMapping.DateForm(rawValue: form))
        let reading = try Self.read(mapping, ["Date", "Views"], [text, "1"])
        #expect(reading.values.first?.day == CivilDate(day))
    }

    @Test func `each refused cell or row has its line and its reason, and the rest is taken`() throws {
        let reading = try Self.read(
            try Self.mapping("Date=date,Views=views,Likes=likes"),
            ["Date", "Views", "Likes"],
            ["2026-02-30", "1", "1"],
            ["2026-11-21", "1", "1"],
            ["2026-11-01", "1"],
            ["2026-11-02", "1.5", "99999999999999999999"],
            ["2026-11-03", "5", "x"],
            ["2026-11-03", "6", "6"],
            ["Total", "5", "5"]
        )
        #expect(reading.rows == 6)
        #expect(reading.refusals.map(\.line) == [2, 3, 4, 5, 5, 6, 7])
        #expect(
            reading.refusals.map(\.reason) == [
                "`2026-02-30` is not a day of the form iso", "2026-11-21 has not begun",
                "the row has 2 cells, the first row 3",
                "`Views`: `1.5` counts and has a fraction", "`Likes`: `99999999999999999999` is too large for 64 bits",
                "`Likes`: `x` is not a number", "the same day stands in line 6 already",
            ]
        )
        #expect(reading.values.map(\.value) == [5])
    }

    @Test func `numbers are read with the file's own signs, and never guessed`() throws {
        var mapping = try Self.mapping("Date=date,Views=views,Rate=engagement_rate:percent")
        (mapping.thousands, mapping.point) = (".", ",")
        let reading = try Self.read(
            mapping,
            ["Date", "Views", "Rate"],
            ["2026-11-18", "1.234.567", "12,5%"]
        )
        #expect(reading.values.map(\.value) == [1_234_567, 125_000_000_000_000])
        mapping.thousands = nil
        #expect(try Self.read(mapping, ["Date", "Views", "Rate"], ["2026-11-18", "1.234", ""]).refusals.count == 1)
    }

    @Test(arguments: [
        "Views=views", "Date=date", "Date=date,Views=view", "Date=date,A=views,B=views", "Date=date,R=engagement_total",
        "Date=date,W=watch_time_seconds:days", "Date",
    ])
    func `a mapping that says too little or too much is refused`(_ pairs: String) {
        #expect(throws: MappingFault.self) { try ImportMapping(pairs: pairs) }
    }

    @Test func `a mapping as JSON says the same as pairs, and has the same fingerprint`() throws {
        let json = try ImportMapping(
            name: "x",
            json: [
                "date": "Day",
                "columns": ["Plays": "views", "Watched": ["metric": "watch_time_seconds", "unit": "minutes"]],
            ]
        )
        #expect(
            json.fingerprint
                == (try Self.mapping("Day=date,Plays=views,Watched=watch_time_seconds:minutes")).fingerprint
        )
        #expect(
            json.fingerprint != (try Self.mapping("Day=date,Plays=views,Watched=watch_time_seconds:hours")).fingerprint
        )
        #expect(throws: MappingFault.self) {
            try ImportMapping(name: "x", json: ["date": "Day", "period": "lifetime", "columns": ["A": "views"]])
        }
    }

    @Test func `every ready mapping is sound and reads a file of its own titles`() throws {
        for mapping in ImportMapping.ready {
            let date = try #require(mapping.date)
            let text = ["iso": "2026-11-18", "mdy": "11/18/2026", "words": "Wed, Nov 18, 2026"][
                mapping.dateForm.rawValue
            ]
            let titles = [date] + mapping.columns.map(\.title)
            let reading = try Self.read(mapping, titles, [try #require(text)] + mapping.columns.map { _ in "7" })
            #expect(reading.values.count == mapping.columns.count && reading.missing.isEmpty, "\(mapping.name)")
            #expect(Set(mapping.columns.map(\.metric)).count == mapping.columns.count)
        }
    }

    // MARK: Against the store

    static let old = Instant("2026-11-19T10:00:00Z")!
    static let new = Instant("2026-11-20T10:00:00Z")!

    static func verdict(_ value: Int64, stored: Int64?, fetched: Instant = old, at moment: Instant, stated: Bool)
        -> ImportPlan.Verdict
    {
        var plan = ImportPlan(fetchedAt: moment, isStated: stated, period: .day)
        let place = ImportReading.Value(line: 2, post: nil, day: today, metric: .views, value: value)
        plan.take(place, stored: stored.map { .init(value: $0, fetchedAt: fetched, job: UUID(high: 0, low: 1)) })
        return plan.lines[0].verdict
    }

    @Test func `a file that does not say its age fills gaps and changes nothing`() {
        #expect(Self.verdict(5, stored: nil, at: Self.new, stated: false) == .added)
        #expect(Self.verdict(5, stored: 5, at: Self.new, stated: false) == .equal)
        #expect(Self.verdict(5, stored: 4, at: Self.new, stated: false) == .kept)
    }

    @Test func `a file that says its age changes what is older and nothing else`() {
        #expect(Self.verdict(5, stored: 4, fetched: Self.old, at: Self.new, stated: true) == .replaced)
        #expect(Self.verdict(5, stored: 4, fetched: Self.new, at: Self.old, stated: true) == .kept)
    }

    @Test func `results have ids that follow from the place in the file, whatever is left to store`() throws {
        func results(_ stored: Set<Int>) -> [JobResult] {
            var plan = ImportPlan(fetchedAt: Self.new, isStated: false, period: .day)
            for index in 0..<10 {
                let value = ImportReading.Value(
                    line: index + 2,
                    post: nil,
                    day: Self.today - index,
                    metric: .views,
                    value: 1
                )
                let known = ImportPlan.Stored(value: 1, fetchedAt: Self.old, job: UUID(high: 0, low: 1))
                plan.take(value, stored: stored.contains(index) ? known : nil)
            }
            return plan.results(
                importID: UUID("01a1fe12-82e6-7000-8000-000000000001")!,
                account: 12,
                workspace: 1,
                platform: .youtube,
                mapping: "m",
                now: Self.new,
                readingsPerResult: 4
            )
        }
        let whole = results([])
        #expect(whole.map(\.readings.count) == [4, 4, 2])
        #expect(whole.allSatisfy { $0.origin == .imported && $0.apiVersion == "import/m" && $0.fetchedAt == Self.new })
        #expect(results([0, 1, 2, 3]).map(\.job) == whole.dropFirst().map(\.job))
    }
}
