internal import CLinux

/// Gives memory back when the process has come to rest: once after its start, and after each time of work.
///
/// Most of a small process's resident memory is pages of libraries that only their linking has touched, and heap that a
/// burst has left behind. A process at rest costs nothing here but one look at its own clock per turn.
public final class IdleMemory: Service {
    public let name = "idle-memory"
    private let turn: Duration
    private let release: @Sendable () -> Void
    private let processorTime: @Sendable () -> Int64

    /// Less processor time than this per turn is rest.
    private static let rest: Int64 = 10_000_000

    public convenience init() {
        self.init(
            turn: .seconds(1),
            release: { IdleMemory.releaseNow() },
            processorTime: { ProcessClock.processorTime }
        )
    }

    /// Releases at once.
    package static func releaseNow() { clinux_release_unused_memory() }

    package init(
        turn: Duration,
        release: @escaping @Sendable () -> Void,
        processorTime: @escaping @Sendable () -> Int64
    ) {
        self.turn = turn
        self.release = release
        self.processorTime = processorTime
    }

    @concurrent
    public func run() async {
        var policy = Policy(processorTime: 0)
        while !Task.isCancelled {
            try? await Task.sleep(for: turn)
            if policy.isDue(processorTime: processorTime()) {
                release()
                policy.released(processorTime: processorTime())
            }
        }
    }

    /// Decides when to release. Pure.
    package struct Policy: Sendable {
        private var last: Int64
        private var hasWorked = true

        package init(processorTime: Int64) { last = processorTime }

        /// True at the first rest after work; to be asked once per turn.
        package mutating func isDue(processorTime now: Int64) -> Bool {
            defer { last = now }
            if now - last >= IdleMemory.rest {
                hasWorked = true
                return false
            }
            return hasWorked
        }

        /// The release itself is no work.
        package mutating func released(processorTime now: Int64) {
            hasWorked = false
            last = now
        }
    }
}
