import Adapters
import FleetCore
import Runtime
import Synchronization

/// The figures as last read. A process that does not lead shows none: an old figure beside a fresh one would be taken for it.
final class FleetGauges: Sendable {
    private let last = Mutex<FleetFigures?>(nil)
    private static let platforms = Set(PlatformName.allCases.map(\.rawValue))
    private static let causes = Set(DeadCause.allCases.map(\.rawValue))

    init(_ registry: MetricsRegistry = .standard) {
        registry.gauge("flotilla_outbox_rows", "Jobs of the SQL door that wait to be published.") { [self] in
            now { Double($0.outboxRows) }
        }
        registry.gauge("flotilla_outbox_oldest_seconds", "Age of the oldest of them; 0 when there is none.") { [self] in
            now { $0.outboxOldest.inSeconds }
        }
        registry.gauge(
            "flotilla_dirty_buckets",
            "Notes of changed readings and of changed parts of workspaces that wait to be computed."
        ) { [self] in now { Double($0.dirtyBuckets) } }
        registry.gauge(
            "flotilla_rollup_lag_seconds",
            "Age of the oldest change of readings that is not in the roll-ups yet."
        ) { [self] in now { $0.rollupLag.inSeconds } }
        registry.gauges("flotilla_dead_letters", "Dead letters in the ledger.", labels: ["platform", "cause"]) {
            [self] in
            (last.withLock { $0 }).map(Self.readings) ?? []
        }
    }

    /// Takes new figures.
    func show(_ figures: FleetFigures) { last.withLock { $0 = figures } }

    /// Shows none.
    func hide() { last.withLock { $0 = nil } }

    private func now(_ value: (FleetFigures) -> Double) -> Double? { last.withLock { $0 }.map(value) }

    /// Names from messages are never labels: what this version does not know counts as `other`.
    private static func readings(_ figures: FleetFigures) -> [MetricsRegistry.Reading] {
        var counts: [[String]: Int64] = [:]
        for group in figures.deadLetters {
            let labels = [
                platforms.contains(group.platform) ? group.platform : "other",
                causes.contains(group.cause) ? group.cause : "other",
            ]
            counts[labels, default: 0] += group.count
        }
        return counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { MetricsRegistry.Reading(Double($0.value), labels: $0.key) }
    }
}
