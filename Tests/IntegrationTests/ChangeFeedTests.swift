import AMQP
import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Testing

/// What is told of changed buckets, over a real broker and database.
@Suite(.enabled(if: FeedLab.isAvailable)) struct ChangeFeedTests {
    /// Stores a day of one account, and computes everything that follows.
    static func store(_ lab: FeedLab) async throws {
        try await lab.database.store(jobs: 1)
        try await RollupStore(pool: lab.pool).drain()
    }

    static func buckets(_ lab: FeedLab) async throws -> Int {
        Int(try await lab.count("rollups") + lab.count("workspace_rollups"))
    }

    static func id(_ message: JSONValue) -> String? { message["properties"]?["message_id"]?.string }

    @Test func `what was committed before anybody could tell is told once, with everything that belongs to an event`()
        async throws
    {
        try await FeedLab.run { lab in
            try await lab.subscribe("mine", to: "#")
            try await Self.store(lab)
            #expect(try await lab.count("changes_pending") > 0)
            let count = try await Self.buckets(lab)
            try await lab.telling {
                let messages = try await lab.take(count, from: "mine")
                #expect(Set(messages.compactMap(Self.id)).count == count)
                let day = try #require(
                    messages.first { message in
                        message["routing_key"]?.string?.hasSuffix(".instagram.day.account") == true
                            && message["payload"]?.string?.contains(#""2026-11-18""#) == true
                    }
                )
                let headers = try #require(day["properties"]?["headers"])
                #expect(headers["cloudEvents_specversion"]?.string == "1.0")
                #expect(headers["cloudEvents_id"]?.string == Self.id(day))
                #expect(headers["cloudEvents_type"]?.string == ChangeEvent.Kind.updated.rawValue)
                #expect(day["properties"]?["type"]?.string == ChangeEvent.Kind.updated.rawValue)
                #expect(day["properties"]?["content_type"]?.string == "application/json")
                #expect(headers["cloudEvents_sequence"]?.string == "0000000001")
                let data = try JSONValue(parsing: try #require(day["payload"]?.string))
                #expect(data["metrics"]?["views"]?["value"]?.int64 == 18_234 && data["grain"]?.string == "day")
                #expect(data["label"]?.string == "2026-11-18" && data["generation"]?.int64 == 1)
                let scopes = Set(
                    messages.compactMap { $0["routing_key"]?.string?.split(separator: ".").last.map(String.init) }
                )
                #expect(scopes.isSuperset(of: ["account", "workspace_accounts"]))
                try await lab.until("nothing waits") { try await lab.count("changes_pending") == 0 }
                #expect(try await lab.rest(of: "mine") == 0)
            }
        }
    }

    @Test func `a publisher that dies after telling leaves a claim that runs out, and the ids repeat`() async throws {
        try await FeedLab.run { lab in
            try await Self.store(lab)
            // The events are out; the publisher ends before it can forget the notes.
            let doomed = Task {
                var told: [String] = []
                let turn: ChangeStore.Turn? = try? await ChangeStore(pool: lab.pool, lease: .milliseconds(100)).turn {
                    events in
                    told += events.map(\.id)
                    withUnsafeCurrentTask { $0?.cancel() }
                    return true
                }
                return (told, turn)
            }
            let (first, turn) = await doomed.value
            #expect(turn == nil)
            #expect(!first.isEmpty)
            #expect(try await lab.count("changes_pending") > 0)
            var all: [String] = []
            try await lab.until("everything is told") {
                _ = try await ChangeStore(pool: lab.pool).turn { events in
                    all += events.map(\.id)
                    return true
                }
                return try await lab.count("changes_pending") == 0
            }
            #expect(first.allSatisfy(all.contains))
            #expect(Set(all).count == (try await Self.buckets(lab)))
        }
    }

    @Test func `what is not accepted stays, and is told again under the same ids`() async throws {
        try await FeedLab.run { lab in
            try await Self.store(lab)
            let store = ChangeStore(pool: lab.pool)
            var first: [String] = []
            let turn = try await store.turn { events in
                first += events.map(\.id)
                return false
            }
            #expect(!turn.isComplete && !first.isEmpty)
            #expect(try await lab.count("changes_pending") > 0)
            var all: [String] = []
            try await lab.until("everything is told") {
                _ = try await store.turn { events in
                    all += events.map(\.id)
                    return true
                }
                return try await lab.count("changes_pending") == 0
            }
            #expect(first.allSatisfy(all.contains))
            #expect(Set(all).count == all.count)
        }
    }

    @Test func `the same result again changes nothing, and several changes of a bucket are told as one`() async throws {
        try await FeedLab.run { lab in
            let results = try await lab.database.store(jobs: 1)
            try await RollupStore(pool: lab.pool).drain()
            let store = ChangeStore(pool: lab.pool)
            while try await store.turn({ _ in true }).events > 0 {}
            _ = try await ResultStore(pool: lab.pool).store(results, shard: 0)
            try await RollupStore(pool: lab.pool).drain()
            #expect(try await lab.count("changes_pending") == 0)
            for number in 1...3 {
                var restated = results[0]
                restated.job = OperatorLab.id(100 + number)
                restated.fetchedAt = restated.fetchedAt + .seconds(number)
                restated.readings = [
                    Reading(period: .day, start: .date(OperatorLab.day), metrics: [.views], values: [Int64(number)])
                ]
                _ = try await ResultStore(pool: lab.pool).store([restated], shard: 0)
                try await RollupStore(pool: lab.pool).drain()
            }
            var days: [ChangeEvent] = []
            while try await store.turn({ events in
                days += events.filter { $0.bucket.grain == .day && $0.bucket.scope == .account }
                return true
            }).events > 0 {}
            #expect(days.count == 1)
            #expect(days.first?.bucket.generation == 4 && days.first?.bucket.row[.views]?.value == 3)
        }
    }

    @Test func `a reader whose queue is full holds up the telling and nothing else`() async throws {
        try await FeedLab.run { lab in
            try await lab.subscribe("narrow", to: "#", limit: 1)
            try await Self.store(lab)
            let count = try await Self.buckets(lab)
            try await lab.telling {
                let first = try await lab.take(1, from: "narrow")
                #expect(first.count == 1)
                #expect(try await lab.count("changes_pending") > 0)
                #expect(
                    await lab.database("accounts seed --count 1 --platform instagram --without-credentials").code == .ok
                )
                var seen = Set(first.compactMap(Self.id))
                while seen.count < count { seen.formUnion(try await lab.take(1, from: "narrow").compactMap(Self.id)) }
                #expect(seen.count == count)
            }
        }
    }

    @Test func `changes that nobody takes are dropped after a while, counted, and can be told again`() async throws {
        try await FeedLab.run { lab in
            try await Self.store(lab)
            let store = ChangeStore(pool: lab.pool)
            let backlog = try await store.backlog()
            #expect(backlog.batches > 0 && backlog.oldest != nil)
            #expect(try await store.drop(olderThan: .seconds(3600)) == 0)
            #expect(try await store.drop(olderThan: .zero) == Int64(try await Self.buckets(lab)))
            let rest = try await store.backlog()
            #expect(rest.batches == 0 && rest.oldest == nil)
            try await lab.subscribe("mine", to: "*.*.day.account")
            let dry = try await lab("changes replay --since 1h --dry-run --json").json
            #expect(dry["events"]?.int64 == (try await lab.count("rollups")))
            let answer = await lab("changes replay --since 1h --grain day --json")
            #expect(answer.code == .ok, "\(answer.error)")
            let message = try await lab.take(1, from: "mine")[0]
            #expect(Self.id(message)?.hasSuffix("/1") == true)
            #expect(await lab("changes replay --since 1h --workspace nobody").code == .notFound)
        }
    }

    @Test func `a bucket that is gone is told of as removed`() async throws {
        try await FeedLab.run { lab in
            let results = try await lab.database.store(jobs: 1)
            _ = try await lab.pool.query("delete from flotilla.changes_pending")
            _ = try await lab.pool.query(
                """
                insert into flotilla.changes_pending (subjects, starts, levels, grains, generations)
                values (array[$1], array['2020-01-01 08:00Z'::timestamptz], '{0}', '{1}', '{9}')
                """,
                [.int8(results[0].account)]
            )
            var told: [ChangeEvent] = []
            _ = try await ChangeStore(pool: lab.pool).turn { events in
                told += events
                return true
            }
            #expect(told.map(\.kind) == [.removed] && told.first?.sequence == "0000000009")
            #expect(told.first?.bucket.end == Instant("2020-01-02T08:00:00Z"))
        }
    }

    @Test func `the stream is listed from a moment on, whole events by pattern`() async throws {
        try await FeedLab.run { lab in
            try await Self.store(lab)
            try await lab.telling {
                try await lab.until("everything is told") { try await lab.count("changes_pending") == 0 }
            }
            let answer = await lab(
                "changes tail --since 1h --route *.instagram.day.account --count 1 --for 30s --ndjson"
            )
            #expect(answer.code == .ok, "\(answer.error)")
            let event = try JSONValue(parsing: answer.output)
            #expect(event["type"]?.string == ChangeEvent.Kind.updated.rawValue)
            #expect(event["data"]?["scope"]?.string == "account" && event["data"]?["grain"]?.string == "day")
            let none = await lab("changes tail --since 1h --route nothing.# --for 1s")
            #expect(none.code == .ok && none.output.isEmpty)
        }
    }
}
