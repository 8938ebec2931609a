import FleetCore
import Testing

/// The message by which publishing services register posts.
@Suite struct PostsContractTests {
    private static let now = Instant("2026-11-21T09:00:00Z")!

    private static func body(_ post: String) -> [UInt8] { Array(#"{"version":1,"posts":[\#(post)]}"#.utf8) }

    @Test func `one message registers what went to several accounts`() throws {
        let posts = try PostsContract().read(
            Self.body(
                #"""
                {"account":12,"external_id":"a","reference":"r","url":"https://x.example/a","kind":"reel",
                "published_at":"2026-11-21T08:00:00Z","collect":true,"later":[{}]},
                {"account":31,"external_id":"b","reference":"r","url":null}
                """#
            ),
            now: Self.now
        )
        var first = PublishedPost(account: 12, externalID: "a")
        (first.reference, first.url, first.kind) = ("r", "https://x.example/a", .reel)
        (first.publishedAt, first.collects) = (Instant("2026-11-21T08:00:00Z")!, true)
        var second = PublishedPost(account: 31, externalID: "b")
        second.reference = "r"
        #expect(posts == [first, second])
        #expect(
            try PostsContract().read(Self.body(String(decoding: first.encoded(), as: UTF8.self)), now: Self.now) == [
                first
            ]
        )
    }

    @Test(arguments: [
        (#"{"external_id":"a"}"#, "/posts/0/account"), (#"{"account":1}"#, "/posts/0/external_id"),
        (#"{"account":1,"external_id":""}"#, "/posts/0/external_id"),
        (#"{"account":1,"external_id":"a"},{"account":1,"external_id":"b","kind":"poem"}"#, "/posts/1/kind"),
        (#"{"account":1,"external_id":"a","published_at":"yesterday"}"#, "/posts/0/published_at"),
        (#"{"account":1,"external_id":"a","published_at":"2026-11-23T08:00:00Z"}"#, "/posts/0/published_at"),
        (#"{"account":1,"external_id":"a","url":"javascript:alert(1)"}"#, "/posts/0/url"),
        (#"{"account":1,"external_id":"a","collect":"yes"}"#, "/posts/0/collect"), (#""a""#, "/posts/0"),
        ("", "/posts"),
    ])
    func `what is wrong is refused with its path`(_ post: String, _ path: String) {
        do throws(Death) {
            _ = try PostsContract().read(Self.body(post), now: Self.now)
            Issue.record("\(post) was taken")
        } catch { #expect(error.path == path, "\(error.detail)") }
    }
}
