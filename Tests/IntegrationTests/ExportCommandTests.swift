import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Tables
import Testing

/// Stored figures as files.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct ExportCommandTests {
    /// Runs an export into a file and gives its bytes.
    static func export(_ lab: OperatorLab, _ line: String) async throws -> [UInt8] {
        try await OperatorLab.withFile("") { (path) async throws in
            let answer = await lab("export \(line) --output \(path)")
            #expect(answer.code == .ok, "\(answer.error)")
            return try readWhole(path)
        }
    }

    static func table(_ lab: OperatorLab, _ line: String) async throws -> [[String: String]] {
        var reader = try CSVReader(try await export(lab, line))
        let first = try reader.next()
        let titles = try #require(first).fields
        var rows: [[String: String]] = []
        while let record = try reader.next() {
            rows.append(Dictionary(uniqueKeysWithValues: zip(titles, record.fields)))
        }
        return rows
    }

    @Test func `values have their unit, state, fetch and exact number, one row per value`() async throws {
        try await OperatorLab.run { lab in
            let results = try await lab.store(jobs: 2)
            let rows = try await Self.table(lab, "values --account \(results[0].account)")
            #expect(rows.count == 3)
            let views = try #require(rows.first { $0["metric"] == "views" })
            #expect(views["value"] == "18234" && views["unit"] == "count" && views["kind"] == "delta")
            #expect(views["state"] == "provisional" && views["day"] == "2026-11-18" && views["period"] == "day")
            #expect(views["job"] == results[0].job.description && views["zone"] == "America/Los_Angeles")
            #expect(views["fetched_at"] == results[0].fetchedAt.description && views["as_of"]?.isEmpty == false)
            let followers = try #require(rows.first { $0["metric"] == "followers" })
            #expect(followers["state"] == "settled" && followers["period"] == "instant" && followers["end"] == "")
            #expect(try await Self.table(lab, "values").count == 6)
            #expect(try await Self.table(lab, "values --metric views").count == 2)
            #expect(try await Self.table(lab, "values --from 2026-11-19 --metric views").isEmpty)
        }
    }

    @Test func `observations keep every fetch, wide rows have a column per metric`() async throws {
        try await OperatorLab.run { lab in
            try await lab.store(jobs: 1)
            let rows = try await Self.table(lab, "observations --wide")
            #expect(rows.count == 2)
            let day = try #require(rows.first { $0["period"] == "day" })
            #expect(day["views"] == "18234" && day["reach"] == "8123" && day["followers"] == "")
            #expect(day["api_version"] == "v25.0" && day["attempt"] == "1")
            let chosen = try await Self.table(lab, "observations --wide --metric reach")
            #expect(chosen.map { $0["reach"] } == ["8123"] && chosen[0]["views"] == nil)
        }
    }

    @Test func `rollups have state, coverage, flags and every figure behind a value`() async throws {
        try await OperatorLab.run { lab in
            let results = try await lab.store(jobs: 1)
            try await RollupStore(pool: lab.pool).drain()
            let days = try await Self.table(lab, "rollups --grain day --account \(results[0].account)")
            let views = try #require(days.first { $0["metric"] == "views" })
            #expect(views["value"] == "18234" && views["coverage"] == "1" && views["expected"] == "1")
            #expect(views["label"] == "2026-11-18" && views["scope"] == "account" && views["generation"] == "1")
            #expect(views["start"] == "2026-11-18T08:00:00.000000Z" && views["end"] == "2026-11-19T08:00:00.000000Z")
            let weeks = try await Self.table(lab, "rollups --grain week")
            let reach = try #require(weeks.first { $0["metric"] == "reach" })
            #expect(reach["value"] == "" && reach["lower"] == "8123" && reach["upper"] == "8123")
            #expect(
                reach["flags"] == "undefined|bounded" && reach["coverage"] == "0.142857" && reach["label"] == "2026-W47"
            )
            let wide = try await Self.table(lab, "rollups --grain day --wide")
            #expect(wide.contains { $0["views"] == "18234" && $0["reach"] == "8123" })
            let parquet = try await Self.export(lab, "rollups --format parquet --wide")
            #expect(parquet.suffix(4).elementsEqual("PAR1".utf8))
        }
    }

    @Test func `an empty export is a whole file in every form`() async throws {
        try await OperatorLab.run { lab in
            for kind in ["rollups", "values", "observations", "posts"] {
                #expect(try await Self.table(lab, kind).isEmpty)
                #expect(try await Self.export(lab, "\(kind) --format ndjson").isEmpty)
                let parquet = try await Self.export(lab, "\(kind) --format parquet")
                #expect(parquet.starts(with: "PAR1".utf8) && parquet.suffix(4).elementsEqual("PAR1".utf8))
            }
            #expect(await lab("export values --workspace nobody --output /tmp/never").code == .notFound)
            #expect(await lab("export values --output /nowhere/at/all").code == .failed)
        }
    }

    @Test func `posts are exported with their state, and texts cannot run in a spreadsheet`() async throws {
        try await PostStorageTests.world { world in
            try await world.store(
                world.result(
                    1,
                    .posts,
                    listed: [
                        DiscoveredPost(
                            externalID: "=cmd|' /C calc'!A0",
                            publishedAt: PostStorageTests.start,
                            kind: .reel
                        )
                    ]
                )
            )
            let rows = try await Self.table(world.lab, "posts")
            #expect(rows.count == 1)
            #expect(
                rows[0]["post"] == "'=cmd|' /C calc'!A0" && rows[0]["kind"] == "reel" && rows[0]["state"] == "active"
            )
            let lines = String(decoding: try await Self.export(world.lab, "posts --format ndjson"), as: UTF8.self)
            #expect(try JSONValue(parsing: lines)["post"]?.string == "=cmd|' /C calc'!A0")
        }
    }

    @Test func `memory stays the same while rows stream, and the snapshot is one`() async throws {
        try await OperatorLab.run { lab in
            let results = try await lab.store(jobs: 1)
            _ = try await lab.pool.query(
                """
                insert into flotilla.observations (job_id, subject_id, workspace_id, period, start_at, fetched_at, attempt,
                    api_version, metrics, "values")
                select gen_random_uuid(), $1, $2, 6, now() - n * interval '1 minute', now(), 1, 'v1', array[1::smallint],
                    array[9223372036854775807 - n] from generate_series(1, 20000) n
                """,
                [.int8(results[0].account), .int8(results[0].workspace)]
            )
            let lines = String(
                decoding: try await Self.export(lab, "observations --format ndjson --metric followers"),
                as: UTF8.self
            )
            let values = try lines.split(separator: "\n").map { try JSONValue(parsing: String($0))["value"]?.int64 }
            #expect(values.count == 20_001)
            let largest = values.compactMap { $0 }.max() ?? 0
            #expect(largest == Int64.max - 1)
        }
    }
}
