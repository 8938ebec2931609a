import Adapters
import FleetCore
import Runtime

/// Writes one line to the log for each run that ended: what was expected and what came of it, while this process leads.
struct RunReporter: Service {
    let name = "run-reports"
    let store: ScheduleStore
    let leadership: Leadership
    let logger: Logger

    private static let turn = Duration.seconds(2)
    private static let runs = MetricsRegistry.standard.counter(
        "flotilla_runs_ended_total",
        "Runs that ended: whole, partial (something that was asked for is missing), failed (jobs died) or cancelled.",
        labels: [
            MetricLabel("platform", PlatformName.allCases.map(\.rawValue)),
            MetricLabel("outcome", RunOutcome.allCases.map(\.rawValue)),
        ]
    )

    @concurrent
    func run() async {
        while !Task.isCancelled {
            if let epoch = leadership.epoch {
                do {
                    for run in try await store.ended(lease: Leadership.lease, epoch: epoch) { try await report(run) }
                } catch {
                    logger.warning("ended runs could not be reported", ["error.message": .string("\(error)")])
                }
            }
            try? await Task.sleep(for: Self.turn)
        }
    }

    private func report(_ run: StoredRun) async throws {
        let summary = try await store.summary(of: run)
        let outcome = RunOutcome(run)
        if let platform = PlatformName(rawValue: run.platform) {
            Self.runs[platform.rawValue, outcome.rawValue].increment(by: 1)
        }
        let milliseconds =
            run.startedAt.flatMap { start in
                run.finishedAt.map { ($0.microseconds - start.microseconds) / 1000 }
            } ?? 0
        let missing = summary.missing.map { "\($0.reason) \($0.jobs)" }.joined(separator: ", ")
        logger.notice(
            "run ended",
            [
                "run": .string(run.id.description), "schedule": .string(run.schedule ?? ""),
                "platform": .string(run.platform), "collect": .string(run.collect),
                "days": .string("\(run.firstDate)/\(run.lastDate)"), "outcome": .string(outcome.rawValue),
                "accounts": .int(Int(run.accounts)), "accounts_whole": .int(Int(summary.wholeAccounts)),
                "accounts_partial": .int(Int(summary.partialAccounts)),
                "accounts_failed": .int(Int(summary.failedAccounts)), "expected": .int(Int(run.expected)),
                "stored": .int(Int(run.stored)), "partial": .int(Int(run.partial)), "dead": .int(Int(run.dead)),
                "figures": .int(Int(run.figures)), "figures_missing": .int(Int(run.missing)),
                "missing": .string(missing), "reason": .string(run.endedReason),
                "duration_ms": .int(Int(milliseconds)),
            ]
        )
    }
}
