import AMQP
import Adapters
import Configuration
import Crypto
import FleetCore
import HTTPClient
import Platforms
import Postgres
import Runtime

/// `flotilla-worker`: takes jobs, asks the platforms, publishes results.
@main
enum WorkerProgram {
    static let concurrency = Setting(
        "worker.concurrency",
        .integer(0...4096, unit: "jobs"),
        default: 0,
        help: "Jobs in hand per queue; 0 takes the prefetch of each lane from queues.yaml."
    )
    static let platforms = Setting(
        "worker.platforms",
        ValueKind<String>.choice(PlatformRegistry.all.map(\.name.rawValue)).list(),
        default: PlatformRegistry.all.map(\.name.rawValue),
        help: "Platforms to work for; all that this version knows when none is named."
    )
    static let lanes = Setting(
        "worker.lanes",
        ValueKind<String>.choice(Lane.allCases.map(\.rawValue)).list(),
        default: Lane.allCases.map(\.rawValue),
        help: "Lanes to work on."
    )
    static let origin = Setting(
        "worker.platform-origin",
        ValueKind<ServiceURL>.url(["http", "https"]).optional,
        default: nil,
        help: "Scheme, host and port that stand in for every platform: the simulator's."
    )
    static let requestDeadline = Setting(
        "worker.request-deadline",
        .duration(.milliseconds(100) ... .seconds(300)),
        default: .seconds(30),
        help: "Longest time of one request to a platform."
    )
    static let budgets = Setting(
        "worker.budgets",
        .choice(["on", "off"]),
        default: "on",
        help: "Whether the fleet's budgets hold requests back; off sends everything at once."
    )
    static let spillFolder = Setting(
        "worker.spill-folder",
        .path,
        help: "Folder on a disk that survives this machine's restart, where renewed credentials lie sealed until the "
            + "database has them; none keeps them in memory alone."
    ).optional
    static let attempts = Setting(
        "worker.attempts",
        .integer(1...100, unit: "attempts"),
        default: 6,
        help: "Attempts at a job before it is dead; waiting for a limit is none."
    )

    static let program = Program(
        "flotilla-worker",
        version: Flotilla.version,
        purpose: "Takes collection jobs, fetches from the platforms and publishes normalised results.",
        example: "flotilla-worker --amqp amqp://localhost/ --postgres postgresql://localhost/flotilla "
            + "--keyring-file keys --platform-origin http://127.0.0.1:8090",
        settings: FleetSettings.all
            + [
                CommonSettings.keyringFile, FleetSettings.fernetKeysFile, concurrency, platforms, lanes, origin,
                requestDeadline, budgets, attempts, spillFolder,
            ]
    )

