import Adapters
import FleetCore
import Platforms
import Runtime

/// Takes away what is too old, while this process leads.
struct RetentionKeeper: Service {
    let name = "retention"
    let store: RetentionStore
    let sources: SourceDirectory
    let leadership: Leadership
    let logger: Logger

    private static let turn = Duration.seconds(60)
    private static let deleted = MetricsRegistry.standard.counter(
        "flotilla_retention_rows_total",
        "Rows deleted because they were too old, without those of dropped partitions.",
        labels: [MetricLabel("class", RetentionClass.allCases.map(\.rawValue))]
    )
    private static let dropped = MetricsRegistry.standard.counter(
        "flotilla_retention_partitions_total",
        "Partitions dropped because they were too old."
    )

    @concurrent
    func run() async {
        while !Task.isCancelled {
            if leadership.epoch != nil {
                do { try await keep() } catch {
                    logger.warning("retention could not be kept", ["error.message": .string("\(error)")])
                }
                try? await Task.sleep(for: max(ProcessClock.waiting(Self.turn), .seconds(1)))
            } else {
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func keep() async throws {
        let now = Instant(microseconds: ProcessClock.wallNow)
        // What was pushed for a source grows old like the rest.
        try await sources.introduceAll()
        let plan = RetentionPlan(try await store.policy(), platforms: PlatformName.allKnown, now: now)
        try await RetentionRound(store).run(
            plan,
            now: now,
            goesOn: { leadership.epoch != nil && !Task.isCancelled },
            note: note
        )
    }

    private func note(_ event: RetentionRound.Event) {
        switch event {
        case .planned(let kind, let count):
            logger.info("partitions to be dropped", ["class": .string(kind.rawValue), "count": .int(count)])
        case .moved(let part, let state):
            if state == "dropped" { Self.dropped.increment(by: 1) }
            logger.info("partition on its way out", ["part": .string(part), "state": .string(state)])
        case .deleted(let sweep, let count):
            Self.deleted[sweep.kind.rawValue].increment(by: Int(count))
            logger.info(
                "old rows deleted",
                [
                    "class": .string(sweep.kind.rawValue), "platform": .string(sweep.platform?.rawValue ?? ""),
                    "count": .int(Int(count)),
                ]
            )
        case .failed(let what, let reason):
            logger.warning("retention step failed", ["part": .string(what), "error.message": .string(reason)])
        }
    }
}
