import Adapters
import Beacon
import Crypto
import FleetCore
import HTTPClient
import Platforms
import Postgres
import Runtime
import Testing

@testable import Worker

/// A database of its own, Beacon's server, and as many workers as a test wants.
struct WorkerLab {
    static let server = ProcessEnvironment["FLOTILLA_TEST_POSTGRES"]
    static let isRequired = ProcessEnvironment["FLOTILLA_TEST_REQUIRE"] == "1"
    /// Tests run when there is a database server; where one is required, they run and fail without it.
    static let isAvailable = server != nil || isRequired

    /// One worker's parts.
    struct Member {
        let directory: AccountDirectory
        let runner: JobRunner
        let shield: RetirementShield
        let desk: PlatformDesk
        let log: LogCapture
    }

    let beacon: BeaconServer
    /// Acts as the owner of the schema.
    let pool: Pool
    let workerPool: Pool

    /// Makes everything, lends it and takes it away again.
    static func run(_ body: (WorkerLab) async throws -> Void) async throws {
        let server = try #require(server, "FLOTILLA_TEST_POSTGRES is not set")
        let name = "worker_test_\(UInt32.random(in: 0 ... .max))"
        let logger = Logger(label: "worker-tests")
        let main = Pool(address: try PostgresAddress(url: server), size: 1, name: "worker-tests", logger: logger)
        try await main.query(Statement(dynamic: "create database \(name)"))
        var address = try PostgresAddress(url: server).with(database: name)
        try await FlotillaSchema.migrator.run(on: address)
        let pool = Pool(address: address, size: 1, name: "worker-tests", logger: logger)
        address.settings["role"] = "flotilla_worker"
        let lab = WorkerLab(
            beacon: try BeaconServer(),
            pool: pool,
            workerPool: Pool(address: address, size: 2, name: "worker-tests", logger: logger)
        )
        let result: Result<Void, any Error>
        do { result = .success(try await body(lab)) } catch { result = .failure(error) }
        await lab.beacon.stop()
        await lab.workerPool.close()
        await pool.close()
        try await main.query(Statement(dynamic: "drop database if exists \(name) with (force)"))
        await main.close()
        try result.get()
    }

    /// Keys that protect nothing.
    static func vault() throws -> CredentialVault {
        let keys = Array("test: MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=\n".utf8)
        return CredentialVault(keyring: try Keyring(parsing: keys, file: "keys"))
    }

    /// A worker with what it knows read anew.
    func member(
        refresh: @escaping @Sendable (Int64, Int64?) async -> RefreshOutcome = { _, _ in .notRenewable("test") }
    ) async throws -> Member {
        let log = LogCapture()
        let logger = Logger(label: "worker", pipeline: log.pipeline())
        let directory = AccountDirectory(pool: workerPool, logger: logger)
        var options = HTTPClientOptions(userAgent: "tests")
        options.allowedOrigins = [beacon.origin]
        let shield = RetirementShield(store: QuarantineStore(pool: workerPool), logger: logger)
        let desk = PlatformDesk(.beacon, PlatformSettings(origin: beacon.origin))
        let runner = JobRunner(
            directory: directory,
            tokens: AccountTokens(
                directory: directory,
                vault: try Self.vault(),
                refresh: refresh,
                logger: logger
            ),
            caller: PlatformCaller(
                client: HTTPClient(options),
                directory: directory,
                governor: nil,
                deadline: .seconds(10)
            ),
            shield: shield,
            desks: [.beacon: desk],
            logger: logger
        )
        await shield.refresh()
        return Member(directory: directory, runner: runner, shield: shield, desk: desk, log: log)
    }
}

extension WorkerLab.Member {
    /// One attempt at a job of account 1.
    func attempt(
        _ collect: CollectionKind = .accountDaily,
        posts: [Assignment.Post] = []
    ) async throws -> JobOutcome {
        var generator = SystemRandomNumberGenerator()
        let job = Job(
            id: .version7(milliseconds: ProcessClock.wallNow / 1000, using: &generator),
            platform: .beacon,
            account: 1,
            collect: collect,
            date: CivilDate("2026-11-20")!,
            reason: "test",
            enqueuedAt: Instant(microseconds: ProcessClock.wallNow)
        )
        let access = AccountAccess(
            account: 1,
            workspace: 1,
            platform: PlatformName.beacon.rawValue,
            externalID: "77",
            isActive: true,
            isSandbox: true
        )
        let attempt = Attempt(job: job, number: 1, access: access, token: "token", desk: desk)
        var course = Course(runner, attempt, Assignment(job, externalID: "77", posts: posts, now: job.enqueuedAt))
        do throws(Death) { return try await course.run() } catch { return .dead(error) }
    }

    /// The same, when it ends in a result.
    func result(_ collect: CollectionKind = .accountDaily, posts: [Assignment.Post] = []) async throws -> JobResult {
        let outcome = try await attempt(collect, posts: posts)
        guard case .finished(let result) = outcome else {
            Issue.record("\(outcome)")
            throw CancellationError()
        }
        return result
    }

    /// Log lines of level error.
    var alerts: [String] { log.lines.filter { $0.contains("\"level\":\"error\"") || $0.contains("\"ERROR\"") } }
}
