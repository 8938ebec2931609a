import FleetCore
import Platforms
import Testing

@Suite struct ReadingPackingTests {
    static func read(_ body: String, path: String = "/v25.0/1/insights", query: [Field] = []) -> SamplePage? {
        let request = Platform.instagram.recognise(PlatformRequest(origin: "", path: path, query: query), "1")!
        let response = PlatformResponse(status: 200, headers: [], body: Array(body.utf8))
        let answer = Platform.instagram.read(request, response, Instant("2026-11-20T06:00:00Z")!)
        guard case .page(let page) = answer else { return nil }
        return page
    }

    static let day = [Field("since", "1794902400"), Field("until", "1794988800")]

    @Test func `totals of a day become one reading, metrics by ascending number`() throws {
        let body = """
            {"data":[{"name":"saves","period":"day","total_value":{"value":3}},
            {"name":"views","period":"day","total_value":{"value":1}},
            {"name":"likes","period":"day","total_value":{"value":2,"breakdowns":[{"dimension_keys":["media_product_type"],
            "results":[{"dimension_values":["REEL"],"value":2}]}]}}]}
            """
        let page = try #require(Self.read(body, query: Self.day))
        #expect(page.samples.count == 4)
        #expect(
            page.readings == [
                Reading(
                    period: .day,
                    start: .date(CivilDate("2026-11-17")!),
                    metrics: [.views, .likes, .saves],
                    values: [1, 2, 3]
                )
            ]
        )
    }

    @Test func `levels become a reading at the moment of collection`() throws {
        let page = try #require(Self.read(#"{"followers_count":"9007199254740993","id":"1"}"#, path: "/v25.0/1"))
        #expect(
            page.readings == [
                Reading(
                    period: .instant,
                    start: .moment(Instant("2026-11-20T06:00:00Z")!),
                    metrics: [.followers],
                    values: [9_007_199_254_740_993]
                )
            ]
        )
    }

    @Test func `answers to several requests merge into the same readings`() throws {
        var readings: [Reading] = []
        try #require(Self.read(#"{"data":[{"name":"views","total_value":{"value":1}}]}"#, query: Self.day))
            .add(to: &readings)
        try #require(Self.read(#"{"data":[{"name":"reach","total_value":{"value":2}}]}"#, query: Self.day))
            .add(to: &readings)
        #expect(readings.count == 1 && readings[0].metrics == [.views, .reach])
    }

    @Test(arguments: [
        ("null", "null"), ("true", "unparseable"), (#""many""#, "unparseable"), ("3.5", "fractional"),
        ("[1]", "unparseable"),
        ("99999999999999999999", "overflow"), (#"{"a":1}"#, "unparseable"),
    ])
    func `a value that is no count is skipped and said`(value: String, reason: String) throws {
        let page = try #require(
            Self.read("{\"data\":[{\"name\":\"views\",\"total_value\":{\"value\":\(value)}}]}", query: Self.day)
        )
        #expect(page.samples.isEmpty && page.skipped.map(\.reason) == [reason])
    }

    @Test(arguments: [
        #"{"data":[{"name":"views","period":"fortnight","total_value":{"value":1}}]}"#,
        #"{"data":[{"name":"mystery","total_value":{"value":1}}]}"#,
        #"{"data":[{"name":"views","values":[]}]}"#,
        #"{"data":[{"name":"views","period":"day","values":[{"value":1,"end_time":"yesterday"}]}]}"#,
        #"{"data":[{"name":"views","period":"day","values":[{"value":1}]}]}"#,
    ])
    func `an entry that cannot be placed gives no number but a reason`(body: String) throws {
        let page = try #require(Self.read(body, query: Self.day))
        #expect(page.samples.isEmpty && page.skipped.count == 1)
    }

    @Test(arguments: ["", "[]", "null", "7", #"{"data":7}"#, #"{"data":[]} x"#, "<html></html>", #"{"data":[{]}"#])
    func `a good status with a body of another shape is malformed`(body: String) {
        #expect(Self.read(body) == nil)
    }

    @Test func `silence is success with nothing to say`() throws {
        for body in [#"{"data":[]}"#, #"{"data":null}"#, "{}", #"{"data":[7,null,{}]}"#] {
            let page = try #require(Self.read(body))
            #expect(page.samples.isEmpty && page.next == nil)
        }
    }
}

@Suite struct MediaReadingTests {
    @Test func `insights under a listed post are its lifetime totals, and their paging is not the list's`() throws {
        let body = """
            {"data":[{"insights":{"data":[{"name":"reach","period":"lifetime","values":[{"value":9}]},
            {"name":"mystery","period":"lifetime","values":[{"value":1}]}],
            "paging":{"next":"x","cursors":{"after":"y"}}},"id":"55","like_count":3}]}
            """
        let page = try #require(ReadingPackingTests.read(body, path: "/v25.0/1/media"))
        #expect(page.samples.map(\.metric) == [.reach, .likes])
        #expect(page.samples.allSatisfy { $0.post == "55" && $0.period == .lifetime && $0.kind == .cumulative })
        #expect(page.skipped.map(\.reason) == ["unmapped"] && page.next == nil && page.readings.isEmpty)
    }

    @Test func `fields of a single post are its lifetime totals`() throws {
        let page = try #require(ReadingPackingTests.read(#"{"id":"55","comments_count":0}"#, path: "/v25.0/55"))
        #expect(page.samples.map(\.metric) == [.comments])
        #expect(page.samples[0].post == "55" && page.samples[0].period == .lifetime)
    }
}
