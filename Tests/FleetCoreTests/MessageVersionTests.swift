import FleetCore
import Testing

/// Messages of several versions, read by one program.
@Suite struct MessageVersionTests {
    private static let now = JobContractTests.now

    private static func body(version: Int, posts: String, more: String = "") -> [UInt8] {
        Array(
            """
            {"version":\(version),"id":"019aa5a0-0000-7000-8000-000000000007","platform":"instagram","account":12,\
            "collect":"post_metrics","date":"2026-11-19","posts":\(posts),"lane":"normal"\(more),\
            "enqueued_at":"2026-11-21T08:59:59.5Z"}
            """.utf8
        )
    }

    @Test func `version 2 names posts by the platform's ids too, and version 1 does not`() throws {
        let posts = #"[7,{"external_id":"17900000000000001","kind":"reel"},{"external_id":"x"}]"#
        let job = try JobContract().read(Self.body(version: 2, posts: posts), now: Self.now)
        #expect(job.posts == [7])
        #expect(job.externalPosts == [ExternalPost(id: "17900000000000001", kind: .reel), ExternalPost(id: "x")])
        #expect(throws: Death(.wrongType, "version 1 names posts by numbers; use version 2", at: "/posts/1")) {
            try JobContract().read(Self.body(version: 1, posts: posts), now: Self.now)
        }
    }

    @Test func `a job is written in the lowest version that can say it, and read again as it was`() throws {
        var job = try JobContract().read(Self.body(version: 2, posts: "[7]"), now: Self.now)
        #expect(job.version == 1 && job.messageType == "flotilla.job.v1")
        #expect(try JobContract().read(job.encoded(), now: Self.now) == job)
        job.externalPosts = [ExternalPost(id: "a", kind: .video)]
        (job.idempotencyKey, job.uniqueFor) = ("key", .seconds(60))
        #expect(JobContract.messageType(job.encoded()) == "flotilla.job.v2")
        #expect(try JobContract().read(job.encoded(), now: Self.now) == job)
    }

    @Test(arguments: [
        (#"[{"external_id":""}]"#, "/posts/0/external_id"), (#"[7,{"kind":"reel"}]"#, "/posts/1/external_id"),
        (#"[{"external_id":"a"},{"external_id":"a"}]"#, "/posts/1"),
        (#"[{"external_id":"a","kind":"poem"}]"#, "/posts/0/kind"),
        (#"[7,7]"#, "/posts/1"), (#"[0]"#, "/posts/0"), (#"["7"]"#, "/posts/0"), ("[]", "/posts"),
    ])
    func `what is wrong with posts is refused with its path`(_ posts: String, _ path: String) {
        do throws(Death) {
            _ = try JobContract().read(Self.body(version: 2, posts: posts), now: Self.now)
            Issue.record("\(posts) was taken")
        } catch { #expect(error.path == path, "\(error.detail)") }
    }

    @Test(arguments: ["[{\"deep\":[1]}]", "\"all\"", "[]"])
    func `a newer version is known by its number, whatever else this program makes of it`(_ posts: String) {
        // The version may come last, after what this version calls wrong.
        let first = Self.body(version: 3, posts: posts)
        let last = Array(#"{"posts":\#(posts),"account":{"name":"x"},"version":3}"#.utf8)
        for body in [first, last] {
            do throws(Death) {
                _ = try JobContract().read(body, now: Self.now)
                Issue.record("it was taken")
            } catch { #expect(error.cause == .unknownVersion && error.path == "/version", "\(error.detail)") }
            #expect(JobContract.newerVersion(body) == 3)
        }
    }

    @Test(arguments: [#"{"version":2}"#, #"{"version":1001}"#, #"{"version":"3"}"#, "{}", "[3]", "nonsense", ""])
    func `nothing else waits for a newer reader`(_ body: String) {
        #expect(JobContract.newerVersion(Array(body.utf8)) == nil)
    }
}
