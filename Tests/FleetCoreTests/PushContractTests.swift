import FleetCore
import TestSupport
import Testing

@Suite struct PushContractTests {
    static let now = Instant("2026-11-21T09:00:00Z")!
    static let id = "01a1fe12-82e6-7000-8000-000000000001"

    static func body(
        _ readings: String = #"[{"start":"2026-11-18","values":{"views":120,"watch_time_seconds":12.5}}]"#,
        version: String = "1",
        id: String = id,
        more: String = ""
    ) -> [UInt8] {
        Array(#"{"version":\#(version),"id":"\#(id)","account":17,"readings":\#(readings)\#(more)}"#.utf8)
    }

    static func cause(_ body: [UInt8]) -> DeadCause? {
        do throws(Death) {
            _ = try PushContract().read(body, now: now)
            return nil
        } catch {
            return error.cause
        }
    }

    @Test func `readings of the account and of posts are read with exact values`() throws {
        let push = try PushContract().read(
            Self.body(
                """
                [{"start":"2026-11-18","values":{"views":120,"watch_time_seconds":12.5}},
                {"post":"a-slug","period":"lifetime","start":"2026-11-21T08:00:00Z","values":{"likes":9007199254740993}},
                {"post":"a-slug","period":"instant","values":{"comments":0}}]
                """,
                more:
                    #","fetched_at":"2026-11-21T08:30:00Z","posts":[{"id":"a-slug","published_at":"2026-11-01T00:00:00Z"}]"#
            ),
            now: Self.now
        )
        #expect(
            push.readings == [
                Reading(
                    period: .day,
                    start: .date(CivilDate("2026-11-18")!),
                    metrics: [.views, .watchTimeSeconds],
                    values: [120, 12_500]
                )
            ]
        )
        #expect(push.postReadings.map(\.post) == ["a-slug"])
        #expect(push.postReadings[0].readings.map(\.values) == [[9_007_199_254_740_993], [0]])
        #expect(push.postReadings[0].readings[1].start == .moment(push.fetchedAt))
        #expect(push.posts.map(\.kind) == [.article])
    }

    @Test func `a message without a time speaks of when its id was made`() throws {
        let push = try PushContract().read(Self.body(), now: Self.now)
        #expect(push.fetchedAt.milliseconds == UUID(Self.id)?.milliseconds)
    }

    @Test func `each breach of the contract has its cause`() {
        let cases: [([UInt8], DeadCause)] = [
            ([], .emptyBody), (Array("[]".utf8), .notAnObject), (Array("{".utf8), .malformedJSON),
            (Self.body(version: "2"), .unknownVersion), (Self.body(id: "x"), .badID),
            (Self.body(id: "01a1fe12-82e6-4000-8000-000000000001"), .badID),
            (Self.body(id: "f1a1fe12-82e6-7000-8000-000000000001"), .idInFuture),
            (Self.body("[]"), .badReading), (Self.body(#"[{"start":"2026-11-18","values":{}}]"#), .badReading),
            (Self.body(#"[{"values":{"views":1}}]"#), .badReading),
            (Self.body(#"[{"period":"year","start":"2026-11-18","values":{"views":1}}]"#), .badReading),
            (Self.body(#"[{"period":"lifetime","start":"2026-11-18","values":{"views":1}}]"#), .badReading),
            (Self.body(#"[{"start":"2026-11-18T00:00:00Z","values":{"views":1}}]"#), .badReading),
            (Self.body(#"[{"start":"2026-12-18","values":{"views":1}}]"#), .dateInFuture),
            (Self.body(#"[{"start":"2026-11-18","values":{"view":1}}]"#), .unknownMetric),
            (Self.body(#"[{"start":"2026-11-18","values":{"engagement_total":1}}]"#), .unsupportedMetric),
            (Self.body(#"[{"start":"2026-11-18","values":{"views":1.5}}]"#), .badReading),
            (Self.body(#"[{"start":"2026-11-18","values":{"views":1e30}}]"#), .badReading),
            (Self.body(#"[{"start":"2026-11-18","values":{"views":"1"}}]"#), .wrongType),
            (Self.body(#"[{"post":"","start":"2026-11-18","values":{"views":1}}]"#), .badPosts),
            (Self.body(more: #","posts":[{"id":"a","kind":"novel"}]"#), .badPosts),
            (Self.body(more: #","fetched_at":"2027-01-01T00:00:00Z""#), .badTime),
            (Self.body(more: #","fetched_at":"yesterday""#), .badTime),
            (Array(#"{"version":1,"id":"\#(Self.id)","readings":[]}"#.utf8), .missingField),
            ([UInt8](repeating: 32, count: PushContract.maximumBytes + 1), .bodyTooLarge),
        ]
        for (body, cause) in cases {
            #expect(Self.cause(body) == cause, "\(String(decoding: body.prefix(200), as: UTF8.self))")
        }
    }

    @Test func `the result of a push travels and says where it comes from`() throws {
        let push = try PushContract().read(Self.body(), now: Self.now)
        let result = push.result(platform: .x, workspace: 3, now: Self.now)
        let read = try JobResult(message: result.encoded())
        #expect(read == result)
        #expect(read.origin == .pushed && read.ledgerWord == "push")
    }

    @Test func `random damage of a message never traps`() {
        var generator = SeededGenerator(seed: 9)
        let whole = Self.body(more: #","posts":[{"id":"a"}]"#)
        for _ in 0..<5000 {
            var body = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                body[Int.random(in: body.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            _ = Self.cause(Array(body.prefix(Int.random(in: 1...body.count, using: &generator))))
        }
    }
}
