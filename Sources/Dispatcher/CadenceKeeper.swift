import Adapters
import FleetCore
import Platforms
import Runtime

/// Looks at the accounts' plans that are due and turns them into jobs, platform by platform, so that a platform with very
/// many accounts does not keep the others waiting.
struct CadenceKeeper: Service {
    let name = "cadence"
    let store: CadenceStore
    let leadership: Leadership
    let logger: Logger

    /// Accounts looked at in one transaction.
    private static let page = 100
    /// Transactions per platform before the next has its turn.
    private static let pages = 10
    private static let turn = Duration.seconds(1)
    private static let jobs = MetricsRegistry.standard.counter(
        "flotilla_cadence_jobs_total",
        "Jobs that plans ordered, by task.",
        labels: [
            MetricLabel("platform", PlatformRegistry.all.map(\.name.rawValue)),
            MetricLabel("task", CadenceTask.allCases.map(\.rawValue)),
        ]
    )

    private var now: Instant { Instant(microseconds: ProcessClock.wallNow) }

    @concurrent
    func run() async {
        let all = PlatformRegistry.all.map { CadenceRules($0) }
        while !Task.isCancelled {
            let due = leadership.epoch == nil ? [] : await due(all.map(\.platform))
            for rules in all where due.contains(rules.platform) {
                guard let epoch = leadership.epoch else { break }
                // What is wrong with one platform's plans must not hold up the others.
                do { try await keep(rules, epoch) } catch { complain(error, rules.platform.rawValue) }
            }
            // In a simulated world that runs fast, plans fall due faster.
            try? await Task.sleep(for: max(ProcessClock.waiting(Self.turn), .milliseconds(100)))
        }
    }

    private func due(_ platforms: [PlatformName]) async -> Set<PlatformName> {
        do { return try await store.due(platforms, now: now) } catch {
            complain(error, "all")
            return []
        }
    }

    private func complain(_ error: any Error, _ platform: String) {
        logger.warning(
            "plans could not be looked at",
            ["platform": .string(platform), "error.message": .string("\(error)")]
        )
    }

    private func keep(_ rules: CadenceRules, _ epoch: Int64) async throws {
        for _ in 0..<Self.pages where !Task.isCancelled {
            let summary = try await store.turn(
                rules,
                now: now,
                limit: Self.page,
                lease: Leadership.lease,
                epoch: epoch
            )
            for (task, count) in summary.jobs {
                Self.jobs[rules.platform.rawValue, task.rawValue].increment(by: count)
            }
            if summary.accounts < Self.page { return }
        }
    }
}
