import Adapters
import FleetCore
import Runtime

/// Reconciles every account by night, while this process leads: a few at a time, so that nothing else waits for it. A night
/// that was begun is ended by whoever leads then; one that was missed altogether is made up for by the next.
struct Reconciler: Service {
    let name = "reconciliation"
    let store: ReconciliationStore
    let leadership: Leadership
    let logger: Logger

    /// When the night's walk begins, in UTC: by then the platforms' days are over and read.
    private static let hour = Duration.seconds(11 * 3600)
    private static let turn = Duration.seconds(60)
    private static let pause = Duration.milliseconds(200)
    private static let page = 25
    private static let mismatches = MetricsRegistry.standard.counter(
        "flotilla_reconciliation_mismatches_total",
        "Figures that should agree and did not, as they were found by night."
    )
    private static let jobs = MetricsRegistry.standard.counter(
        "flotilla_reconciliation_jobs_total",
        "Jobs that were ordered because figures did not agree."
    )

    private var now: Instant { Instant(microseconds: ProcessClock.wallNow) }

    @concurrent
    func run() async {
        var done: CivilDate?
        while !Task.isCancelled {
            let night = (now - Self.hour).utcDate
            if let epoch = leadership.epoch, done != night {
                do {
                    if try await walk(night, epoch) {
                        try? await Task.sleep(for: Self.pause)
                        continue
                    }
                    done = night
                } catch {
                    logger.warning("figures could not be reconciled", ["error.message": .string("\(error)")])
                }
            }
            try? await Task.sleep(for: max(ProcessClock.waiting(Self.turn), .milliseconds(100)))
        }
    }

    /// Whether there is more to do this night.
    private func walk(_ night: CivilDate, _ epoch: Int64) async throws -> Bool {
        let summary = try await store.turn(
            night: night,
            now: now,
            limit: Self.page,
            lease: Leadership.lease,
            epoch: epoch
        )
        guard let summary else { return false }
        Self.mismatches.increment(by: summary.mismatches)
        Self.jobs.increment(by: summary.jobs)
        if summary.jobs > 0 {
            logger.info(
                "days ordered again, since figures do not agree",
                ["count": .int(summary.jobs), "mismatches": .int(summary.mismatches)]
            )
        }
        return true
    }
}
