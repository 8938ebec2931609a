import AMQP
import Adapters
import Configuration
import Crypto
import FleetCore
import JSON
import Platforms
import Postgres
import Runtime
import Testing

@testable import Operator

@Suite(.enabled(if: OperatorLab.isAvailable)) struct OperatorSetupTests {
    @Test func `migrating twice changes nothing the second time`() async throws {
        try await OperatorLab.run(migrating: false) { lab in
            let first = await lab("migrate")
            #expect(first.code == .ok)
            #expect(first.output.contains("applied 1"))
            let second = await lab("migrate")
            #expect(second.output == "nothing to do\n")
            let metrics = try await lab.pool.query("select count(*) from flotilla.metric_catalogue").only().int8(0)
            #expect(metrics == Int64(MetricCatalogue.all.count))
        }
    }

    @Test func `a database without the schema says what to do`() async throws {
        try await OperatorLab.run(migrating: false) { lab in
            let answer = await lab("status")
            #expect(answer.code == .failed)
            #expect(answer.error.contains("run `flotilla migrate`"))
        }
    }

    @Test func `seeding again adds further accounts, each with the simulator's token`() async throws {
        try await OperatorLab.run { lab in
            let ring = OperatorLab.ring
            try await OperatorLab.withFile(ring) { path in
                let environment = ["FLOTILLA_KEYRING_FILE": path]
                let first = await lab(
                    "accounts seed --count 7000 --platform instagram --json",
                    environment: environment
                )
                try #expect(first.json["accounts"]?.int64 == 7000)
                let second = await lab("accounts seed --count 5 --platform instagram --json", environment: environment)
                try #expect(second.json["first_external_id"]?.string == SimulatedAccount(number: 7000).externalID)
                let row = try await lab.pool.query(
                    """
                    select a.id, c.sealed, a.id - min(a.id) over () from flotilla.accounts a
                    join flotilla.credentials c on c.account_id = a.id order by a.id desc limit 1
                    """
                ).only()
                let owner = AccountAccess.associatedData(account: try row.int8(0))
                let token = try Keyring(contentsOf: path).open(try row.bytes(1), associatedData: owner)
                #expect(token == Array(SimulatedAccount(number: 7004).token.utf8))
                #expect(try row.int8(2) == 7004)
            }
            let page = await lab("accounts list --limit 2 --after 7003 --ndjson")
            #expect(page.output.split(separator: "\n").count == 2)
        }
    }

    @Test func `seeding all platforms makes so many accounts on each, with ids that the simulator knows`() async throws
    {
        try await OperatorLab.run { lab in
            let made = await lab("accounts seed --count 3 --platform all --without-credentials --json")
            let platforms = try #require(try made.json["platforms"]?.array)
            #expect(platforms.count == PlatformRegistry.all.count)
            _ = await lab("accounts seed --count 2 --platform all --without-credentials --json")
            let rows = try await lab.pool.query("select platform, external_id from flotilla.accounts order by id")
            #expect(rows.count == 5 * PlatformRegistry.all.count)
            for row in rows {
                let platform = try #require(PlatformName(rawValue: try row.text(0)))
                let account = SimulatedAccount(platform, externalID: try row.text(1))
                #expect((0..<5).contains(account?.number ?? -1))
            }
            let wrong = await lab("accounts seed --count 1 --platform x --external-id 17841400000000")
            #expect(wrong.code == .usage && wrong.error.contains("1730000000"))
        }
    }

    @Test func `an account added twice keeps its number and gets the new token`() async throws {
        try await OperatorLab.run { lab in
            try await OperatorLab.withFile(OperatorLab.ring) { ring in
                try await OperatorLab.withFile("secret-token\n") { token in
                    let line = "accounts add --platform instagram --external-id 17841 --token-file \(token) --json"
                    let environment = ["FLOTILLA_KEYRING_FILE": ring]
                    let first = await lab(line, environment: environment)
                    let second = await lab(line, environment: environment)
                    try #expect(first.json["added"]?.bool == true)
                    try #expect(second.json["added"]?.bool == false)
                    try #expect(first.json["account"] == second.json["account"])
                    #expect(!(first.output + first.error + second.output + second.error).contains("secret-token"))
                }
            }
        }
    }
}

