/// How a worker reports itself: who it is, and what it did for each queue since it started.
public struct WorkerReport: Sendable, Equatable {
    /// What a worker did for one queue.
    public struct Queue: Sendable, Equatable {
        /// The routing key of the queue's jobs.
        public var key: String
        /// The most jobs in hand at once.
        public var prefetch: Int
        public var holding = 0
        public var taken = 0
        public var ended = 0
        /// The time that ended jobs took, in all.
        public var busy = Duration.zero
        public var requests = 0
        /// When a job was taken last, and when that one had been enqueued.
        public var takenAt: Instant?
        public var enqueuedAt: Instant?

        public init(key: String, prefetch: Int) {
            self.key = key
            self.prefetch = prefetch
        }
    }

    public enum State: String, Sendable, CaseIterable { case working, draining, ended }

    public var id: UUID
    public var host: String
    public var pid: Int
    public var version: String
    public var startedAt: Instant
    public var state = State.working
    public var handedBack = 0
    public var queues: [Queue]

    public init(id: UUID, host: String, pid: Int, version: String, startedAt: Instant, queues: [Queue]) {
        self.id = id
        self.host = host
        self.pid = pid
        self.version = version
        self.startedAt = startedAt
        self.queues = queues
    }

    public var inHand: Int { queues.reduce(0) { $0 + $1.holding } }
}
