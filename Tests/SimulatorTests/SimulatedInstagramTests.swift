import FleetCore
import JSON
import Platforms
import Testing

@testable import Simulator

/// The simulator and the platform's code against each other: what one says, the other must understand.
@Suite struct SimulatedInstagramTests {
    static let now = Instant("2026-11-21T12:00:00Z")!
    static let account = SimulatedAccount(number: 7)

    static func call(_ request: PlatformRequest, token: String? = nil, now: Instant = now) -> SimulatedCall {
        SimulatedCall(path: request.path, query: request.query, token: token ?? account.token, now: now)
    }

    /// What the platform's code makes of the simulator's answer.
    static func read(
        _ request: PlatformRequest,
        _ service: SimulatedService = SimulatedService(SimulatorOptions()),
        token: String? = nil,
        now: Instant = now
    ) -> PlatformAnswer {
        let reply = service.answer(call(request, token: token, now: now)) ?? SimulatedReply(status: 404)
        let response = PlatformResponse(status: reply.status, headers: reply.headers, body: reply.body)
        return Platform.instagram.read(request, response, now)
    }

    static func page(_ answer: PlatformAnswer) -> SamplePage? {
        if case .page(let page) = answer { page } else { nil }
    }

    static func error(_ answer: PlatformAnswer) -> PlatformError? {
        if case .error(let error) = answer { error } else { nil }
    }

    /// An insights request with parts of the query replaced; an empty value leaves the part out.
    static func insights(_ changes: [Field] = [], path: String = "/v25.0/\(account.externalID)/insights")
        -> PlatformRequest
    {
        var query = [
            Field("metric", "views"), Field("period", "day"), Field("metric_type", "total_value"),
            Field("since", "1794902400"), Field("until", "1794988800"),
        ]
        for change in changes {
            query.removeAll { $0.name == change.name }
            if !change.value.isEmpty { query.append(change) }
        }
        return Platform.instagram.recognise(PlatformRequest(origin: "", path: path, query: query), account.externalID)!
    }

    @Test(arguments: ["2026-11-17", "2026-03-08", "2026-11-01", "2025-12-31"])
    func `a settled day reads as its truth, metric by metric`(date: String) throws {
        let day = CivilDate(date)!
        let options = SimulatorOptions(seed: 5)
        let service = SimulatedService(options)
        var readings: [Reading] = []
        let assignment = Assignment(externalID: Self.account.externalID, date: day)
        for request in try Platform.instagram.requests(assignment, PlatformSettings()) {
            let page = try #require(Self.page(Self.read(request, service)))
            #expect(page.skipped.isEmpty)
            page.add(to: &readings)
        }
        let curves = TrueCurves(seed: 5)
        let ofDay = try #require(readings.first { $0.period == .day })
        #expect(ofDay.start == .date(day) && ofDay.metrics.count == 15)
        for (metric, value) in zip(ofDay.metrics, ofDay.values) {
            #expect(value == curves.value(7, metric, on: day), "\(metric.name)")
        }
        let levels = try #require(readings.first { $0.period == .instant })
        #expect(levels.metrics == [.followers, .following, .posts])
        for (metric, value) in zip(levels.metrics, levels.values) {
            #expect(value == service.world[.instagram].level(7, metric, at: Self.now))
        }
    }

    @Test func `yesterday is incomplete and restated, and follows are not there yet`() throws {
        let yesterday = CivilDate("2026-11-20")!
        let requests = try Platform.instagram.requests(
            Assignment(externalID: Self.account.externalID, date: yesterday, metrics: [.views, .followersGained]),
            PlatformSettings()
        )
        let first = try #require(Self.page(Self.read(requests[0])))
        let later = try #require(Self.page(Self.read(requests[0], now: Self.now + .seconds(3 * 86_400))))
        let truth = TrueCurves(seed: 1).value(7, .views, on: yesterday)!
        #expect(first.samples[0].value < truth && later.samples[0].value == truth)
        let follows = try #require(Self.page(Self.read(requests[1])))
        #expect(follows.samples.isEmpty && follows.skipped.map(\.reason) == ["missing_value"])
    }

    @Test func `a series has one value per day, stamped with the day's end, across a change of clocks`() throws {
        let request = Self.insights([
            Field("metric", "reach,follower_count"), Field("metric_type", ""), Field("since", "1793430000"),
            Field("until", "1793692800"),
        ])
        let page = try #require(Self.page(Self.read(request)))
        let curves = TrueCurves(seed: 1)
        let days = (CivilDate("2026-10-31")!...CivilDate("2026-11-02")!)
        let wanted =
            days.map { curves.value(7, .reach, on: $0)! } + days.map { curves.value(7, .followersGained, on: $0)! }
        #expect(page.samples.map(\.value) == wanted)
        #expect(page.samples.map(\.start) == (Array(days) + Array(days)).map { .date($0) })
    }

    @Test func `parts of views make up their total, parts of reach more`() throws {
        for (metric, exact) in [("views", true), ("reach", false)] {
            let request = Self.insights([
                Field("metric", metric), Field("breakdown", "media_product_type"), Field("since", "1792479600"),
            ])
            let page = try #require(Self.page(Self.read(request)))
            let total = try #require(page.samples.first { $0.dimensions.isEmpty })
            let parts = page.samples.filter { !$0.dimensions.isEmpty }.reduce(0) { $0 + $1.value }
            #expect(total.period == .range && total.lastDay == CivilDate("2026-11-17"))
            #expect(exact ? parts == total.value : parts > total.value)
        }
    }

