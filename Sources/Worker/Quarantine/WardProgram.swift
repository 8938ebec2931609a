import Adapters
import Configuration
import FleetCore
import Glibc
import Platforms
import Runtime

/// The worker's program as the process that runs suspects: takes one after another over its socket, answers what is to be
/// done with each, and ends when the worker is gone. It has no connection to the broker, so that nothing is in its hands.
enum WardProgram {
    static let name = "quarantine"

    /// Whether this process was started as one.
    static var isCalled: Bool { CommandLine.arguments.first == name }

    static func run() async -> Never {
        let process = FleetProcess(WorkerProgram.program)
        Companion.settle(named: name)
        Companion.limitMemory(process.settings[WorkerProgram.quarantineMemory] << 20)
        let kit = WorkerKit(process, connections: 2)
        await withDiscardingTaskGroup { group in
            for service in kit.services { group.addTask { try? await service.run() } }
            await serve(kit)
            exit(0)
        }
        exit(0)
    }

    private static func serve(_ kit: WorkerKit) async {
        let orders = AsyncStream.makeStream(of: String.self)
        let reader = NamedThread("orders", stackSize: 512 << 10) {
            Companion.lines(of: Companion.descriptor) { orders.continuation.yield($0) }
            // The worker is gone, and the broker has given its jobs to others.
            exit(0)
        }
        for await line in orders.stream {
            guard let order = SuspectOrder(line: line) else { continue }
            Companion.reply(SuspectAnswer.line(await disposal(of: order, kit)))
        }
        reader.join()
    }

    private static func disposal(of order: SuspectOrder, _ kit: WorkerKit) async -> JobDisposal {
        do throws(Death) {
            let job = try JobContract().read(order.body, now: kit.directory.now)
            guard job.routingKey == order.key else {
                throw Death(.wrongQueue, "the job says \(job.routingKey) and came from \(order.key)")
            }
            return await kit.disposal(of: JobTaken(job: job, attempt: order.attempt, doubt: order.doubt))
                ?? .ladder(kit.messages.ladder[0], attempt: order.attempt, doubt: order.doubt)
        } catch {
            return .deadLetter(error)
        }
    }
}
