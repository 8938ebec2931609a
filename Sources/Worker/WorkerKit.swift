import Adapters
import Configuration
import FleetCore
import HTTPClient
import Platforms
import Postgres
import Runtime

/// Everything that running jobs takes, apart from where they come from: the same in a worker and in the process that runs
/// suspects for it.
struct WorkerKit: Sendable {
    let topology: Topology
    let messages: JobMessages
    let pool: Pool
    let directory: AccountDirectory
    let client: HTTPClient
    let governor: BudgetGovernor?
    let desks: [PlatformName: PlatformDesk]
    let runner: JobRunner
    let retries: RetryPolicy
    /// What must run besides.
    let services: [any Service]
    let courier: RefreshCourier

    /// - Parameter connections: the most requests out at once.
    init(_ process: FleetProcess, connections: Int) {
        let settings = process.settings
        topology = process.topology()
        messages = JobMessages(topology: topology)
        let vault = process.orExit { try process.vault() }
        pool = Pool(
            address: process.database(role: "flotilla_worker"),
            size: 1,
            name: "flotilla-worker",
            logger: process.logger
        )
        let directory = AccountDirectory(pool: pool, logger: process.logger)
        self.directory = directory
        let origin = settings[WorkerProgram.origin]?.reveal()
        process.orExit {
            try WorkerProgram.refuseSimulatedTime(isSimulated: ProcessClock.isSimulated, origin: origin)
        }
        var options = HTTPClientOptions(userAgent: "flotilla/\(Flotilla.version)")
        options.allowedOrigins = origin.map { [$0] } ?? []
        // A job has one request out at most: nobody waits for a connection behind another platform's slow answers.
        options.connectionsPerHost = connections
        options.connectionsInTotal = connections
        client = HTTPClient(options)
        let shield = RetirementShield(store: QuarantineStore(pool: pool), logger: process.logger)
        governor =
            settings[WorkerProgram.budgets] == "on" ? WorkerProgram.governor(process, topology, directory) : nil
        desks = PlatformDesk.all(origin: origin)
        let watch = VersionWatch(desks: desks, directory: directory, logger: process.logger)
        let courier = RefreshCourier(logger: process.logger)
        self.courier = courier
        runner = JobRunner(
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
                deadline: settings[WorkerProgram.requestDeadline]
            ),
            shield: shield,
            desks: desks,
            logger: process.logger
        )
        retries = RetryPolicy(attempts: settings[WorkerProgram.attempts])
        services = [courier, directory, shield, watch] + (governor.map { [$0] } ?? [])
    }

    /// Makes one attempt at a job and decides what is to be done with it. Nil when the task was cancelled.
    func disposal(of taken: JobTaken) async -> JobDisposal? {
        guard let outcome = try? await runner.run(taken.job, attempt: taken.attempt), !Task.isCancelled else {
            return nil
        }
        var generator = SystemRandomNumberGenerator()
        return retries.disposal(
            of: outcome,
            attempt: taken.attempt,
            doubt: taken.doubt,
            age: directory.now - taken.since,
            ladder: messages.ladder,
            using: &generator
        )
    }
}
