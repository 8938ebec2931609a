import AMQP
import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Testing

/// Readings of a source that no worker collects, pushed by other services.
@Suite(.enabled(if: FeedLab.isAvailable)) struct IngestTests {
    static func account(_ lab: FeedLab, _ source: String) async throws -> Int64 {
        let answer = await lab(
            "sources add \(source) --workspace own --zone Europe/Berlin --account \(source).example --json"
        )
        #expect(answer.code == .ok, "\(answer.error)")
        return try #require(try answer.json["account"]?.int64)
    }

    static func body(_ number: Int, _ account: Int64, _ readings: String) -> [UInt8] {
        Array(#"{"version":1,"id":"\#(OperatorLab.id(number))","account":\#(account),"readings":\#(readings)}"#.utf8)
    }

    static let day = #"[{"start":"2026-03-29","values":{"views":120}}]"#

    @Test func `a pushed message is stored once however often it comes, on the source's own days`() async throws {
        try await FeedLab.run { lab in
            let account = try await Self.account(lab, "blog_berlin")
            let messages = JobMessages(topology: lab.topology)
            let posts =
                #"[{"start":"2026-03-29","values":{"views":120}},{"post":"slug","start":"2026-03-29","values":{"views":7}}]"#
            try await lab.aggregating { publisher in
                for _ in 0..<3 {
                    let outcome = await publisher.publish(
                        messages.push(body: Self.body(1, account, posts), id: OperatorLab.id(1))
                    )
                    #expect(outcome == .accepted)
                }
                let second = Self.body(2, account, #"[{"start":"2026-03-30","values":{"views":9223372036854775807}}]"#)
                #expect(await publisher.publish(messages.push(body: second, id: OperatorLab.id(2))) == .accepted)
                try await lab.until("both are in the ledger") { try await lab.count("jobs where state = 'done'") == 2 }
            }
            #expect(try await lab.count("observations") == 3)
            let rows = try await lab.pool.query(
                """
                select start_at, "values"[1] from flotilla.current_values where subject_id = $1 order by start_at
                """,
                [.int8(account)]
            )
            // The day on which Berlin's clocks go forward begins at 23:00 UTC of the day before.
            #expect(try rows[0].timestamp(0) == Instant("2026-03-28T23:00:00Z")!.microseconds)
            #expect(try rows[1].timestamp(0) == Instant("2026-03-29T22:00:00Z")!.microseconds)
            #expect(try rows.map { try $0.int8(1) } == [120, .max])
            #expect(try await lab.count("jobs where collect = 'push'") == 2)
            #expect(try await lab.count("posts where external_id = 'slug' and kind = 'post'") == 1)
        }
    }

    @Test func `what breaks the contract or speaks for a collected account becomes a dead letter with its cause`()
        async throws
    {
        try await FeedLab.run { lab in
            let account = try await Self.account(lab, "blog_refusing")
            #expect(
                await lab("accounts seed --count 1 --platform instagram --workspace demo --without-credentials").code
                    == .ok
            )
            let collected = try await lab.pool.query("select id from flotilla.accounts where platform = 'instagram'")
                .only().int8(0)
            let bodies: [([UInt8], String)] = [
                (Array("{broken".utf8), "malformed_json"),
                (Self.body(1, account, #"[{"start":"2026-03-29","values":{"views":1.5}}]"#), "bad_reading"),
                (Self.body(2, collected, Self.day), "not_a_source"),
                (Self.body(3, 999_999, Self.day), "unknown_account"),
            ]
            try await lab.aggregating { publisher in
                let messages = JobMessages(topology: lab.topology)
                let outgoing = bodies.enumerated().map { messages.push(body: $1.0, id: OperatorLab.id($0)) }
                #expect(await publisher.publish(outgoing) == bodies.map { _ in .accepted })
                try await lab.until("all are in the ledger of dead letters") {
                    try await lab.count("dead_letters") == Int64(bodies.count)
                }
            }
            let causes = try await lab.pool.query("select cause, platform, detail from flotilla.dead_letters")
            #expect(try Set(causes.map { try $0.text(0) }) == Set(bodies.map(\.1)))
            #expect(try causes.allSatisfy { try $0.text(1) == "ingest" && !$0.text(2).isEmpty })
            #expect(try await lab.count("observations") == 0)
        }
    }

    @Test func `the SQL door pushes with the caller's transaction, and the same id changes nothing`() async throws {
        try await FeedLab.run { lab in
            let account = try await Self.account(lab, "blog_sql")
            let ingest: Statement = "select flotilla.ingest($1, $2::jsonb, $3)"
            let parameters: [Parameter] = [.int8(account), .json(Self.day), .uuid(OperatorLab.id(1).parameter)]
            _ = try? await lab.pool.withTransaction { connection in
                _ = try await connection.query(ingest, parameters)
                throw CancellationError()
            }
            #expect(try await lab.count("outbox") == 0)
            _ = try await lab.pool.query(ingest, parameters)
            _ = try await lab.pool.query(ingest, parameters)
            #expect(try await lab.count("outbox") == 1)
            let messages = JobMessages(topology: lab.topology)
            try await lab.aggregating { publisher in
                // As the dispatcher relays the outbox.
                _ = try await OutboxStore(pool: lab.pool).relay(limit: 10) { entries in
                    await publisher.publish(
                        entries.map { messages.message(body: $0.body, id: $0.job, routingKey: $0.routingKey) }
                    ).map { $0 == .accepted }
                }
                try await lab.until("it is stored") { try await lab.count("jobs where state = 'done'") == 1 }
            }
            #expect(try await lab.count("current_values") == 1)
            _ = try await lab.pool.query(ingest, parameters)
            #expect(try await lab.count("outbox") == 0)
        }
    }

    @Test(arguments: [
        ("null::bigint", "'[]'::jsonb", "must not be null"), ("0", "'[{}]'::jsonb", "belongs to no registered source"),
        ("ACCOUNT", "'[]'::jsonb", "an array of 1 to 1000"), ("ACCOUNT", "'[1]'::jsonb", "an object with start"),
        ("ACCOUNT", #"'[{"start":"2026-03-29","values":{"vews":1}}]'::jsonb"#, "unknown metric vews"),
    ])
    func `the SQL door says what the caller can mend`(_ account: String, _ readings: String, _ message: String)
        async throws
    {
        try await OperatorLab.run { lab in
            let answer = await lab("sources add blog_door --workspace own --account a --json")
            let number = try #require(try answer.json["account"]?.int64)
            let text = "select flotilla.ingest(\(account.replacing("ACCOUNT", with: String(number))), \(readings))"
            do {
                _ = try await lab.pool.query(Statement(dynamic: text))
                Issue.record("it was taken")
            } catch { #expect("\(error)".contains(message), "\(error)") }
        }
    }

    @Test func `a file of lines is pushed whole or not at all`() async throws {
        try await OperatorLab.run { lab in
            let added = await lab("sources add blog_file --workspace own --account a --json")
            let account = try #require(try added.json["account"]?.int64)
            let good = #"{"account":\#(account),"readings":\#(Self.day)}"#
            try await OperatorLab.withFile(good + "\n" + #"{"account":\#(account),"readings":[]}"# + "\n") {
                (path) async throws in
                let answer = await lab("ingest \(path)")
                #expect(
                    answer.code == .usage && answer.error.contains("line 2: there are no readings"),
                    "\(answer.error)"
                )
            }
            try await OperatorLab.withFile(good + "\n" + good.replacing("\(account)", with: "999999")) {
                (path) async throws in
                let answer = await lab("ingest \(path)")
                #expect(answer.code == .refused && answer.error.contains("line 2"), "\(answer.error)")
            }
            #expect(try await lab.pool.query("select from flotilla.outbox").isEmpty)
            try await OperatorLab.withFile(good + "\n\n" + good) { (path) async throws in
                let answer = await lab("ingest \(path) --json")
                #expect(try answer.json["pushed"]?.int64 == 2)
            }
            #expect(try await lab.pool.query("select from flotilla.outbox").count == 2)
        }
    }

    @Test func `a source's name stands for one zone and lag in the whole fleet`() async throws {
        try await OperatorLab.run { lab in
            #expect(await lab("sources add blog_zone --workspace a --zone Europe/Berlin").code == .ok)
            #expect(await lab("sources add blog_zone --workspace b --zone Europe/Berlin --account x").code == .ok)
            let other = await lab("sources add blog_zone --workspace c --zone UTC")
            #expect(
                other.code == .failed && other.error.contains("another zone or lag needs another name"),
                "\(other.error)"
            )
            #expect(await lab("sources add instagram").code == .failed)
            #expect(await lab("sources add blog2 --zone Nowhere/Here").code == .usage)
            let list = await lab("sources list --json")
            let sources = try list.json.array
            #expect(sources?.count == 2)
        }
    }
}
