import FleetCore
import Testing

@Suite struct PostMessageTests {
    static let metrics = #""metrics":["views","reach"],"#

    private static func read(_ replacement: String, collect: String = "post_metrics") throws(Death) -> Job {
        let text = String(decoding: JobContractTests.message(metrics, replacement), as: UTF8.self)
        let body = text.split(separator: "account_daily", maxSplits: 1).joined(separator: collect)
        return try JobContract().read(Array(body.utf8), now: JobContractTests.now)
    }

    private static func cause(_ replacement: String, collect: String = "post_metrics") -> DeadCause? {
        do {
            _ = try read(replacement, collect: collect)
            return nil
        } catch {
            return error.cause
        }
    }

    @Test func `a job about posts names them by number, and is written as it was read`() throws {
        let job = try Self.read(#""posts":[9,7,8],"#)
        #expect(job.posts == [9, 7, 8] && job.days == 1 && job.collect == .postMetrics)
        #expect(try JobContract().read(job.encoded(), now: JobContractTests.now) == job)
    }

    @Test func `a job of several days says so, and one of a single day has the bytes that it always had`() throws {
        let job = try Self.read(#""days":90,"#, collect: "account_daily")
        #expect(job.days == 90)
        #expect(try JobContract().read(job.encoded(), now: JobContractTests.now) == job)
        let plain = try JobContract().read(Array(JobContractTests.valid.utf8), now: JobContractTests.now)
        let text = String(decoding: plain.encoded(), as: UTF8.self)
        #expect(!text.contains("days") && !text.contains("posts"))
    }

    @Test(arguments: [
        ("", "post_metrics", DeadCause.missingField),
        (#""posts":[],"#, "post_metrics", .missingField),
        (#""posts":null,"#, "post_metrics", .missingField),
        (#""posts":[1,2,1],"#, "post_metrics", .badPosts),
        (#""posts":[0],"#, "post_metrics", .badPosts),
        (#""posts":[-3],"#, "post_metrics", .badPosts),
        (#""posts":["3"],"#, "post_metrics", .wrongType),
        (#""posts":7,"#, "post_metrics", .wrongType),
        (#""posts":[1],"#, "posts", .badPosts),
        (#""posts":[1],"#, "account_daily", .badPosts),
        (#""days":0,"#, "account_daily", .badDays),
        (#""days":91,"#, "account_daily", .badDays),
        (#""days":-1,"#, "account_daily", .badDays),
        (#""days":9223372036854775807,"#, "account_daily", .badDays),
        (#""days":"2","#, "account_daily", .wrongType),
    ])
    func `posts and days that break the contract are named`(part: String, collect: String, cause: DeadCause) {
        #expect(Self.cause(part, collect: collect) == cause)
    }

    @Test func `five hundred posts are the most`() {
        func list(_ count: Int) -> String { "\"posts\":[" + (1...count).map(String.init).joined(separator: ",") + "]," }
        #expect(Self.cause(list(500)) == nil)
        #expect(Self.cause(list(501)) == .badPosts)
    }

    @Test func `every day that a job covers must be young enough`() {
        let text = Self.metrics
        let old = String(decoding: JobContractTests.message(text, #""days":90,"#), as: UTF8.self)
        let parts = old.components(of: "2026-11-19")
        let body = parts.joined(separator: "2024-11-25")
        #expect(throws: Death.self) { try JobContract().read(Array(body.utf8), now: JobContractTests.now) }
    }

    @Test(arguments: CollectionKind.allCases.filter { $0 != .postMetrics })
    func `every collection has its word`(collect: CollectionKind) throws {
        let job = try Self.read("", collect: collect.rawValue)
        #expect(job.collect == collect)
        #expect(try JobContract().read(job.encoded(), now: JobContractTests.now) == job)
    }
}

@Suite struct PostResultTests {
    static let moment = Instant("2026-11-21T09:00:01.000001Z")!

    static let result: JobResult = {
        var result = JobResult(
            job: UUID(high: 0x019A_A5A0_0000_7000, low: 0x8000_0000_0000_0007),
            platform: .x,
            account: 12,
            workspace: 3,
            collect: .posts,
            enqueuedAt: moment,
            fetchedAt: moment,
            apiVersion: "2",
            requests: 1,
            readings: []
        )
        result.posts = [
            DiscoveredPost(externalID: "9007199254740993", publishedAt: moment, kind: .reel),
            DiscoveredPost(externalID: "a\"\\ü"),
        ]
        result.postReadings = [
            PostReadings(
                post: "a\"\\ü",
                readings: [
                    Reading(period: .lifetime, start: .moment(moment), metrics: [.views], values: [.max]),
                    Reading(period: .day, start: .date(CivilDate("2026-11-19")!), metrics: [.likes], values: [-2]),
                ]
            )
        ]
        result.breakdowns = [
            Breakdown(
                post: "9007199254740993",
                period: .day,
                start: .date(CivilDate("2026-11-19")!),
                metric: .reactions,
                dimensions: ["type"],
                parts: [.init(names: ["like"], value: 3), .init(names: [""], value: 0)]
            ),
            Breakdown(
                period: .lifetime,
                start: .moment(moment),
                metric: .followers,
                dimensions: ["age", "gender"],
                parts: [.init(names: ["18-24", "F"], value: 7)]
            ),
        ]
        result.missingPosts = ["1", "2"]
        result.isSynthetic = true
        return result
    }()

    @Test func `posts, their readings, parts and misses are read as they were written`() throws {
        #expect(try JobResult(message: Self.result.encoded()) == Self.result)
    }

    @Test func `a result without posts has the bytes that it always had`() {
        var plain = Self.result
        (plain.posts, plain.postReadings, plain.breakdowns, plain.missingPosts) = ([], [], [], [])
        plain.isSynthetic = false
        let text = String(decoding: plain.encoded(), as: UTF8.self)
        #expect(text.hasSuffix("\"readings\":[]}"))
    }

    @Test func `a kind of post from a newer worker is a post`() throws {
        let text = String(decoding: Self.result.encoded(), as: UTF8.self)
        let body = text.components(of: "\"reel\"").joined(separator: "\"hologram\"")
        let read = try JobResult(message: Array(body.utf8))
        #expect(read.posts[0].kind == .post && read.posts[0].externalID == "9007199254740993")
    }

    @Test(arguments: [
        ("\"metric\":\"reactions\"", "\"metric\":\"karma\""), ("\"dimensions\":[\"type\"]", "\"dimensions\":[]"),
        ("{\"names\":[\"like\"],\"value\":3}", "{\"names\":[\"like\",\"x\"],\"value\":3}"),
        ("{\"names\":[\"like\"],\"value\":3}", "{\"names\":[\"like\"]}"),
        ("\"id\":\"9007199254740993\"", "\"id\":\"\""),
    ])
    func `what cannot be stored is a fault of the message`(part: String, replacement: String) {
        let text = String(decoding: Self.result.encoded(), as: UTF8.self)
        let body = text.components(of: part).joined(separator: replacement)
        #expect(body != text)
        #expect(throws: ResultFault.self) { try JobResult(message: Array(body.utf8)) }
    }
}

extension String {
    /// What stands between the occurrences of a text.
    fileprivate func components(of separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}