    @Test func `days to come are silence`() throws {
        let request = Self.insights([Field("since", "1795852800"), Field("until", "1795939200")])
        let page = try #require(Self.page(Self.read(request)))
        #expect(page.samples.isEmpty && page.skipped.isEmpty)
    }

    @Test(arguments: ["", "x", "sim-17841400000007-0000000000000000", "sim-17841400000007", "sim-9-1-1"])
    func `a wrong token is refused with status 400 and code 190`(token: String) {
        let error = Self.error(Self.read(Self.insights(), token: token))
        #expect(error?.kind == .authInvalid && error?.code == 190)
    }

    @Test func `the token of another account reads nothing`() {
        let other = SimulatedAccount(number: 8).token
        #expect(Self.error(Self.read(Self.insights(), token: other))?.kind == .notFound)
    }

    @Test func `errors are the platform's own and are classified as such`() {
        func kind(_ changes: [Field]) -> PlatformError? { Self.error(Self.read(Self.insights(changes))) }
        let unknown = kind([Field("metric", "views,mystery")])
        #expect(unknown?.kind == .deprecatedMetric && unknown?.metrics == ["mystery"])
        let retired = kind([Field("metric", "views,impressions")])
        #expect(retired?.kind == .deprecatedMetric && retired?.metrics == ["impressions"])
        #expect(kind([Field("since", "1792000000")])?.kind == .malformed)
        #expect(kind([Field("since", "1794988800")])?.kind == .malformed)
        #expect(kind([Field("metric", "")])?.kind == .malformed)
        #expect(kind([Field("metric_type", "")])?.kind == .malformed)
        #expect(kind([Field("metric", "follower_count")])?.kind == .malformed)
        #expect(kind([Field("period", "week")])?.kind == .malformed)
        #expect(kind([Field("metric", "likes"), Field("breakdown", "follow_type")])?.kind == .transient)
        let absent = Self.insights(path: "/v25.0/17841499999999/insights")
        #expect(Self.error(Self.read(absent))?.kind == .notFound)
    }

    @Test func `a limit refuses, says how long, counts, and ends with its window`() throws {
        let service = SimulatedService(SimulatorOptions(rateLimit: 3, rateWindow: .seconds(600)))
        for _ in 0..<3 { #expect(Self.page(Self.read(Self.insights(), service)) != nil) }
        let refused = try #require(Self.error(Self.read(Self.insights(), service, now: Self.now + .seconds(60))))
        #expect(refused.kind == .rateLimited && refused.retryAfter == 540)
        #expect(Self.page(Self.read(Self.insights(), service, now: Self.now + .seconds(600))) != nil)
        let counted = try JSONValue(parsing: try #require(service.statistics(.instagram, of: Self.account.externalID)))
        #expect(counted["calls"] == 5 && counted["refused"] == 1 && counted["busiest_window"] == 3)
        let total = try JSONValue(parsing: service.statistics())
        #expect(total["calls"] == 5 && total["accounts_called"] == 1)
        service.resetStatistics()
        #expect(try JSONValue(parsing: service.statistics())["calls"] == 0)
    }

    @Test func `the share of injected faults is the one asked for, and each passes`() {
        let service = SimulatedService(SimulatorOptions(failMillionths: 200_000))
        let kinds = (0..<2000).map { _ in Self.error(Self.read(Self.insights(), service))?.kind }
        let failed = kinds.count { $0 != nil }
        #expect((320...480).contains(failed))
        #expect(kinds.allSatisfy { $0 == nil || $0 == .transient })
    }

    @Test func `truth and accounts are told to tests`() throws {
        let service = SimulatedService(SimulatorOptions(seed: 9, accounts: 10))
        let day = CivilDate("2026-11-17")!
        let one = try JSONValue(parsing: try #require(service.truth(.instagram, Self.account.externalID, "views", day)))
        #expect(one["value"]?.int64 == TrueCurves(seed: 9).value(7, .views, on: day))
        let all = try JSONValue(parsing: try #require(service.truth(.instagram, Self.account.externalID, nil, day)))
        #expect(all["values"]?["views"] == one["value"])
        #expect(service.truth(.instagram, Self.account.externalID, "mystery", day) == nil)
        #expect(service.truth(.instagram, "17841400000010", "views", day) == nil)
        let accounts = try JSONValue(parsing: service.accounts(from: 8, count: 100))
        #expect(accounts.array?.compactMap { $0["external_id"]?.string } == ["17841400000008", "17841400000009"])
        #expect(accounts[1]?["token"]?.string == SimulatedAccount(number: 9).token)
        #expect(service.accounts(from: 50, count: 5) == Array("[]".utf8))
    }

    @Test func `a fields call names what it does not know`() {
        let request = Platform.instagram.recognise(
            PlatformRequest(
                origin: "",
                path: "/v25.0/\(Self.account.externalID)",
                query: [Field("fields", "id,shoe_size")]
            ),
            Self.account.externalID
        )!
        #expect(Self.error(Self.read(request))?.kind == .malformed)
    }
}