@Suite(.enabled(if: OperatorLab.isAvailable)) struct OperatorJobTests {
    @Test func `an unknown command suggests the nearest`() async {
        let answer = await OperatorLab.command("job enqueue")
        #expect(answer.code == .usage)
        #expect(answer.error.contains("jobs"))
    }

    @Test(arguments: OperatorProgram.table.names)
    func `every command has a help page with an example`(name: String) async {
        let answer = await OperatorLab.command("\(name) --help")
        #expect(answer.code == .ok)
        #expect(answer.output.contains("flotilla \(name)"))
    }

    @Test(arguments: [
        "anomalies --account 999", "anomalies --workspace nobody", "export rollups --account 999",
        "export values --workspace nobody", "metrics show --account 999", "posts compare --account 999",
        "reconcile --account 999", "metrics growth --account 999",
    ])
    func `who mistypes an account or workspace is told so, not that there is nothing`(line: String) async throws {
        try await OperatorLab.run { lab in
            let answer = await lab(line)
            #expect(answer.code == .notFound, "\(answer.error)")
            #expect(answer.error.contains("there is no"))
        }
    }

    @Test func `a job of no account, of another platform or for a wrong day is refused`() async throws {
        try await OperatorLab.run { lab in
            _ = await lab("accounts seed --count 1 --platform instagram --without-credentials")
            let unknown = await lab("jobs enqueue --platform instagram --account 99")
            #expect(unknown.code == .refused)
            #expect(unknown.error.contains("there is no account 99"))
            let other = await lab("jobs enqueue --platform youtube --account 1")
            #expect(other.code == .refused)
            #expect(other.error.contains("account 1 is on instagram"))
            let old = await lab("jobs enqueue --platform instagram --account 1 --date 2016-01-01")
            #expect(old.code == .refused)
            #expect(old.error.contains("date_too_old"))
            let metric = await lab("jobs enqueue --platform instagram --account 1 --metrics vews")
            #expect(metric.code == .usage)
            #expect(metric.error.contains("did you mean `views`"))
        }
    }

    @Test func `every wrong line of a file is named, and nothing is published`() async throws {
        let lines = """
            {"account":1}
            {"account":2,"metrics":["nothing"]}

            {"account":3,"platform":"myspace"}
            not json
            {"account":4,"id":"01a1fe12-82e6-7000-8000-000000000001"}
            {"account":5,"id":"01a1fe12-82e6-7000-8000-000000000001"}
            """
        try await OperatorLab.withFile(lines) { path in
            let answer = await OperatorLab.command("jobs enqueue --platform instagram --file \(path)")
            #expect(answer.code == .usage)
            for fault in ["2: unknown_metric", "4: unknown_platform", "5: malformed_json", "7: duplicate id"] {
                #expect(answer.error.contains("\(path):\(fault)"), "\(answer.error)")
            }
            #expect(answer.error.contains("4 lines"))
        }
    }

    @Test func `an unknown job is not found, and one of an open run is said to be on its way`() async throws {
        try await OperatorLab.run { lab in
            let unknown = await lab("jobs show 019aa5c6-3b7e-7c1a-9d2e-4f60718293a4")
            #expect(unknown.code == .notFound)
            _ = await lab("accounts seed --count 2 --platform instagram --without-credentials")
            let started = await lab("runs start --platform instagram --from 2026-11-17 --to 2026-11-18 --json")
            let run = try #require(FleetCore.UUID(try started.json["run"]?.string ?? ""))
            let job = FleetCore.UUID.ofJob(run: run, account: 1, step: 0)
            let answer = await lab("jobs show \(job)")
            #expect(answer.code == .notFound)
            #expect(answer.error.contains("run \(run), which is open (0 of 4 jobs ended)"))
        }
    }

    @Test func `a stored job is shown with its readings`() async throws {
        try await OperatorLab.run { lab in
            let results = try await lab.store(jobs: 1)
            let answer = await lab("jobs show \(results[0].job) --json")
            #expect(answer.code == .ok)
            try #expect(answer.json["state"]?.string == "done")
            try #expect(answer.json["readings"]?[0]?["values"]?["views"]?.int64 == 18_234)
            let metrics = await lab("metrics show --account \(results[0].account) --from 2026-11-17 --to 2026-11-18")
            #expect(metrics.output.contains("2026-11-18*"))
            #expect(metrics.output.contains("18,234"))
        }
    }

    @Test func `an unreachable broker leaves the outcome unknown and names the id`() async {
        let answer = await OperatorLab.command(
            "jobs enqueue --platform instagram --account 1 --timeout 300ms",
            environment: ["FLOTILLA_AMQP_URL": "amqp://127.0.0.1:1/"]
        )
        #expect(answer.code == .failed)
        #expect(answer.output.hasPrefix("unknown "))
        #expect(answer.error.contains("safe to try again with --id"))
    }

    @Test(.enabled(if: TopologyLab.isAvailable))
    func `a publication is accepted by a queue and refused where there is none`() async throws {
        try await TopologyLab.run { lab in
            let broker = try #require(ProcessEnvironment["FLOTILLA_TEST_AMQP"])
            let server = broker.split(separator: "/", omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
            let environment = ["FLOTILLA_AMQP_URL": "\(server)/\(lab.virtualHost)"]
            let accepted = await OperatorLab.command(
                "jobs enqueue --platform x --account 1 --lane bulk --json",
                environment: environment
            )
            #expect(accepted.code == .ok)
            try #expect(accepted.json["outcome"]?.string == "accepted")
            let refused = await OperatorLab.command(
                "jobs enqueue --platform x --account 1 --lane normal",
                environment: environment
            )
            #expect(refused.code == .refused)
            #expect(refused.error.contains("topology plan"))
            let lines = #"{"account":1}"# + "\n" + #"{"account":2,"lane":"normal"}"# + "\n"
            try await OperatorLab.withFile(lines) { path in
                let mixed = await OperatorLab.command(
                    "jobs enqueue --platform x --lane bulk --file \(path)",
                    environment: environment
                )
                #expect(mixed.code == .partial)
                #expect(mixed.output == "accepted 1, refused 1, unknown 0\n")
            }
        }
    }
}

@Suite(.enabled(if: OperatorLab.isAvailable)) struct OperatorRunTests {
    @Test func `a run is watched to its end, and its deaths are told`() async throws {
        try await OperatorLab.run { lab in
            _ = await lab("accounts seed --count 3 --platform instagram --without-credentials")
            let none = await lab("runs watch latest")
            #expect(none.code == .notFound)
            let started = await lab("runs start --platform instagram --from 2026-11-17 --json")
            try #expect(started.json["expected"]?.int64 == 3)
            let open = await lab("runs watch latest --timeout 1s --quiet")
            #expect(open.code == .failed)
            #expect(open.error.contains("still planning"))
            try await lab.pool.query("update flotilla.runs set state = 'finished', published = 3, stored = 3")
            let done = await lab("runs watch latest --json")
            #expect(done.code == .ok)
            try #expect(done.json["stored"]?.int64 == 3)
            try await lab.pool.query("update flotilla.runs set stored = 2, dead = 1")
            #expect(await lab("runs watch latest").code == .partial)
        }
    }

    @Test func `a run without accounts, or into the future, is refused`() async throws {
        try await OperatorLab.run { lab in
            #expect(await lab("runs start --platform instagram --from 2026-11-17").code == .refused)
            #expect(await lab("runs start --platform instagram --from 2096-11-17").code == .refused)
            #expect(await lab("runs start --platform instagram --from 2026-11-17 --to 2026-11-16").code == .usage)
        }
    }

    @Test func `schedules are checked, paused and removed`() async throws {
        try await OperatorLab.run { lab in
            // Words of the expression are joined by a space, which this caller's lines cannot hold.
            let cron = "0\u{9}2\u{9}*\u{9}*\u{9}*"
            let add = "schedules add nightly --cron \(cron) --platform instagram"
            #expect(await lab("\(add) --zone America/Nowhere").code == .usage)
            #expect(await lab("schedules add nightly --cron 61 --platform instagram").code == .usage)
            #expect(await lab("\(add) --zone America/Los_Angeles").code == .ok)
            #expect(await lab(add).code == .refused)
            #expect(await lab("schedules pause nightly").code == .usage)
            #expect(await lab("schedules pause nightly --reason maintenance").code == .ok)
            try #expect(await lab("schedules list --json").json[0]?["enabled"]?.bool == false)
            #expect(await lab("schedules resume nightly").code == .ok)
            #expect(await lab("schedules resume other").code == .notFound)
            #expect(await lab("schedules remove nightly").code == .refused)
            #expect(await lab("schedules remove nightly --yes").code == .ok)
            try #expect(await lab("schedules list --json").json.array == [])
        }
    }

    @Test func `dead letters are shown without control characters`() async throws {
        try await OperatorLab.run { lab in
            try await lab.pool.query(
                """
                insert into flotilla.dead_letters (job_id, platform, cause, detail, attempt, routing_key, headers, body,
                    identity)
                values ($1, 'instagram', 'auth_expired', E'\\x1b[31mred', 2, 'instagram.auth_expired', '{}', $2, 'one')
                """,
                [.uuid(OperatorLab.id(1).parameter), .bytes(Array("{\"a\":\"\u{1B}]0;title\u{7}\"}".utf8))]
            )
            for line in ["dead list", "dead show 1", "dead groups", "jobs show \(OperatorLab.id(1))"] {
                let answer = await lab(line)
                #expect(answer.code == .ok)
                #expect(!answer.output.contains("\u{1B}"))
                #expect(answer.output.contains("auth_expired"))
            }
            #expect(await lab("dead show 2").code == .notFound)
            #expect(await lab("dead groups").output.contains("Refresh or reconnect"))
        }
    }
}
