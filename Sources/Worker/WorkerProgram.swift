import AMQP
import Adapters
import Configuration
import Crypto
import FleetCore
import Glibc
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
    static let quarantineMemory = Setting(
        "worker.quarantine-memory",
        .integer(64...65_536, unit: "MiB"),
        default: 512,
        help: "The most memory of the process that runs jobs which were in the hands of workers that died."
    )
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
                requestDeadline, budgets, attempts, spillFolder, quarantineMemory,
            ]
    )

    static func main() async {
        if CourierProgram.isCalled { await CourierProgram.run() }
        if WardProgram.isCalled { await WardProgram.run() }
        let process = FleetProcess(program)
        let settings = process.settings
        let queues = workQueues(settings, process.topology())
        let kit = WorkerKit(process, connections: queues.reduce(1) { $0 + $1.prefetch })
        if let folder = settings[spillFolder], TokenRefresher.hasLeftovers(in: folder) { kit.courier.storeLeftovers() }
        let endpoint = process.endpoint()
        let consumer = Consumer(
            endpoint: endpoint,
            queues: queues.map { ConsumerQueue(name: $0.name, prefetch: UInt16(clamping: $0.prefetch)) }
                // One at a time, apart from all others.
                + [ConsumerQueue(name: kit.topology.suspectsQueue, prefetch: 1)],
            role: "worker",
            logger: process.logger
        )
        let publisher = Publisher(endpoint: endpoint, role: "worker", logger: process.logger)
        process.show(publisher: publisher, consumer: consumer)
        let report = WorkerReport.starting(now: Instant(microseconds: ProcessClock.wallNow))
        let tally = WorkTally(report, queues: queues.map { ($0.name, $0.key, $0.prefetch) })
        let running = RunningJobs(executor: kit.client.executor)
        let store = ControlStore(pool: kit.pool)
        let controls = ControlWatch(
            store: store,
            directory: kit.directory,
            consumer: consumer,
            running: running,
            tally: tally,
            queues: queues.map { ($0.name, $0.platform, $0.lane) },
            logger: process.logger
        )
        let ward = Ward(host: report.host, logger: process.logger)
        let intake = JobIntake(
            consumer: consumer,
            publisher: publisher,
            kit: kit,
            running: running,
            controls: controls,
            store: store,
            ward: ward,
            tally: tally,
            grace: grace(settings),
            logger: process.logger
        )
        let announcer = VersionAnnouncer(
            store: WaitingStore(pool: kit.pool),
            platforms: settings[platforms],
            logger: process.logger
        )
        await process.run(
            kit.services + [
                controls, ward, intake, announcer,
                RunningService("consumer") {
                    await controls.firstOrders()
                    await consumer.run()
                },
                RunningService("publisher") { await publisher.run() },
            ],
            checks: [
                FleetProcess.Check("broker") { problem(of: consumer) },
                FleetProcess.Check("publishing") { publisher.state == .open ? nil : "\(publisher.state)" },
                FleetProcess.Check("deliveries") { tally.starvation },
                FleetProcess.Check("drain") { tally.report().state == .working ? nil : "no job is taken any more" },
            ]
        )
    }

    /// One queue that this worker reads.
    private struct WorkQueue {
        var name: String
        var platform: PlatformName
        var lane: Lane
        var prefetch: Int
        var key: String { "\(platform.rawValue).\(lane.rawValue)" }
    }

    private static func workQueues(_ settings: ResolvedSettings, _ topology: Topology) -> [WorkQueue] {
        settings[platforms].compactMap { PlatformName(rawValue: $0) }.flatMap { platform in
            settings[lanes].compactMap { Lane(rawValue: $0) }.map { lane in
                WorkQueue(
                    name: topology.workQueue(platform: platform, lane: lane),
                    platform: platform,
                    lane: lane,
                    prefetch: prefetch(settings, topology, lane.rawValue)
                )
            }
        }
    }

    /// How long work in hand may be finished after a request to end; what is left then is given back while there is time.
    static func grace(_ settings: ResolvedSettings) -> Duration {
        let deadline = settings[CommonSettings.drainDeadline]
        return deadline - min(.seconds(4), deadline / 3)
    }

    /// What holds requests back, over a connection of its own, so that looking accounts up never waits for it.
    static func governor(
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

    private static func prefetch(_ settings: ResolvedSettings, _ topology: Topology, _ lane: String) -> Int {
        let wanted = settings[concurrency]
        return wanted > 0 ? wanted : topology.prefetch(lane: lane) ?? 16
    }

    /// Why no jobs are taken, in one sentence; nil when all is well. Queues that stand still by wish are no problem.
    private static func problem(of consumer: Consumer) -> String? {
        switch consumer.state {
        case .open:
            let measurements = consumer.measurements
            return measurements.consuming > 0 || measurements.unwilling == 0 ? nil : "no consumer is registered"
        case .blocked(let reason), .waiting(let reason): return reason
        case .connecting: return "connecting"
        case .stopped: return "stopped"
        }
    }
}

extension WorkerReport {
    /// That of this process, which begins.
    static func starting(now: Instant) -> WorkerReport {
        var generator = SystemRandomNumberGenerator()
        return WorkerReport(
            id: .version7(milliseconds: ProcessClock.wallNow / 1000, using: &generator),
            host: ProcessStatistics.hostName,
            pid: Int(getpid()),
            version: Flotilla.version,
            startedAt: now,
            queues: []
        )
    }
}

/// A simulated clock without a simulated platform.
struct SimulatedTimeRefused: Error, CustomStringConvertible {
    var description: String {
        "FLOTILLA_CLOCK_FILE makes time simulated, but no platform is: set --platform-origin to the simulator's address, "
            + "or unset the variable"
    }
}
