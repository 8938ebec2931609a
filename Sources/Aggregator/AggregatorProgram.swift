import AMQP
import Adapters
import Configuration
import FleetCore
import Postgres
import Runtime

/// `flotilla-aggregator`: takes results and dead letters into the store.
@main
enum AggregatorProgram {
    static let batch = Setting(
        "aggregator.batch",
        .integer(1...5000, unit: "results"),
        default: 500,
        help: "Most results in one transaction."
    )
    static let linger = Setting(
        "aggregator.linger",
        .duration(.zero ... .seconds(1)),
        default: .milliseconds(20),
        help: "Longest wait for more results under load; an idle aggregator does not wait."
    )
    static let shards = Setting(
        "aggregator.shards",
        ValueKind<Int>.integer(0...1023, unit: "").list(),
        default: [],
        help: "Result shards to serve; all when none is named. Spares wait for each shard by themselves."
    )

    static let rollupLinger = Setting(
        "aggregator.rollup-linger",
        .duration(.milliseconds(100) ... .seconds(60)),
        default: .seconds(5),
        help:
            "Longest wait before rollups are computed while results keep coming; a quarter of a second after the last one "
            + "otherwise."
    )

    static let changesKeep = Setting(
        "aggregator.changes-keep",
        .duration(.seconds(60) ... .seconds(30 * 86_400)),
        default: .seconds(86_400),
        help: "How long changes wait in the database for a broker that takes none; older ones are dropped."
    )

    static let program = Program(
        "flotilla-aggregator",
        version: Flotilla.version,
        purpose: "Stores results, computes rollups, and takes dead letters into the ledger.",
        example: "flotilla-aggregator --amqp amqp://localhost/ --postgres postgresql://localhost/flotilla",
        settings: FleetSettings.all + [batch, linger, shards, rollupLinger, changesKeep]
    )

    static func main() async {
        let process = FleetProcess(program)
        let topology = process.topology()
        let endpoint = process.endpoint()
        let settings = process.settings
        let address = process.database(role: "flotilla_aggregator", session: ResultStore.sessionSettings)
        let named = settings[shards]
        let served = named.isEmpty ? Array(0..<topology.specification.resultShards) : named
        let unknown = served.filter { !(0..<topology.specification.resultShards).contains($0) }
        process.orExit {
            guard unknown.isEmpty else {
                throw CommandFailure(.usage, "aggregator.shards: there is no shard \(unknown[0]) in queues.yaml")
            }
        }
        // One connection per shard, and one each for dead letters, rollups, pushed readings and changes.
        let pool = Pool(address: address, size: served.count + 4, name: "flotilla-aggregator", logger: process.logger)
        let intake = Consumer(
            endpoint: endpoint,
            queues: served.map {
                ConsumerQueue(
                    name: topology.resultQueue(shard: $0),
                    prefetch: UInt16(clamping: topology.specification.resultPrefetch)
                )
            } + [
                ConsumerQueue(name: topology.deadQueue, prefetch: 100),
                ConsumerQueue(
                    name: topology.ingestQueue,
                    prefetch: UInt16(clamping: topology.specification.ingestPrefetch)
                ),
            ],
            role: "aggregator",
            logger: process.logger
        )
        let bell = Bell()
        let publisher = Publisher(endpoint: endpoint, role: "aggregator", logger: process.logger)
        process.show(publisher: publisher, consumer: intake)
        AggregatorMetrics.declare()
        let sources = SourceDirectory(pool: pool)
        let writers = served.map { shard in
            ResultWriter(
                shard: shard,
                store: ResultStore(pool: pool),
                sources: sources,
                intake: intake,
                policy: LingerPolicy(
                    maximumBatch: settings[batch],
                    maximumLinger: settings[linger].wholeNanoseconds
                ),
                bell: bell,
                metrics: process.metrics,
                logger: process.logger
            )
        }
        let roller = Roller(
            store: RollupStore(pool: pool),
            bell: bell,
            pace: RollupPace(linger: settings[rollupLinger].wholeNanoseconds),
            logger: process.logger
        )
        let coroner = DeadLetterWriter(
            store: DeadLetterStore(pool: pool),
            lane: WaitingStore(pool: pool),
            intake: intake,
            publisher: publisher,
            messages: JobMessages(topology: topology),
            logger: process.logger
        )
        let ingest = IngestWriter(
            sources: sources,
            door: JobDoor(pool: pool),
            publisher: publisher,
            messages: JobMessages(topology: topology),
            intake: intake,
            logger: process.logger
        )
        let changes = ChangePublisher(
            store: ChangeStore(pool: pool),
            publisher: publisher,
            messages: ChangeMessages(topology: topology),
            keep: settings[changesKeep],
            logger: process.logger
        )
        let router = DeliveryRouter(
            intake: intake,
            resultQueues: Dictionary(
                uniqueKeysWithValues: zip(served.map(topology.resultQueue(shard:)), writers.map(\.inbox))
            ),
            dead: coroner.inbox,
            ingestQueue: topology.ingestQueue,
            ingest: ingest.inbox
        )
        let services: [any Service] =
            [
                RunningService("intake") { await intake.run() }, RunningService("publisher") { await publisher.run() },
                RunningService.keepingConnected(pool), router, coroner, roller, RollupPoll(bell: bell), ingest, changes,
            ] + writers
        await process.run(
            services,
            checks: [
                FleetProcess.Check("broker") { intake.problem },
                FleetProcess.Check("database") { pool.occupancy.connections > 0 ? nil : "no connection yet" },
            ]
        )
    }
}

extension Consumer {
    /// Why nothing is consumed, in one sentence; nil when all is well.
    var problem: String? {
        switch state {
        case .open: measurements.consuming > 0 ? nil : "no consumer is registered"
        case .blocked(let reason), .waiting(let reason): reason
        case .connecting: "connecting"
        case .stopped: "stopped"
        }
    }
}
