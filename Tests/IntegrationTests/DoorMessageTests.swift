import AMQP
import Adapters
import FleetCore
import JSON
import Postgres
import Runtime
import Testing

/// The door for messages: orders and posts that are answered, and jobs that wait for newer workers.
@Suite(.enabled(if: FeedLab.isAvailable)) struct DoorMessageTests {
    /// An account, numbered 1, and a queue for answers.
    private static func filled(_ body: @escaping (FeedLab) async throws -> Void) async throws {
        try await FeedLab.run { lab in
            _ = try await lab.pool.query("insert into flotilla.workspaces (name) values ('acme')")
            _ = try await lab.pool.query(
                "insert into flotilla.accounts (id, workspace_id, platform, external_id) values (1, 1, 'x', 'a')"
            )
            _ = try await lab.pool.query("select setval('flotilla.subject_ids', 100)")
            try await lab.broker.api.put(["queues", lab.broker.virtualHost, "answers"], ["durable": true])
            try await body(lab)
        }
    }

    private static func order(_ number: Int, _ more: String = "", version: Int = 1) -> [UInt8] {
        let date = Instant(microseconds: ProcessClock.wallNow).utcDate - 1
        let text = #"""
            {"version":\#(version),"id":"\#(OperatorLab.id(number))","platform":"x","account":1,"collect":"account_daily",
            "date":"\#(date)","lane":"bulk","enqueued_at":"2026-11-21T09:00:00Z"\#(more)}
            """#
        return Array(text.utf8)
    }

    private static func message(
        _ lab: FeedLab,
        _ type: String,
        _ body: [UInt8],
        id: String,
        answered: Bool = true
    ) -> Outgoing {
        var properties = Properties(contentType: "application/json", type: type, messageID: id)
        properties.replyTo = answered ? "answers" : nil
        return Outgoing(
            exchange: lab.topology.ingestExchange,
            routingKey: "",
            message: Message(body: body, properties: properties)
        )
    }

    private static func answer(_ lab: FeedLab) async throws -> (id: String?, body: JSONValue) {
        let message = try await lab.broker.message(in: "answers", .take)
        let body = try JSONValue(parsing: try #require(message["payload"]?.string))
        return (message["properties"]?["correlation_id"]?.string, body)
    }

    @Test func `an order by message is answered with its verdict, and a refusal with the field's path`() async throws {
        try await Self.filled { lab in
            let key = #","idempotency_key":"k""#
            let cases: [(body: [UInt8], outcome: String, verdict: String?, path: String?)] = [
                (Self.order(1, key), "accepted", "new", nil), (Self.order(1, key), "accepted", "same", nil),
                (Self.order(2, key), "accepted", "same", nil),
                (Self.order(3, key + #","days":2"#), "accepted", "conflict", nil),
                (Self.order(4, #","metrics":["views","karma"]"#), "refused", nil, "/metrics/1"),
                (Self.order(5).filter { $0 != UInt8(ascii: "}") }, "refused", nil, "/enqueued_at"),
                (Self.order(6, #","reason":7"#), "refused", nil, "/reason"),
                (
                    Array(
                        String(decoding: Self.order(7), as: UTF8.self).replacing("\"account\":1", with: "\"account\":5")
                            .utf8
                    ),
                    "refused", nil, "/account"
                ),
                (Self.order(8, version: 9), "refused", nil, "/version"),
            ]
            try await lab.aggregating { publisher in
                for (number, (body, outcome, verdict, path)) in cases.enumerated() {
                    let message = Self.message(lab, "flotilla.job.v1", body, id: "m\(number)")
                    #expect(await publisher.publish(message) == .accepted)
                    let answer = try await Self.answer(lab)
                    #expect(answer.id == "m\(number)")
                    #expect(answer.body["outcome"]?.string == outcome, "\(answer.body)")
                    #expect(answer.body["verdict"]?.string == verdict, "\(answer.body)")
                    #expect(answer.body["path"]?.string == path, "\(answer.body)")
                    if verdict != nil { #expect(answer.body["id"]?.string == OperatorLab.id(1).description) }
                }
            }
            #expect(try await lab.count("outbox") == 1)
            #expect(try await lab.count("jobs") == 1)
            #expect(try await lab.count("dead_letters") == 0)
        }
    }

    @Test func `without a queue for answers a refused order is a dead letter, and a good one is simply ordered`()
        async throws
    {
        try await Self.filled { lab in
            let good = String(decoding: Self.order(1), as: UTF8.self)
            let bad = Array(good.replacing("\"bulk\"", with: "\"express\"").utf8)
            try await lab.aggregating { publisher in
                let messages = [bad, Self.order(2)].map {
                    Self.message(lab, "flotilla.job.v1", $0, id: "m", answered: false)
                }
                #expect(await publisher.publish(messages) == [.accepted, .accepted])
                try await lab.until("both are settled") {
                    let letters = try await lab.count("dead_letters")
                    return try await lab.count("outbox") == letters && letters == 1
                }
            }
            let letter = try await lab.pool.query("select cause, detail from flotilla.dead_letters").only()
            #expect(try letter.text(0) == "unknown_lane" && letter.text(1).hasPrefix("/lane: "))
        }
    }

    @Test func `posts are registered by one message, all or none`() async throws {
        try await Self.filled { lab in
            func body(_ account: Int) -> [UInt8] {
                let post = #"{"account":1,"external_id":"p","reference":"r"}"#
                return Array(#"{"version":1,"posts":[\#(post),{"account":\#(account),"external_id":"q"}]}"#.utf8)
            }
            try await lab.aggregating { publisher in
                let type = PostsContract.messageType
                #expect(await publisher.publish(Self.message(lab, type, body(5), id: "a")) == .accepted)
                let refused = try await Self.answer(lab).body
                #expect(refused["path"]?.string == "/posts/1/account", "\(refused)")
                #expect(try await lab.count("posts") == 0)
                #expect(await publisher.publish(Self.message(lab, type, body(1), id: "b")) == .accepted)
                let taken = try await Self.answer(lab).body
                #expect(taken["posts"]?.array?.compactMap { $0["verdict"]?.string } == ["new", "new"], "\(taken)")
            }
            #expect(try await lab.count("posts") == 2)
            #expect(try await lab.count("external_refs") == 1)
        }
    }

    /// Does to jobs what a worker does with messages that it cannot read.
    private static func refusing(_ lab: FeedLab, _ publisher: Publisher) throws -> [any Service] {
        let queue = lab.topology.workQueue(platform: "x", lane: "bulk")
        let consumer = Consumer(
            endpoint: try Endpoint(url: lab.amqp),
            queues: [ConsumerQueue(name: queue, prefetch: 10)],
            logger: lab.logger
        )
        let messages = JobMessages(topology: lab.topology)
        return [
            RunningService("work") { await consumer.run() },
            RunningService("worker") {
                for await batch in consumer.deliveries {
                    for delivery in batch {
                        do throws(Death) {
                            _ = try messages.read(delivery, now: Instant(microseconds: ProcessClock.wallNow))
                        } catch {
                            _ = await publisher.publish(messages.outgoing(.deadLetter(error), delivery))
                        }
                        consumer.acknowledge([delivery])
                    }
                }
            },
        ]
    }

    @Test
    func `a job of a newer version waits, is released when a worker reads it, and waits longer when it was not so`()
        async throws
    {
        try await Self.filled { lab in
            let store = WaitingStore(pool: lab.pool)
            let messages = JobMessages(topology: lab.topology)
            let job = messages.message(
                body: Self.order(1, #","later":{"deep":[1]}"#, version: 3),
                id: OperatorLab.id(1),
                routingKey: "x.bulk"
            )
            #expect(job.message.properties.type == "flotilla.job.v3")
            try await lab.aggregating { publisher in
                try await lab.with(try Self.refusing(lab, publisher)) {
                    #expect(await publisher.publish([job, job]) == [.accepted, .accepted])
                    let open = "waiting_jobs where released_at is null"
                    try await lab.until("it waits") { try await lab.count(open) == 1 }
                    #expect(try await lab.count("dead_letters") == 0)
                    #expect(try await AuditStore(pool: lab.pool).missing(of: [OperatorLab.id(1)]).isEmpty)
                    let shown = try await lab("jobs waiting --json").json[0]
                    #expect(shown?["version"]?.int64 == 3 && shown?["jobs"]?.int64 == 1)

                    try await store.announce(["x"])
                    #expect(try await store.release(most: 10) == 0, "no worker reads version 3")
                    _ = try await lab.pool.query("select flotilla.know_versions(array['y'], 3)")
                    #expect(try await store.release(most: 10) == 0, "no worker of the platform reads version 3")
                    _ = try await lab.pool.query("select flotilla.know_versions(array['x'], 3)")
                    #expect(try await store.release(most: 10) == 1)
                    #expect(try await store.release(most: 10) == 0)
                    _ = try await OutboxStore(pool: lab.pool).relay(limit: 10) { entries in
                        await publisher.publish(
                            entries.map { messages.message(body: $0.body, id: $0.job, routingKey: $0.routingKey) }
                        ).map { $0 == .accepted }
                    }
                    try await lab.until("it came back") { try await lab.count(open + " and returns = 1") == 1 }
                    #expect(try await store.release(most: 10) == 0, "it waits some seconds first")
                }
            }
            let body = try await lab.pool.query("select body from flotilla.waiting_jobs").only().text(0)
            #expect(Array(body.utf8) == job.message.body)
        }
    }
}
