import FleetCore
import JSON
import Platforms
import Testing

@testable import Simulator

/// Commands and what they do to calls.
@Suite struct ControlTests {
    static let now = SimulatedInstagramTests.now
    let service = SimulatedService(SimulatorOptions(seed: 3, accounts: 1000))
    static let account = SimulatedAccount(number: 7)

    @discardableResult
    func command(_ text: String, at now: Instant = now) throws -> JSONValue {
        try JSONValue(parsing: try service.control(Array(text.utf8), clockFile: nil, at: now))
    }

    /// A call for the insights of an account.
    func call(_ number: Int = 7, at now: Instant = now, metric: String = "views") -> SimulatedReply {
        let account = SimulatedAccount(number: number)
        return service.answer(
            SimulatedCall(
                path: "/v25.0/\(account.externalID)/insights",
                query: [
                    Field("metric", metric), Field("metric_type", "total_value"), Field("since", "1794902400"),
                    Field("until", "1794988800"),
                ],
                token: account.token,
                now: now
            )
        )!
    }

    func statistics() throws -> JSONValue { try JSONValue(parsing: service.statistics()) }

    @Test func `every answer is marked as simulated`() throws {
        func isMarked(_ reply: SimulatedReply) -> Bool {
            reply.headers.contains(Field("X-Flotilla-Simulated", "1"))
        }
        #expect(isMarked(call()))
        for kind in FaultRule.Kind.allCases where kind != .hugeBody {
            try command(#"{"faults":[{"kind":"\#(kind.rawValue)","bytes":1000}]}"#)
            #expect(isMarked(call()), "\(kind)")
        }
    }

    @Test func `each fault does what it says`() throws {
        let plain = call()
        func fault(_ members: String) throws -> SimulatedReply {
            try command("{\"faults\":[{\(members)}]}")
            return call()
        }
        let storm = try fault(#""kind":"rate_limited","seconds":90"#)
        #expect(storm.status == 400 && String(decoding: storm.body, as: UTF8.self).contains("80002"))
        #expect(storm.headers.contains { $0.value.contains(#""estimated_time_to_regain_access":2"#) })
        let absurd = try fault(#""kind":"rate_limited","text":"315360000""#)
        #expect(absurd.headers.contains(Field("Retry-After", "315360000")))
        #expect(try fault(#""kind":"server_error""#).status == 500)
        #expect(try fault(#""kind":"down""#).status == 503)
        #expect(try fault(#""kind":"latency","seconds":3"#).delay == .seconds(3))
        #expect(try fault(#""kind":"slow_body","bytes":10"#).delivery == .slow(10))
        #expect(try fault(#""kind":"reset","bytes":20"#).delivery == .cut(after: 20))
        #expect(try fault(#""kind":"truncated""#).body == Array(plain.body.prefix(plain.body.count / 2)))
        #expect(try fault(#""kind":"huge_body","bytes":9000000"#).body.count > 9_000_000)
        #expect(try fault(#""kind":"deep_json","bytes":5000"#).body.count == 5000)
        let redirect = try fault(#""kind":"redirect""#)
        #expect(redirect.status == 302 && redirect.headers[0].value.contains("169.254.169.254"))
        let html = try fault(#""kind":"html""#)
        #expect(html.status == 200 && html.headers[0].value.hasPrefix("text/html"))
        #expect(try fault(#""kind":"empty""#).body.isEmpty)
        let packed = try fault(#""kind":"wrong_encoding""#)
        #expect(packed.body == plain.body && packed.headers.contains(Field("Content-Encoding", "gzip")))
        let disguised = try fault(#""kind":"disguised""#)
        #expect(disguised.status == 400 && String(decoding: disguised.body, as: UTF8.self).contains("does not exist"))
        try command(#"{"faults":[]}"#)
        #expect(call() == plain)
    }

    @Test func `faults hit the platform, account, share, number and time that they name`() throws {
        try command(#"{"faults":[{"kind":"down","platform":"youtube"},{"kind":"down","account":8,"count":2}]}"#)
        #expect(call(7).status == 200)
        #expect([call(8).status, call(8).status, call(8).status] == [503, 503, 200])
        try command(#"{"faults":[{"kind":"down","until":60}]}"#)
        #expect(call().status == 503 && call(at: Self.now + .seconds(60)).status == 200)
        try command(#"{"faults":[{"kind":"down","share":0.5,"endpoint":"insights"}]}"#)
        let failed = (0..<1000).count { _ in call().status == 503 }
        #expect((420...580).contains(failed))
        try #expect(statistics()["platforms"]?["instagram"]?["failed"]?.int64 == Int64(failed + 3))
    }

    @Test func `limits are set on the way and count what came too much`() throws {
        try command(
            #"{"limits":[{"platform":"instagram","rule":"account","limit":3,"window":"sliding","seconds":60},"#
                + #"{"platform":"instagram","rule":"app","subject":"app","limit":5,"window":"aligned","seconds":600}]}"#
        )
        let statuses = (0..<4).map { call(7, at: Self.now + .seconds($0)).status }
        #expect(statuses == [200, 200, 200, 400])
        // The first call leaves the sliding window after exactly its length.
        #expect(call(7, at: Self.now + .microseconds(59_999_999)).status == 400)
        #expect(call(7, at: Self.now + .seconds(60)).status == 200)
        #expect([call(8).status, call(9).status] == [200, 400])
        let limits = try #require(try statistics()["platforms"]?["instagram"]?["limits"]?.array)
        #expect(limits.map { $0["excess"]?.int64 } == [2, 1])
        #expect(limits.map { $0["busiest"]?.int64 } == [3, 5])
        try command(#"{"limits":[{"platform":"instagram","rule":"app","limit":7}]}"#)
        #expect([call(9).status, call(9).status, call(9).status] == [200, 200, 400])
        try command(#"{"limits":[{"platform":"instagram","rule":"app","limit":null}]}"#)
        #expect(call(10).status == 200)
        let lines = String(decoding: service.windowLines(.instagram, "account"), as: UTF8.self)
        #expect(lines.contains(#""number":7"#) && lines.contains(#""excess":2"#))
    }

    @Test func `usage climbs to a hundred percent, then the wait is told in minutes`() throws {
        try command(
            #"{"limits":[{"platform":"instagram","rule":"account","limit":4,"window":"sliding","seconds":300}]}"#
        )
        let shares = (0..<5).map { _ in call().headers.first { $0.name == "x-business-use-case-usage" }?.value ?? "" }
        for (share, percent) in zip(shares, [25, 50, 75, 100, 100]) {
            #expect(share.contains(#""call_count":\#(percent)"#))
        }
        #expect(shares[3].contains(#"access":0"#) && shares[4].contains(#"access":5"#))
    }

    @Test func `connections are revoked, expire, lose scopes and heal`() throws {
        func body(_ reply: SimulatedReply) -> String { String(decoding: reply.body, as: UTF8.self) }
        try command(#"{"accounts":[{"platform":"instagram","number":7,"do":"revoke"}]}"#)
        #expect(body(call()).contains("458"))
        try command(#"{"accounts":[{"platform":"instagram","number":7,"do":"restore"}]}"#)
        #expect(call().status == 200)
        try command(#"{"accounts":[{"platform":"instagram","from":0,"count":10,"do":"expire","at":60}]}"#)
        #expect(call().status == 200)
        #expect(body(call(at: Self.now + .seconds(60))).contains("463"))
        #expect(call(10, at: Self.now + .seconds(60)).status == 200)
        let scopes = #"["instagram_manage_insights"]"#
        try command(
            #"{"accounts":[{"platform":"instagram","number":11,"do":"remove_scopes","scopes":\#(scopes)}]}"#
        )
        #expect(body(call(11)).contains("instagram_manage_insights"))
        try command(#"{"accounts":[{"platform":"instagram","external_id":"17841400000012","do":"delete"}]}"#)
        #expect(call(12).status == 400)
        let counted = try JSONValue(parsing: try #require(service.statistics(.instagram, of: Self.account.externalID)))
        #expect(counted["denied"]?.int64 == 2)
        #expect(String(decoding: service.accountLines(.instagram), as: UTF8.self).split(separator: "\n").count == 4)
    }

    @Test func `a metric is retired at an instant and one bad name fails the whole call`() throws {
        try command(#"{"retire":[{"platform":"instagram","metric":"saves","at":"2026-11-21T13:00:00Z"}]}"#)
        #expect(call(metric: "views,saves").status == 200)
        let later = Self.now + .seconds(3600)
        let refused = call(at: later, metric: "views,saves")
        #expect(
            refused.status == 400 && String(decoding: refused.body, as: UTF8.self).contains("saves metric is no longer")
        )
        #expect(call(at: later, metric: "views").status == 200)
        try command(#"{"unretire":[{"platform":"instagram","metric":"saves"}]}"#)
        #expect(call(at: later, metric: "saves").status == 200)
    }

    @Test(arguments: [
        "", "[]", #"{"mystery":1}"#, #"{"faults":[{"kind":"mystery"}]}"#, #"{"faults":[{}]}"#, #"{"faults":{}}"#,
        #"{"clock":{"advance":5}}"#, #"{"limits":[{"platform":"instagram","rule":"x"}]}"#,
        #"{"limits":[{"platform":"instagram","rule":"x","limit":1,"window":"sliding"}]}"#,
        #"{"accounts":[{"platform":"instagram","number":1000,"do":"revoke"}]}"#,
        #"{"accounts":[{"platform":"instagram","number":1,"do":"hug"}]}"#, #"{"reset":["everything"]}"#,
        #"{"purge":[{"date":"soon"}]}"#, #"{"restate":[{"from":"2026-01-02","to":"2026-01-01","permille":1}]}"#,
    ])
    func `a command that is not understood changes nothing`(text: String) {
        #expect(throws: ControlFault.self) { try command(text) }
        #expect(throws: ControlFault.self) { try command(#"{"add_faults":[{"kind":"down"}],"posts":[{}]}"#) }
        #expect(call().status == 200)
    }

    @Test func `a gzip bomb is small and unpacks to blanks`() throws {
        let bomb = GzipBomb.bytes(unpacked: 10 << 20)
        #expect(bomb.count < 11_000)
        #expect(Array(bomb.prefix(3)) == [0x1F, 0x8B, 8])
    }

    @Test func `the truth of many accounts is told in lines`() throws {
        let day = CivilDate("2026-11-20")!
        var lines = TruthLines(platform: .instagram, numbers: 0..<3, days: (day - 4)...day, at: Self.now)
        lines.withPosts = true
        let text = String(decoding: lines.lines(service.world, 2), as: UTF8.self)
        let parsed = try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        let days = parsed.filter { $0["kind"] == "day" }
        #expect(days.count == 5 && days[0]["settled"] == true && days[4]["settled"] == false)
        let truth = service.world[.instagram]
        #expect(days[0]["values"]?["views"]?.int64 == truth.value(2, .views, on: day - 4, at: Self.now))
        #expect(days[4]["shown"]?["views"]?.int64 == truth.shown(2, .views, on: day, at: Self.now))
        #expect(parsed.count { $0["kind"] == "level" } == 1)
        #expect(parsed.count { $0["kind"] == "post" } > 10)
        var youtube = TruthLines(platform: .youtube, numbers: 0..<1, days: (day - 4)...day, at: Self.now)
        (youtube.withPosts, youtube.withPostDays) = (true, true)
        let withDays = String(decoding: youtube.lines(service.world, 0), as: UTF8.self)
        #expect(withDays.contains(#""kind":"post_day""#))
    }
}

extension SimulatedReply: Equatable {
    static func == (left: SimulatedReply, right: SimulatedReply) -> Bool {
        left.status == right.status && left.headers == right.headers && left.body == right.body
    }
}
