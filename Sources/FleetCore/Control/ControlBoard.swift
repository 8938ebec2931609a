/// The orders that a worker knows of, and what follows from them for queues and jobs.
///
/// Pure: the time is passed in. A board that was not renewed goes on saying what it said: a database that is away must
/// not set paused work free.
public struct ControlBoard: Sendable, Equatable {
    /// What to do with a job that was taken.
    public enum Verdict: Sendable, Equatable {
        case run
        /// It was cancelled; the reason.
        case cancelled(String)
        /// Its whole queue stands still: back behind the others.
        case queueStandsStill
        /// Set it aside until this order ends.
        case hold(FleetControl)
    }

    private var pauses: [FleetControl] = []
    private var cancelled: [UUID: String] = [:]

    public init() {}

    /// - Parameters:
    ///   - controls: all orders that hold.
    ///   - cancelled: jobs that are not to be run any more, and why.
    public init(_ controls: [FleetControl], cancelled: [UUID: String]) {
        pauses = controls.filter { $0.verb == .pause }
        self.cancelled = cancelled
    }

    /// Whether nothing is to be looked at, as nearly always.
    public var isEmpty: Bool { pauses.isEmpty && cancelled.isEmpty }

    /// Why a job is not to be run any more; nil when it may be.
    public func cancellation(of job: UUID) -> String? { cancelled.isEmpty ? nil : cancelled[job] }

    /// Jobs that are not to be run any more.
    public var cancelledJobs: Dictionary<UUID, String>.Keys { cancelled.keys }

    /// Whether a queue stands still.
    public func isPaused(platform: PlatformName, lane: Lane, at now: Instant) -> Bool {
        pauses.contains { $0.scope.covers(platform: platform, lane: lane) && $0.holds(at: now) }
    }

    /// Whether an order about workspaces holds, so that a job's must be known.
    public var asksForWorkspace: Bool { pauses.contains { $0.scope.workspace != nil } }

    /// What to do with a job.
    public func verdict(on job: Job, workspace: Int64?, at now: Instant) -> Verdict {
        if let reason = cancellation(of: job.id) { return .cancelled(reason) }
        if isPaused(platform: job.platform, lane: job.lane, at: now) { return .queueStandsStill }
        let order = pauses.first {
            !$0.scope.isOfQueues && $0.scope.covers(job, workspace: workspace) && $0.holds(at: now)
        }
        return order.map { .hold($0) } ?? .run
    }
}
