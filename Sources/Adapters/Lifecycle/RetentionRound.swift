public import FleetCore

/// Carries retention out, as the policy says at a moment: bounded steps, each of which may be the last.
public struct RetentionRound: Sendable {
    /// What happened.
    public enum Event: Sendable, Equatable {
        /// Partitions of a kind were entered to be dropped.
        case planned(RetentionClass, Int)
        /// A partition came to a state.
        case moved(part: String, state: String)
        /// Rows of a sweep were deleted.
        case deleted(RetentionPlan.Sweep, Int64)
        /// A step failed, and is tried again in the next round.
        case failed(what: String, reason: String)
    }

    private let store: RetentionStore

    /// Pages of a partition measured in one transaction: some tens of megabytes.
    private static let pages: Int64 = 8192
    /// Subjects whose rows are deleted in one transaction.
    private static let subjects: Int32 = 200

    public init(_ store: RetentionStore) {
        self.store = store
    }

    /// Goes on until there is nothing to do, or `goesOn` says to stop.
    public func run(
        _ plan: RetentionPlan,
        now: Instant,
        goesOn: () -> Bool,
        note: (Event) -> Void
    ) async throws {
        for drop in plan.drops where goesOn() {
            let made = try await store.plan(drop)
            if made > 0 { note(.planned(drop.kind, made)) }
        }
        for sweep in plan.sweeps { try await carryOut(sweep, now: now, goesOn, note) }
        // A ledger's partition may wait for one of readings that goes in this very round.
        var moved = true
        while moved, goesOn() {
            moved = false
            for drop in try await store.openDrops() where goesOn() {
                moved = await carryOut(drop, goesOn, note) || moved
            }
        }
    }

    private func carryOut(
        _ sweep: RetentionPlan.Sweep,
        now: Instant,
        _ goesOn: () -> Bool,
        _ note: (Event) -> Void
    ) async throws {
        var deleted: Int64 = 0
        while goesOn(), let step = try await store.step(sweep, most: Self.subjects, now: now) {
            deleted += step.deleted
            if step.isFinished { break }
        }
        if deleted > 0 { note(.deleted(sweep, deleted)) }
    }

    /// Whether it came any further. A lock that was not to be had, or a server that went away, is no reason to leave the
    /// other partitions alone.
    private func carryOut(
        _ drop: RetentionStore.OpenDrop,
        _ goesOn: () -> Bool,
        _ note: (Event) -> Void
    ) async -> Bool {
        var known: String?
        do {
            while goesOn(), let state = try await store.advance(drop, pages: Self.pages) {
                if state != known { note(.moved(part: drop.part, state: state)) }
                known = state
                if state == "dropped" { break }
            }
        } catch {
            note(.failed(what: drop.part, reason: "\(error)"))
        }
        return known != nil
    }
}
