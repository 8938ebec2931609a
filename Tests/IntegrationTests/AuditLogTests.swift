import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Testing

/// The log of what operators did, in a real database.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct AuditLogTests {
    private static func fill(_ lab: OperatorLab, _ count: Int = 3) async throws {
        let log = AuditLog(pool: lab.pool)
        for number in 1...count {
            let id = try await log.note(
                "queue.pause",
                target: "queue \(number)",
                reason: "maintenance · €",
                details: ["until": "2026-12-01", "nested": [1, 2.5, nil, "ü\n"]],
                person: "ann@desk"
            )
            #expect(id == Int64(number))
        }
    }

    /// Runs statements as a superuser who has switched the triggers off.
    private static func tamper(_ lab: OperatorLab, _ statements: String) async throws {
        try await lab.pool.withConnection { connection in
            try await connection.execute(
                script: """
                    alter table flotilla.audit_log disable trigger user; \(statements);
                    alter table flotilla.audit_log enable trigger user
                    """
            )
        }
    }

    @Test func `entries are chained, and computing the chain again agrees`() async throws {
        try await OperatorLab.run { lab in
            try await Self.fill(lab)
            let chain = try await AuditLog(pool: lab.pool).verify()
            #expect(chain.count == 3 && chain.faults == [])
            let entries = try await AuditLog(pool: lab.pool).entries(action: "queue", limit: 2)
            #expect(entries.map(\.id) == [3, 2])
            #expect(entries[0].previous == entries[1].digest && entries[0].digest == chain.head)
            #expect(entries[0].person == "ann@desk" && entries[0].target == "queue 3")
            #expect(try await AuditLog(pool: lab.pool).entries(action: "que", limit: 9) == [])
        }
    }

    @Test func `nobody changes, deletes or empties the log`() async throws {
        try await OperatorLab.run { lab in
            try await Self.fill(lab)
            for statement in [
                "update flotilla.audit_log set reason = 'none'", "delete from flotilla.audit_log where id = 3",
                "truncate flotilla.audit_log", "update flotilla.audit_log set reason = 'none' where false",
            ] {
                try await lab.pool.withConnection { connection in
                    #expect(await connection.refusal(statement) == "42501")
                    #expect(await connection.refusal("set local role flotilla_operator; \(statement)") == "42501")
                }
            }
            #expect(try await AuditLog(pool: lab.pool).verify().faults == [])
        }
    }

    @Test func `what an insert says of number, time, login and digests is not believed`() async throws {
        try await OperatorLab.run { lab in
            try await Self.fill(lab, 1)
            try await lab.pool.query(
                """
                insert into flotilla.audit_log (id, at, login, person, action, target, reason, previous, digest)
                values (77, '2001-01-01', 'somebody', 'bob', 'queue.purge', 'queue 1', 'why not', 'a', 'b')
                """
            )
            let chain = try await AuditLog(pool: lab.pool).verify()
            #expect(chain.count == 2 && chain.faults == [])
            let entry = try #require(try await AuditLog(pool: lab.pool).entries(limit: 1).first)
            #expect(entry.id == 2 && entry.login != "somebody" && entry.at > Instant(seconds: 1_700_000_000))
        }
    }

    @Test func `an entry without a reason is refused, and leaves no gap`() async throws {
        try await OperatorLab.run { lab in
            try await Self.fill(lab, 1)
            await #expect(throws: PostgresError.self) {
                try await AuditLog(pool: lab.pool).note("queue.pause", target: "queue 1", reason: "  ")
            }
            try await Self.fill2(lab)
            #expect(try await AuditLog(pool: lab.pool).verify().faults == [])
        }
    }

    private static func fill2(_ lab: OperatorLab) async throws {
        #expect(try await AuditLog(pool: lab.pool).note("queue.resume", target: "queue 1", reason: "done") == 2)
    }

    @Test(arguments: [
        ("update flotilla.audit_log set reason = 'none' where id = 2", "entry 2 was changed"),
        ("delete from flotilla.audit_log where id = 2", "entry 2 is missing"),
        ("delete from flotilla.audit_log where id < 3", "entries 1 to 2 are missing"),
        (
            "update flotilla.audit_log set digest = sha256('x') where id = 2",
            "entry 3 does not follow the entry before it"
        ),
    ])
    func `what somebody with every right changed behind the log's back is found`(
        statement: String,
        fault: String
    ) async throws {
        try await OperatorLab.run { lab in
            try await Self.fill(lab)
            try await Self.tamper(lab, statement)
            #expect(try await AuditLog(pool: lab.pool).verify().faults.contains(fault))
            let answer = await lab("audit verify")
            #expect(answer.code == .failed && answer.output.contains(fault))
        }
    }

    @Test func `a log that was cut off is found by the head that was noted`() async throws {
        try await OperatorLab.run { lab in
            try await Self.fill(lab)
            let head = try #require(try await lab("audit verify --json").json["head"]?.string)
            #expect(await lab("audit verify --head \(head)").code == .ok)
            try await Self.tamper(lab, "delete from flotilla.audit_log where id = 3")
            #expect(await lab("audit verify").code == .ok)
            let answer = await lab("audit verify --head \(head)")
            #expect(answer.code == .failed && answer.output.contains("entry 3, which was noted, is gone"))
            #expect(await lab("audit verify --head three").code == .usage)
        }
    }

    @Test func `audit log lists, and audit alone still examines`() async throws {
        try await OperatorLab.run { lab in
            try await Self.fill(lab)
            let listed = await lab("audit log --target queue_2 --json")
            #expect(try listed.json.array?.count == 0)
            let all = try #require(try await lab("audit log --limit 2 --json").json.array)
            #expect(all.compactMap { $0["id"]?.int64 } == [3, 2])
            #expect(all[0]["details"]?["until"]?.string == "2026-12-01")
            #expect(try await lab("audit --json").json["lost"]?.int64 == 0)
            #expect(await lab("audit --help").output.contains("audit verify"))
        }
    }
}
