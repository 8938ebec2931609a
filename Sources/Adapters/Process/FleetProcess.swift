public import AMQP
public import Configuration
public import FleetCore
internal import Glibc
internal import HTTPServer
internal import Platforms
public import Postgres
public import Runtime

/// What every process of the fleet does around its own work: set up, serve the admin port, run, drain, exit.
public struct FleetProcess: Sendable {
    public let settings: ResolvedSettings
    public let logger: Logger
    public let metrics: MetricsRegistry
    private let name: String

    /// One thing that must work before the process is ready.
    public struct Check: Sendable {
        public var name: String
        public var problem: @Sendable () -> String?

        /// `problem` says in one sentence what is wrong, or nil.
        public init(_ name: String, problem: @escaping @Sendable () -> String?) {
            self.name = name
            self.problem = problem
        }
    }

    /// Reads the settings (or ends the process with every fault named) and sets the process up.
    public init(_ program: Program) {
        ProcessSetup.prepare(name: program.name)
        PlatformRegistry.introduceAll()
        name = program.name
        settings = program.settingsOrExit()
        LogPipeline.standard.configure(level: settings[CommonSettings.logLevel])
        logger = Logger(label: program.name)
        metrics = MetricsRegistry.standard
        metrics.declareProcess(version: Flotilla.version, commit: "")
        Self.showLibraries(metrics)
    }

    /// The broker's address with this process's manners.
    public func endpoint() -> Endpoint {
        orExit {
            var endpoint = try Endpoint(url: settings[CommonSettings.amqp].reveal())
            if let authorities = settings[CommonSettings.amqpCertificates] { endpoint.tls?.authorities = authorities }
            return endpoint
        }
    }

    /// The database's address, acting as the given role.
    public func database(role: String, session: [String: String] = [:]) -> PostgresAddress {
        orExit { try Self.database(settings, role: role, session: session) }
    }

    /// The same from any settings that hold the database's.
    public static func database(
        _ settings: ResolvedSettings,
        role: String?,
        session: [String: String] = [:]
    ) throws -> PostgresAddress {
        try database(at: settings[CommonSettings.postgres], settings, role: role, session: session)
    }

    /// The same at an address that the settings hold otherwise.
    public static func database(
        at url: ServiceURL,
        _ settings: ResolvedSettings,
        role: String?,
        session: [String: String] = [:]
    ) throws -> PostgresAddress {
        var address = try PostgresAddress(url: url.reveal())
        if let authorities = settings[CommonSettings.postgresCertificates] {
            address.keywords["sslrootcert"] = authorities
        }
        address.preparesStatements = settings[FleetSettings.postgresPrepare] == "on"
        address.settings = session
        switch settings[FleetSettings.postgresRole] {
        case "auto": address.settings["role"] = role
        case "none": break
        case let named: address.settings["role"] = named
        }
        return address
    }

    /// What opens and seals credentials.
    public func vault() throws -> CredentialVault {
        try CredentialVault(
            keyringFile: try settings.required(CommonSettings.keyringFile),
            fernetKeysFile: settings[FleetSettings.fernetKeysFile]
        )
    }

    /// The topology that `queues.yaml` describes.
    public func topology() -> Topology {
        orExit { Topology(try QueuesFile.load(settings[CommonSettings.topologyFile])) }
    }

    /// Runs the services beside the admin port until a signal, then exits with the right code.
    public func run(_ services: [any Service], checks: [Check]) async -> Never {
        let heartbeat = StuckLoopDetector()
        let group = ServiceGroup(
            services: [admin(checks, heartbeat), heartbeat, IdleMemory()] + services,
            drainDeadline: settings[CommonSettings.drainDeadline],
            logger: logger
        )
        logger.info("starting", ["version": .string(Flotilla.version)])
        let ending = await group.run()
        exit(ending.exitCode)
    }

    private func admin(_ checks: [Check], _ heartbeat: StuckLoopDetector) -> AdminService {
        let listen = settings[CommonSettings.adminListen]
        var router = Router()
        AdminEndpoints(
            metrics: { [metrics] in String(decoding: metrics.text(), as: UTF8.self) },
            readiness: {
                checks.map { check in
                    let problem = check.problem()
                    return AdminEndpoints.Check(check.name, isReady: problem == nil, detail: problem ?? "")
                }
            },
            liveness: { [AdminEndpoints.Check("loop", isReady: heartbeat.isAlive())] }
        ).mount(on: &router)
        let served = router
        return orExit {
            AdminService(
                server: try HTTPServer(HTTPServerOptions(address: listen.host, port: listen.port), router: served),
                logger: logger
            )
        }
    }

    /// The value, or the end of the process with one clear line.
    public func orExit<Value>(_ work: () throws -> Value) -> Value {
        do {
            return try work()
        } catch {
            Terminal.writeError("\(name): \(Redaction.scrub("\(error)"))\n")
            exit(ExitCode.usage.rawValue)
        }
    }
}

/// Serves the admin port.
private struct AdminService: Service {
    let name = "admin"
    let server: HTTPServer
    let logger: Logger

    func run() async {
        logger.info("admin port open", ["port": .int(Int(server.port))])
        await server.run(drain: .seconds(1))
    }
}

/// A part that runs until cancelled and has nothing to drain.
public struct RunningService: Service {
    public let name: String
    private let body: @Sendable () async throws -> Void

    public init(_ name: String, _ body: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.body = body
    }

    public func run() async throws { try await body() }

    /// Holds a connection while there is no work, so that an idle process is ready, its first work waits for no login, and
    /// a missing database is noticed before work comes.
    public static func keepingConnected(_ pool: Pool) -> RunningService {
        RunningService("database") {
            while !Task.isCancelled {
                if pool.occupancy.connections == 0 { _ = try? await pool.query("select 1") }
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