    static func main() async {
        if CourierProgram.isCalled { await CourierProgram.run() }
        let process = FleetProcess(program)
        let settings = process.settings
        let topology = process.topology()
        let endpoint = process.endpoint()
        let vault = process.orExit { try process.vault() }
        let pool = Pool(
            address: process.database(role: "flotilla_worker"),
            size: 1,
            name: "flotilla-worker",
            logger: process.logger
        )
        let directory = AccountDirectory(pool: pool, logger: process.logger)
        let origin = settings[origin]?.reveal()
        process.orExit { try refuseSimulatedTime(isSimulated: ProcessClock.isSimulated, origin: origin) }
        var options = HTTPClientOptions(userAgent: "flotilla/\(Flotilla.version)")
        options.allowedOrigins = origin.map { [$0] } ?? []
        let queues = settings[platforms].flatMap { platform in
            settings[lanes].map { lane in
                ConsumerQueue(
                    name: topology.workQueue(platform: platform, lane: lane),
                    prefetch: prefetch(settings, topology, lane)
                )
            }
        }
        // A job has one request out at most: nobody waits for a connection behind another platform's slow answers.
        options.connectionsPerHost = queues.reduce(0) { $0 + Int($1.prefetch) }
        options.connectionsInTotal = options.connectionsPerHost
        let consumer = Consumer(endpoint: endpoint, queues: queues, role: "worker", logger: process.logger)
        let publisher = Publisher(endpoint: endpoint, role: "worker", logger: process.logger)
        process.show(publisher: publisher, consumer: consumer)
        let client = HTTPClient(options)
        let shield = RetirementShield(store: QuarantineStore(pool: pool), logger: process.logger)
        let governor = settings[budgets] == "on" ? governor(process, topology, directory) : nil
        let desks = PlatformDesk.all(origin: origin)
        let watch = VersionWatch(desks: desks, directory: directory, logger: process.logger)
        let courier = RefreshCourier(logger: process.logger)
        if let folder = settings[spillFolder], TokenRefresher.hasLeftovers(in: folder) { courier.storeLeftovers() }
        let intake = JobIntake(
            consumer: consumer,
            publisher: publisher,
            runner: JobRunner(
                directory: directory,
                tokens: AccountTokens(
                    directory: directory,
                    vault: vault,
                    refresh: { await courier.refresh($0, seen: $1) },
                    logger: process.logger
                ),
                caller: PlatformCaller(
                    client: client,
                    directory: directory,
                    governor: governor,
                    deadline: settings[requestDeadline]
                ),
                shield: shield,
                desks: desks,
                logger: process.logger
            ),
            directory: directory,
            messages: JobMessages(topology: topology),
            retries: RetryPolicy(attempts: settings[attempts]),
            executor: client.executor,
            logger: process.logger
        )
        await process.run(
            [
                courier, directory, shield, watch, intake,
                RunningService("consumer") { await consumer.run() },
                RunningService("publisher") { await publisher.run() },
            ] + (governor.map { [$0] } ?? []),
            checks: [
                FleetProcess.Check("broker") { problem(of: consumer) },
                FleetProcess.Check("publishing") { publisher.state == .open ? nil : "\(publisher.state)" },
            ]
        )
    }

    /// What holds requests back, over a connection of its own, so that looking accounts up never waits for it.
    private static func governor(
        _ process: FleetProcess,
        _ topology: Topology,
        _ directory: AccountDirectory
    ) -> BudgetGovernor {
        let store = BudgetStore(
            pool: Pool(
                address: process.database(role: "flotilla_worker"),
                size: 1,
                name: "flotilla-budgets",
                logger: process.logger
            )
        )
        let plan = BudgetPlan(
            defaults: Dictionary(uniqueKeysWithValues: PlatformRegistry.all.map { ($0.name, $0.limits) }),
            lease: ProcessClock.stretching(.seconds(15)),
            flight: ProcessClock.stretching(process.settings[requestDeadline])
        )
        let now = { @Sendable in directory.now }
        let exchange = BudgetExchange(
            store: store,
            plan: plan,
            base: topology.specification.budgets,
            logger: process.logger,
            now: now
        )
        let governor = BudgetGovernor(
            exchange: exchange,
            bills: BudgetBills(store: store),
            shortestDelay: topology.retryLevels.first?.delay ?? .seconds(5),
            now: now
        )
        BudgetMetrics.show(governor, now: now)
        return governor
    }

    /// Real platforms are never asked about a simulated world's days. Throws what the process ends with.
    static func refuseSimulatedTime(isSimulated: Bool, origin: String?) throws(SimulatedTimeRefused) {
        if isSimulated && origin == nil { throw SimulatedTimeRefused() }
    }

    private static func prefetch(_ settings: ResolvedSettings, _ topology: Topology, _ lane: String) -> UInt16 {
        let wanted = settings[concurrency]
        return UInt16(clamping: wanted > 0 ? wanted : topology.prefetch(lane: lane) ?? 16)
    }

    /// Why no jobs are taken, in one sentence; nil when all is well.
    private static func problem(of consumer: Consumer) -> String? {
        switch consumer.state {
        case .open: consumer.measurements.consuming > 0 ? nil : "no consumer is registered"
        case .blocked(let reason), .waiting(let reason): reason
        case .connecting: "connecting"
        case .stopped: "stopped"
        }
    }
}

/// A simulated clock without a simulated platform.
struct SimulatedTimeRefused: Error, CustomStringConvertible {
    var description: String {
        "FLOTILLA_CLOCK_FILE makes time simulated, but no platform is: set --platform-origin to the simulator's address, "
            + "or unset the variable"
    }
}
