import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Testing

/// A platform's own files as history.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct ImportCommandTests {
    static let mapping = "--mapping Date=date,Views=views,Reach=reach"

    /// One Instagram account with the 18th of November stored: views 18234, reach 8123, fetched an hour after its end.
    static func world(_ body: (OperatorLab, Int64) async throws -> Void) async throws {
        try await OperatorLab.run { lab in
            let results = try await lab.store(jobs: 1)
            try await body(lab, results[0].account)
            let (code, report) = try await lab.audit()
            #expect(code == .ok, "\(report)")
        }
    }

    static func contents(_ lab: OperatorLab) async throws -> String {
        try await lab.pool.query(
            """
            select concat_ws('|',
                (select string_agg(o::text, ',' order by o::text) from flotilla.observations o),
                (select string_agg(c::text, ',' order by c::text) from flotilla.current_values c),
                (select string_agg(j.id::text || j.state, ',' order by j.id) from flotilla.jobs j))
            """
        ).only().text(0)
    }

    static let file = "Date,Views,Reach\n2026-11-16,100,\n2026-11-17,200,50\n2026-11-18,18234,9000\nTotal,300,50\n"

    static func verdicts(_ answer: OperatorLab.Answer) throws -> [String: Int64] {
        let members = try #require(try answer.json["verdicts"]?.object, "\(answer.error)")
        return Dictionary(uniqueKeysWithValues: members.map { ($0.key, $0.value.int64 ?? -1) })
    }

    @Test func `history fills gaps with its provenance, and the same file again changes nothing`() async throws {
        try await Self.world { lab, account in
            try await OperatorLab.withFile(Self.file) { (path) async throws in
                let line = "import csv \(path) --account \(account) \(Self.mapping) --json"
                let before = try await Self.contents(lab)
                let rehearsal = await lab(line + " --dry-run")
                #expect(rehearsal.code == .ok, "\(rehearsal.error)")
                #expect(try Self.verdicts(rehearsal) == ["added": 3, "equal": 1, "replaced": 0, "kept": 1])
                #expect(try await Self.contents(lab) == before)

                #expect(try Self.verdicts(await lab(line)) == ["added": 3, "equal": 1, "replaced": 0, "kept": 1])
                let after = try await Self.contents(lab)
                #expect(after != before)
                let again = await lab(line)
                #expect(try again.json["kind"]?.string == "repetition")
                #expect(try await Self.contents(lab) == after)
            }
            let rows = try await lab.pool.query(
                "select api_version, count(*) from flotilla.observations group by 1 order by 1"
            )
            #expect(try rows.map { try $0.text(0) } == ["import/pairs", "v25.0"])
            let job = try await lab.pool.query(
                """
                select j.collect, j.state::text, i.readings, i.is_stated, octet_length(i.sha256), i.finished_at is not null
                from flotilla.imports i join flotilla.observations o on o.api_version like 'import%'
                join flotilla.jobs j on j.id = o.job_id limit 1
                """
            ).only()
            #expect(try job.text(0) == "import" && job.text(1) == "done" && job.int4(2) == 5)
            #expect(try !job.bool(3) && job.int4(4) == 32 && job.bool(5))
        }
    }

    @Test func `a file that says its age replaces what is older, and never what is newer`() async throws {
        try await Self.world { lab, account in
            func reach() async throws -> Int64 {
                try await lab.pool.query(
                    """
                    select "values"[array_position(metrics, 13::smallint)] from flotilla.current_values
                    where subject_id = $1 and period = 1 and start_at = $2
                    """,
                    [
                        .int8(account),
                        .timestamp(PlatformName.instagram.dayZone.startOfDay(OperatorLab.day).microseconds),
                    ]
                ).only().int8(0)
            }
            try await OperatorLab.withFile(Self.file) { (path) async throws in
                let line = "import csv \(path) --account \(account) \(Self.mapping) --json --exported-at"
                #expect(try Self.verdicts(await lab(line + " 2026-11-18T20:00:00Z"))["kept"] == 1)
                #expect(try await reach() == 8123)
            }
            try await OperatorLab.withFile(Self.file + "\n") { (path) async throws in
                let line = "import csv \(path) --account \(account) \(Self.mapping) --json --exported-at"
                #expect(try Self.verdicts(await lab(line + " 2026-11-20T20:00:00Z"))["replaced"] == 1)
                #expect(try await reach() == 9000)
                #expect(await lab(line + " 2036-11-20T20:00:00Z").code == .usage)
            }
        }
    }

    @Test func `an import that was cut goes on where it was`() async throws {
        try await Self.world { lab, account in
            let days = (0..<1100).map { "\(OperatorLab.day - $0 - 1),\($0),1" }.joined(separator: "\n")
            try await OperatorLab.withFile("Date,Views,Reach\n" + days) { (path) async throws in
                let line = "import csv \(path) --account \(account) \(Self.mapping) --json"
                #expect(await lab(line).code == .ok)
                let whole = try await Self.contents(lab)
                // As after a crash behind the first part: the ledger knows it, the rest is not there.
                _ = try await lab.pool.query("update flotilla.imports set finished_at = null")
                let jobs = try await lab.pool.query(
                    "select id from flotilla.jobs where collect = 'import' order by id"
                ).map { try $0.uuid(0) }
                #expect(jobs.count == 3)
                let lost = Array(jobs.dropFirst())
                for table in ["observations where job_id", "jobs where id"] {
                    _ = try await lab.pool.query(
                        Statement(dynamic: "delete from flotilla.\(table) = any ($1)"),
                        [.uuidArray(lost)]
                    )
                }
                _ = try await lab.pool.query(
                    "delete from flotilla.current_values where source_jobs[1] = any ($1)",
                    [.uuidArray(lost)]
                )
                #expect(await lab(line).code == .ok)
                #expect(try await Self.contents(lab) == whole)
            }
        }
    }

    @Test func `rows that cannot be read are refused with their line, and the rest is taken`() async throws {
        try await Self.world { lab, account in
            let text =
                "Date,Views\n2026-11-10,99999999999999999999\n2026-13-01,1\n2026-11-11,9223372036854775807\n2026-11-12,-5\n"
            try await OperatorLab.withFile(text) { (path) async throws in
                let answer = await lab("import csv \(path) --account \(account) --mapping Date=date,Views=views --json")
                #expect(answer.code == .partial)
                let refused = try #require(try answer.json["refused"]?.array)
                #expect(refused.compactMap { $0["line"]?.int64 } == [2, 3])
                #expect(try Self.verdicts(answer)["added"] == 2)
            }
        }
    }

    @Test(arguments: [
        ("", "the file is empty"), ("Day,Views\n1,2\n", "the file has no column `Date`"),
        ("Date,Plays\n2026-11-10,2\n", "none of the mapping's columns"),
        ("Date,Views\n\"2026", "opened and not closed"),
        ("Da\u{0}te", "not a text file"),
    ])
    func `a file that cannot be used is refused whole`(_ text: String, _ reason: String) async throws {
        try await Self.world { lab, account in
            let before = try await Self.contents(lab)
            try await OperatorLab.withFile(text) { (path) async throws in
                let answer = await lab("import csv \(path) --account \(account) --mapping Date=date,Views=views")
                #expect(answer.code == .usage && answer.error.contains(reason), "\(answer.error)")
            }
            #expect(try await Self.contents(lab) == before)
        }
    }

    @Test func `a comparison reports differences and stores nothing`() async throws {
        try await Self.world { lab, account in
            let before = try await Self.contents(lab)
            try await OperatorLab.withFile(Self.file) { (path) async throws in
                let line = "import csv \(path) --account \(account) \(Self.mapping) --compare"
                let report = try await lab(line + " --json").json
                let conflict = try #require(report["conflicts"]?[0])
                #expect(conflict["line"]?.int64 == 4 && conflict["metric"]?.string == "reach")
                #expect(conflict["file"]?.int64 == 9000 && conflict["stored"]?.int64 == 8123)
                #expect(await lab(line).output.contains("file 9000, stored 8123"))
            }
            #expect(try await Self.contents(lab) == before)
            #expect(try await lab.pool.query("select from flotilla.imports").isEmpty)
        }
    }

    @Test func `posts are found by the platform's id, lifetime totals stand at the moment of the export`() async throws
    {
        try await Self.world { lab, account in
            let mapping = #"{"post":"Id","period":"lifetime","columns":{"Plays":"views"}}"#
            try await OperatorLab.withFile(mapping) { (mapping) async throws in
                try await OperatorLab.withFile("Id,Plays\nabc,7\nxyz,8\n") { (path) async throws in
                    let line =
                        "import csv \(path) --account \(account) --mapping \(mapping) --exported-at 2026-11-19T20:00:00Z"
                    #expect(await lab(line).code == .ok)
                }
            }
            let rows = try await lab.pool.query(
                """
                select p.external_id, c.period, c.start_at, c."values"[1] from flotilla.posts p
                join flotilla.current_values c on c.subject_id = p.id order by 1
                """
            )
            #expect(try rows.map { try $0.text(0) } == ["abc", "xyz"])
            #expect(try rows.map { try $0.int8(3) } == [7, 8])
            #expect(try rows[0].int2(1) == 5 && rows[0].timestamp(2) == Instant("2026-11-19T20:00:00Z")!.microseconds)
        }
    }
}
