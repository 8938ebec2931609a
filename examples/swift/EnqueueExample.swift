import AMQP
import Adapters
import FleetCore
import Glibc
import Runtime

/// Orders one collection job by AMQP with the fleet's own client.
///
///     FLOTILLA_AMQP_URL=amqp://localhost/ EnqueueExample instagram 12 [LANE]
@main
enum EnqueueExample {
    static func main() async throws {
        LogPipeline.moveStandardToErrorOutput()
        let words = CommandLine.arguments
        guard words.count > 2, let platform = PlatformName(rawValue: words[1]), let account = Int64(words[2]),
            let url = ProcessEnvironment["FLOTILLA_AMQP_URL"]
        else {
            print("usage: FLOTILLA_AMQP_URL=amqp://localhost/ EnqueueExample PLATFORM ACCOUNT [LANE]")
            exit(2)
        }
        let now = Instant(microseconds: ProcessClock.wallNow)
        var generator = SystemRandomNumberGenerator()
        let job = Job(
            id: .version7(milliseconds: now.milliseconds, using: &generator),
            platform: platform,
            account: account,
            date: now.utcDate - 1,
            lane: words.count > 3 ? Lane(rawValue: words[3]) ?? .normal : .normal,
            reason: "example",
            enqueuedAt: now
        )
        let publisher = Publisher(
            endpoint: try Endpoint(url: url),
            role: "example",
            logger: Logger(label: "example")
        )
        let outcome = await withTaskGroup(of: Void.self) { group in
            group.addTask { await publisher.run() }
            let outcome = await publisher.publish(JobMessages(topology: Topology()).message(job))
            group.cancelAll()
            return outcome
        }
        switch outcome {
        case .accepted: print("accepted \(job.id)")
        case .returned, .refused: print("refused \(job.id)")
        case .unknown: print("unknown \(job.id)")
        }
        exit(outcome == .accepted ? 0 : 1)
    }
}
