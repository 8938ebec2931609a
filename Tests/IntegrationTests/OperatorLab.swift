import Adapters
import Configuration
import FleetCore
import Glibc
import JSON
import Postgres
import Runtime
import Synchronization
import Testing

@testable import Operator

/// A database of its own for each test, and the operator's command run inside this process.
struct OperatorLab {
    /// What a command said and how it ended.
    struct Answer {
        var code: ExitCode
        var output: String
        var error: String

        /// The one JSON document that was printed.
        var json: JSONValue { get throws { try JSONValue(parsing: output) } }
    }

    private final class Capture: Sendable {
        private let texts = Mutex<(output: String, error: String)>(("", ""))
        var all: (output: String, error: String) { texts.withLock { $0 } }

        func sink(_ channel: CommandOutput.Channel, _ text: String) {
            texts.withLock { if channel == .output { $0.output += text } else { $0.error += text } }
        }
    }

    static let server = ProcessEnvironment["FLOTILLA_TEST_POSTGRES"]
    static let isRequired = ProcessEnvironment["FLOTILLA_TEST_REQUIRE"] == "1"
    /// Tests run when there is a database server; where one is required, they run and fail without it.
    static let isAvailable = server != nil || isRequired

    let url: String
    let pool: Pool

    /// Makes the database with its schema, lends it and drops it.
    static func run(migrating: Bool = true, _ body: (OperatorLab) async throws -> Void) async throws {
        let server = try #require(server, "FLOTILLA_TEST_POSTGRES is not set")
        let name = "operator_test_\(UInt32.random(in: 0 ... .max))"
        let logger = Logger(label: "operator-tests")
        let main = Pool(address: try PostgresAddress(url: server), size: 1, name: "operator-tests", logger: logger)
        try await main.query(Statement(dynamic: "create database \(name)"))
        let lab = OperatorLab(
            url: server.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
                + "/\(name)",
            pool: Pool(
                address: try PostgresAddress(url: server).with(database: name),
                size: 1,
                name: "operator-tests",
                logger: logger
            )
        )
        let result: Result<Void, any Error>
        do {
            if migrating { #expect(await lab("migrate").code == .ok) }
            result = .success(try await body(lab))
        } catch {
            result = .failure(error)
        }
        await lab.pool.close()
        try await main.query(Statement(dynamic: "drop database if exists \(name) with (force)"))
        await main.close()
        try result.get()
    }

    /// Runs one command; words are separated by spaces.
    func callAsFunction(_ line: String, environment: [String: String] = [:]) async -> Answer {
        await Self.command(line, environment: environment.merging(["FLOTILLA_POSTGRES_URL": url]) { given, _ in given })
    }

    /// The same without a database.
    static func command(_ line: String, environment: [String: String] = [:]) async -> Answer {
        let capture = Capture()
        let inputs = ProcessInputs(arguments: line.split(separator: " ").map(String.init), environment: environment)
        let code = await OperatorProgram.table.run(inputs) { capture.sink($0, $1) }
        let (output, error) = capture.all
        return Answer(code: code, output: output, error: error)
    }

    /// A file that is gone after `body`.
    static func withFile<Value>(_ text: String, _ body: (String) async throws -> Value) async throws -> Value {
        let path = "/tmp/flotilla-test-\(UInt64.random(in: 0 ... .max))"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        try #require(descriptor >= 0)
        var bytes = Array(text.utf8)
        try #require(write(descriptor, &bytes, bytes.count) == bytes.count)
        close(descriptor)
        defer { unlink(path) }
        return try await body(path)
    }

    // MARK: Content

    /// A key ring that protects nothing.
    static let ring = "test: MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=\n"

    static let day = CivilDate("2026-11-18")!

    /// Stores the result of one job per account, as an aggregator does.
    @discardableResult
    func store(jobs count: Int, run: FleetCore.UUID? = nil) async throws -> [JobResult] {
        #expect(await self("accounts seed --count \(count) --platform instagram --without-credentials").code == .ok)
        let accounts = try await pool.query("select id, workspace_id from flotilla.accounts order by id")
        let fetched = PlatformName.instagram.dayZone.endOfDay(Self.day) + .seconds(3600)
        let results = try accounts.enumerated().map { index, row in
            JobResult(
                job: Self.id(index),
                run: run,
                platform: .instagram,
                account: try row.int8(0),
                workspace: try row.int8(1),
                collect: .accountDaily,
                attempt: 1,
                isPartial: false,
                enqueuedAt: fetched,
                fetchedAt: fetched,
                apiVersion: "v25.0",
                requests: 2,
                skipped: [],
                readings: [
                    Reading(period: .day, start: .date(Self.day), metrics: [.views, .reach], values: [18_234, 8_123]),
                    Reading(period: .instant, start: .moment(fetched), metrics: [.followers], values: [5321]),
                ]
            )
        }
        _ = try await ResultStore(pool: pool).store(results, shard: 0)
        return results
    }

    static func id(_ number: Int) -> FleetCore.UUID {
        FleetCore.UUID(high: 0x01A1_FE12_82E6_7000, low: 0x8000_0000_0000_0000 | UInt64(number))
    }

    /// The audit, after the rollups were computed as an aggregator does.
    func audit(_ more: String = "") async throws -> (code: ExitCode, json: JSONValue) {
        try await RollupStore(pool: pool).drain()
        let answer = await self("audit --json \(more)")
        return (answer.code, try answer.json)
    }
}
