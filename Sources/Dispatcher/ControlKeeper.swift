import Adapters
import Runtime

/// Lets jobs go on whose order has ended, while this process leads.
struct ControlKeeper: Service {
    let name = "controls"
    let store: WorkloadStore
    let leadership: Leadership
    let logger: Logger

    private static let turn = Duration.seconds(1)
    private static let released = MetricsRegistry.standard.counter(
        "flotilla_held_jobs_released_total",
        "Jobs that were set aside for an order and went on when it ended."
    )

    @concurrent
    func run() async {
        var tidied = Deadline(nanoseconds: 0)
        while !Task.isCancelled {
            if leadership.epoch != nil {
                do {
                    let count = try await store.releaseHeld()
                    Self.released.increment(by: count)
                    if count > 0 {
                        logger.info("jobs go on", ["count": .int(count)])
                        continue
                    }
                    if tidied.isPast() {
                        try await store.tidy()
                        tidied = Deadline(after: .seconds(3600))
                    }
                } catch {
                    logger.warning("orders could not be kept", ["error.message": .string("\(error)")])
                }
            }
            try? await Task.sleep(for: Self.turn)
        }
    }
}
