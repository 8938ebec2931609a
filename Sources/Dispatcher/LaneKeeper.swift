import Adapters
import FleetCore
import Runtime

/// Lets jobs go back to work that wait for workers of a newer version, while this process leads.
struct LaneKeeper: Service {
    let name = "lane"
    let store: WaitingStore
    let leadership: Leadership
    let logger: Logger

    private static let turn = Duration.seconds(5)
    private static let batch = 500
    private static let waiting = MetricsRegistry.standard.gauge(
        "flotilla_waiting_jobs",
        "Jobs whose messages are newer than what workers read; they wait for a newer worker."
    )
    private static let oldest = MetricsRegistry.standard.gauge(
        "flotilla_waiting_jobs_oldest_seconds",
        "Since when the first of them waits; 0 when there is none."
    )
    private static let released = MetricsRegistry.standard.counter(
        "flotilla_waiting_jobs_released_total",
        "Jobs that went back to work because a worker reads their version now."
    )

    @concurrent
    func run() async {
        while !Task.isCancelled {
            if leadership.epoch != nil {
                do {
                    let count = try await store.release(most: Self.batch)
                    if count > 0 { logger.info("waiting jobs released", ["count": .int(count)]) }
                    Self.released.increment(by: count)
                    let (jobs, seconds) = try await store.measure()
                    Self.waiting.set(Double(jobs))
                    Self.oldest.set(seconds)
                    if count == Self.batch { continue }
                } catch {
                    logger.warning("waiting jobs could not be released", ["error.message": .string("\(error)")])
                }
            }
            try? await Task.sleep(for: Self.turn)
        }
    }
}
