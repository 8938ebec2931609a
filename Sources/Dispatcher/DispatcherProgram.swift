import AMQP
import Adapters
import Configuration
import FleetCore
import Postgres
import Runtime

/// `flotilla-dispatcher`: turns due schedules into runs and runs into jobs, and relays the SQL door's outbox.
@main
enum DispatcherProgram {
    static let window = Setting(
        "dispatcher.window",
        .integer(1...20_000, unit: "jobs"),
        default: 2000,
        help: "Jobs published and not yet confirmed at once."
    )
    static let lease = Setting(
        "dispatcher.lease",
        .duration(.seconds(2) ... .seconds(60)),
        default: .seconds(8),
        help: "How long leadership holds without renewal; a spare takes over after it."
    )

    static let cadence = Setting(
        "dispatcher.cadence",
        .choice(["on", "off"]),
        default: "on",
        help: "Whether accounts' plans are kept; off leaves schedules, runs and the SQL door."
    )

    static let target = Setting(
        "dispatcher.work-target",
        .duration(.seconds(5) ... .seconds(86_400)),
        default: .seconds(120),
        help: "In how much time what waits is to be done: `flotilla_replicas_wanted` follows from it."
    )

    static let program = Program(
        "flotilla-dispatcher",
        version: Flotilla.version,
        purpose: "Leads by a lease: due schedules become runs, runs become jobs, the outbox is relayed.",
        example: "flotilla-dispatcher --amqp amqp://localhost/ --postgres postgresql://localhost/flotilla",
        settings: FleetSettings.all + [window, lease, cadence, target]
    )

    static func main() async {
        let process = FleetProcess(program)
        let settings = process.settings
        let logger = process.logger
        let address = process.database(role: "flotilla_dispatcher")
        // The lease, the schedules, a run of each lane, reports of runs, the outbox, the plans, what is reconciled, retention,
        // replays, the lane of waiting jobs, what the fleet is watched by, the orders of operators, and what the queues hold.
        let pool = Pool(address: address, size: 15, name: "flotilla-dispatcher", logger: logger)
        let store = ScheduleStore(pool: pool)
        let publisher = Publisher(
            endpoint: process.endpoint(),
            window: settings[window],
            role: "dispatcher",
            logger: logger
        )
        process.show(publisher: publisher)
        let topology = process.topology()
        let messages = JobMessages(topology: topology)
        let leadership = Leadership(store: store, time: settings[lease], logger: logger)
        let nudges = OutboxNudges(address: address, logger: logger)
        let keeper = CadenceKeeper(store: CadenceStore(pool: pool), leadership: leadership, logger: logger)
        let reconciler = Reconciler(store: ReconciliationStore(pool: pool), leadership: leadership, logger: logger)
        // Where plans are off, nothing is ordered but what somebody asked for.
        let plans: [any Service] = settings[cadence] == "on" ? [keeper, reconciler] : []
        let runs = Lane.allCases.map { lane in
            RunPublisher(
                lane: lane,
                store: store,
                publisher: publisher,
                messages: messages,
                leadership: leadership,
                logger: logger
            )
        }
        await process.run(
            plans + runs + [
                leadership,
                nudges,
                ScheduleKeeper(store: store, leadership: leadership, logger: logger),
                RunReporter(store: store, leadership: leadership, logger: logger),
                OutboxRelay(
                    store: OutboxStore(pool: pool),
                    publisher: publisher,
                    messages: messages,
                    leadership: leadership,
                    nudges: nudges,
                    logger: logger
                ),
                RetentionKeeper(
                    store: RetentionStore(pool: pool),
                    sources: SourceDirectory(pool: pool),
                    leadership: leadership,
                    logger: logger
                ),
                FleetWatch(pool: pool, leadership: leadership, logger: logger),
                ReplayKeeper(
                    runner: ReplayRunner(pool: pool, publisher: publisher, messages: messages, logger: logger),
                    leadership: leadership,
                    logger: logger
                ),
                ControlKeeper(store: WorkloadStore(pool: pool), leadership: leadership, logger: logger),
                WorkloadKeeper(
                    store: WorkloadStore(pool: pool),
                    budgets: BudgetStore(pool: pool),
                    topology: topology,
                    endpoint: process.endpoint(),
                    target: settings[target],
                    leadership: leadership,
                    logger: logger
                ),
                RefreshPlanner(store: RefreshPlanStore(pool: pool), leadership: leadership, logger: logger),
                LaneKeeper(store: WaitingStore(pool: pool), leadership: leadership, logger: logger),
                RunningService("publisher") { await publisher.run() },
            ],
            checks: [
                FleetProcess.Check("broker") { publisher.state == .open ? nil : "\(publisher.state)" },
                FleetProcess.Check("database") { leadership.isReachable ? nil : "the lease was not asked for yet" },
            ]
        )
    }
}
