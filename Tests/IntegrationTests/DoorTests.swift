import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime
import Testing

/// The database's door: verdicts, windows, refusals with paths, posts that publishers register.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct DoorTests {
    /// Two accounts of one workspace, numbered 1 and 2.
    static func filled(_ body: (OperatorLab) async throws -> Void) async throws {
        try await OperatorLab.run { lab in
            _ = try await lab.pool.query("insert into flotilla.workspaces (name) values ('acme')")
            _ = try await lab.pool.query(
                """
                insert into flotilla.accounts (id, workspace_id, platform, external_id)
                values (1, 1, 'instagram', 'a'), (2, 1, 'x', 'b')
                """
            )
            _ = try await lab.pool.query("select setval('flotilla.subject_ids', 100)")
            try await body(lab)
        }
    }

    private static func submit(_ lab: OperatorLab, _ more: String) async throws -> JobDoor.Answer {
        let body = #"{"platform":"instagram","account":1\#(more)}"#
        return try await JobDoor(pool: lab.pool).submit([Array(body.utf8)])[0]
    }

    /// Why the door takes nothing; nil when it does, or when something else is wrong.
    private static func refusal(_ work: () async throws -> Void) async -> JobDoor.Refusal? {
        do { try await work() } catch { return JobDoor.Refusal(error) }
        return nil
    }

    private static func outbox(_ lab: OperatorLab) async throws -> Int64 {
        try await lab.pool.query("select count(*) from flotilla.outbox").only().int8(0)
    }

    @Test func `a key, a content or an id again is the same order, and another order under it a conflict`() async throws
    {
        try await Self.filled { (lab) async throws in
            for name in [
                #","idempotency_key":"post-77""#, #","unique_for":60,"metrics":["views"]"#,
                #","id":"\#(OperatorLab.id(1))""#,
            ] {
                let before = try await Self.outbox(lab)
                let first = try await Self.submit(lab, name)
                let again = try await Self.submit(lab, name + #","reason":"a retry""#)
                #expect(first.verdict == .new)
                #expect(again.verdict == .same && again.job == first.job)
                #expect(try await Self.outbox(lab) == before + 1)
            }
            let other = try await Self.submit(lab, #","idempotency_key":"post-77","days":2"#)
            #expect(other.verdict == .conflict)
            #expect(try await Self.submit(lab, #","id":"\#(OperatorLab.id(1))","days":2"#).verdict == .conflict)
            #expect(try await Self.submit(lab, #","unique_for":60,"metrics":["reach"]"#).verdict == .new)
            #expect(try await Self.outbox(lab) == 4)
        }
    }

    @Test func `a window that is over makes the order new again`() async throws {
        try await Self.filled { (lab) async throws in
            let first = try await Self.submit(lab, #","idempotency_key":"k","unique_for":60"#)
            _ = try await lab.pool.query("update flotilla.job_keys set expires_at = now() - interval '1 s'")
            let second = try await Self.submit(lab, #","idempotency_key":"k","days":3"#)
            #expect(second.verdict == .new && second.job != first.job)
            let third = try await Self.submit(lab, #","idempotency_key":"k","days":3"#)
            #expect(third.verdict == .same && third.job == second.job)
            _ = try await lab.pool.query("update flotilla.job_keys set expires_at = now() - interval '1 hour'")
            #expect(try await lab.pool.query("select flotilla.forget_keys(10)").only().int4(0) == 1)
        }
    }

    @Test func `of many callers with one key at once exactly one orders`() async throws {
        try await Self.filled { (lab) async throws in
            let address = try PostgresAddress(url: lab.url)
            let pool = Pool(address: address, size: 8, name: "door-tests", logger: Logger(label: "door-tests"))
            let body = Array(#"{"platform":"instagram","account":1,"idempotency_key":"k"}"#.utf8)
            let answers = try await withThrowingTaskGroup(of: JobDoor.Answer.self) { group in
                for _ in 0..<40 { group.addTask { try await JobDoor(pool: pool).submit([body])[0] } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            await pool.close()
            #expect(answers.count { $0.verdict == .new } == 1 && answers.count { $0.verdict == .same } == 39)
            #expect(Set(answers.map(\.job)).count == 1)
            #expect(try await Self.outbox(lab) == 1)
        }
    }

    @Test func `an order exists if and only if its caller's transaction commits, and its key too`() async throws {
        try await Self.filled { (lab) async throws in
            _ = try? await lab.pool.withTransaction { connection in
                _ = try await connection.query(
                    #"select flotilla.submit('{"platform":"instagram","account":1,"idempotency_key":"k"}')"#
                )
                throw CancellationError()
            }
            #expect(try await Self.outbox(lab) == 0)
            #expect(try await Self.submit(lab, #","idempotency_key":"k""#).verdict == .new)
        }
    }

    private static let refusals = [
        (#","account":7"#, "/account"), (#","metrics":["views","karma"]"#, "/metrics/1"), (#","days":"2""#, "/days"),
        (#","date":"2026-02-30""#, "/date"), (#","lane":"express""#, "/lane"), (#","collect":"all""#, "/collect"),
        (#","collect":"post_metrics","posts":[9]"#, "/posts/0"), (#","posts":[9]"#, "/posts"),
        (#","collect":"post_metrics","posts":[{"external_id":"a","kind":"poem"}]"#, "/posts/0/kind"),
        (#","version":3"#, "/version"), (#","id":"019aa5c6-3b7e-4c1a-9d2e-4f60718293a4""#, "/id"),
        (#","idempotency_key":"""#, "/idempotency_key"), (#","unique_for":1.5"#, "/unique_for"),
    ]

    @Test func `the door names the field that it refuses, and nothing is ordered`() async throws {
        try await Self.filled { (lab) async throws in
            for (part, path) in Self.refusals {
                // The second of two is wrong: the first is not ordered either. The last member of a name counts.
                let bodies = [
                    #"{"platform":"instagram","account":1}"#, #"{"platform":"instagram","account":1\#(part)}"#,
                ]
                let refusal = await Self.refusal {
                    _ = try await JobDoor(pool: lab.pool).submit(bodies.map { Array($0.utf8) })
                }
                #expect(refusal?.path == path, "\(part)")
                #expect(refusal?.reason.hasPrefix("\(path): ") == true)
            }
            #expect(try await Self.outbox(lab) == 0)
        }
    }

    @Test func `a job that names posts by the platform's ids leaves the door in version 2`() async throws {
        try await Self.filled { (lab) async throws in
            _ = try await Self.submit(lab, #","collect":"post_metrics","posts":[{"external_id":"a","kind":"reel"}]"#)
            let body = try await lab.pool.query("select body from flotilla.outbox").only().text(0)
            let job = try JobContract().read(Array(body.utf8), now: Instant(microseconds: ProcessClock.wallNow))
            #expect(job.version == 2 && job.externalPosts == [ExternalPost(id: "a", kind: .reel)])
        }
    }

    @Test func `a publisher's post is known before any listing names it, under one reference for all accounts`()
        async throws
    {
        try await Self.filled { (lab) async throws in
            let door = JobDoor(pool: lab.pool)
            var post = PublishedPost(account: 1, externalID: "17900000000000001")
            (post.reference, post.url, post.kind) = ("campaign-7/post-77", "https://example.org/p", .reel)
            (post.publishedAt, post.collects) = (Instant("2026-11-21T08:00:00Z")!, true)
            var other = PublishedPost(account: 2, externalID: "1593")
            other.reference = "campaign-7/post-77"
            let first = try await door.register([post, other])
            #expect(first.map(\.verdict) == [.new, .new])
            let again = try await door.register([post, other])
            #expect(again.map(\.verdict) == [.same, .same])
            #expect(again.map(\.post) == first.map(\.post) && again[0].job == first[0].job && first[0].job != nil)
            var changed = post
            changed.externalID = "17900000000000002"
            let refused = try await door.register([changed])[0]
            #expect(refused.verdict == .conflict && refused.post == first[0].post && refused.job == nil)
            #expect(try await Self.outbox(lab) == 1)
            let marked = try await lab.pool.query("select low, high from flotilla.dirty_days").only()
            #expect(try marked.date(1) - marked.date(0) == 2)
            let answer = await lab("posts refs campaign-7/post-77 --json")
            #expect(try answer.json.array?.compactMap { $0["external_id"]?.string } == ["17900000000000001", "1593"])
            #expect(await lab("posts refs campaign-8").code == .notFound)
            let conflict = await lab(
                "posts register --account 1 --external-id other --reference campaign-7/post-77"
            )
            #expect(conflict.code == .refused && conflict.output.contains("conflict: post \(first[0].post)"))
            let bad = await lab("posts register --account 1 --external-id other --url ftp://x")
            #expect(bad.code == .refused && bad.error.contains("/url: "), "\(bad.error)")
        }
    }

    @Test func `the command line orders with a key, from a file and from a query, and says what the door found`()
        async throws
    {
        try await Self.filled { (lab) async throws in
            let order = "jobs enqueue --platform instagram --account 1 --key post-77"
            let first = await lab(order + " --json")
            #expect(first.code == .ok, "\(first.error)")
            #expect(try first.json["verdict"]?.string == "new")
            let id = try #require(try first.json["id"]?.string)
            #expect(await lab(order).output == "same \(id)\n")
            let conflict = await lab(order + " --metrics views")
            #expect(conflict.code == .refused && conflict.error.contains(id), "\(conflict.error)")
            #expect(await lab(order + " --via broker").code == .usage)
            let lines = #"{"account":1,"idempotency_key":"a"}"# + "\n" + #"{"account":1,"idempotency_key":"b"}"#
            try await OperatorLab.withFile(lines + "\n" + #"{"account":1,"idempotency_key":"post-77","days":9}"#) {
                (path) async throws in
                let answer = await lab("jobs enqueue --platform instagram --file \(path)")
                #expect(answer.output == "new 2, same 0, conflict 1\n" && answer.code == .partial, "\(answer)")
                let again = await lab("jobs enqueue --platform instagram --file \(path) --json")
                #expect(try again.json["same"]?.int64 == 2)
            }
            // The lab's command line is cut at blanks, so the query has none.
            let answer = await lab(
                "jobs enqueue --via database --query select(id)account,platform,(id)days\tfrom\tflotilla.accounts"
            )
            #expect(answer.output == "new 2, same 0, conflict 0\n", "\(answer)")
            let bad = await lab("jobs enqueue --via database --query select(7)account,'x'platform")
            #expect(bad.code == .usage && bad.error.contains("the query's row:1: unknown_account"), "\(bad.error)")
            #expect(try await Self.outbox(lab) == 5)
        }
    }
}
