import Adapters
import Configuration
import FleetCore
import Glibc
import HTTPClient
import Platforms
import Postgres
import Runtime
import Synchronization

/// The worker's program as a companion: renews what it is told to over its socket, and ends when the worker is gone and
/// nothing is left to store.
enum CourierProgram {
    static let name = "token-courier"

    /// Whether this process was started as one.
    static var isCalled: Bool { CommandLine.arguments.first == name }

    static func run() async -> Never {
        let process = FleetProcess(WorkerProgram.program)
        Companion.settle(named: name)
        let settings = process.settings
        let origin = settings[WorkerProgram.origin]?.reveal()
        var options = HTTPClientOptions(userAgent: "flotilla/\(Flotilla.version)")
        options.allowedOrigins = origin.map { [$0] } ?? []
        let client = HTTPClient(options)
        let pool = Pool(
            address: process.database(role: "flotilla_refresher"),
            size: 2,
            name: "flotilla-token-courier",
            logger: process.logger
        )
        let refresher = TokenRefresher(
            pool: pool,
            vault: process.orExit { try process.vault() },
            exchanger: TokenExchanger(client: client, deadline: settings[WorkerProgram.requestDeadline]),
            settings: { _ in PlatformSettings(origin: origin) },
            spillFolder: settings[WorkerProgram.spillFolder],
            logger: process.logger
        )
        await serve(refresher, process.logger)
        await pool.close()
        exit(0)
    }

    /// The worker that asks.
    private final class Parent: Sendable {
        let isGone = Atomic(false)
    }

    /// Takes `<account> <seen or ->` and answers `<account> <seen> <outcome>`, many at once.
    private static func serve(_ refresher: TokenRefresher, _ logger: Logger) async {
        let parent = Parent()
        let wishes = AsyncStream.makeStream(of: String.self)
        let reader = NamedThread("courier-wishes", stackSize: 512 << 10) {
            Companion.lines(of: Companion.descriptor) { wishes.continuation.yield($0) }
            parent.isGone.store(true, ordering: .relaxed)
            wishes.continuation.finish()
        }
        await withDiscardingTaskGroup { group in
            group.addTask { _ = await refresher.sweep() }
            for await wish in wishes.stream {
                let words = wish.split(separator: " ").map(String.init)
                guard words.count == 2, let account = Int64(words[0]) else { continue }
                group.addTask {
                    let outcome = await refresher.refresh(account, seen: Int64(words[1]))
                    if parent.isGone.load(ordering: .relaxed) {
                        logger.notice("finished what a worker had begun", ["account": .int(account)])
                    }
                    Companion.reply("\(account) \(words[1]) \(outcome.line)")
                }
            }
        }
        reader.join()
    }
}
