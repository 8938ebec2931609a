/// What the doctor could find out. What it could not ask for is absent.
public struct FleetFacts: Sendable {
    public var database: Database?
    public var broker: Broker?
    /// Days until the version of a platform's interface that is called ends.
    public var versionDays: [(platform: String, days: Int)] = []
    /// What is used of budgets that all share.
    public var budgets: [Budget] = []
    /// The alerts whose rules hold right now in Prometheus, with their values; absent without Prometheus.
    public var firing: [Alert: String]?

    /// What the database tells.
    public struct Database: Sendable {
        public var hasLeader = false
        /// The oldest job or run that has not ended, by lane, in seconds.
        public var oldestJobs: [(lane: String, seconds: Double)] = []
        public var finishedLately = false
        public var waitingJobs: Int64 = 0
        /// Of the jobs that ended within an hour: how many took longer than their lane promises, and how many there were.
        public var late: Int64 = 0
        public var ended: Int64 = 0
        public var outboxRows: Int64 = 0
        public var outboxOldest = 0.0
        public var rollupLag = 0.0
        public var changesOldest = 0.0
        public var diedLately: Int64 = 0
        public var brokenTokens: [(platform: String, count: Int64)] = []

        public init() {}
    }

    /// What the broker's management tells.
    public struct Broker: Sendable {
        public struct Connection: Sendable {
            /// The first part of its name.
            public var role: String
            public var version: String
            public var isBlocked: Bool

            public init(role: String, version: String, isBlocked: Bool) {
                (self.role, self.version, self.isBlocked) = (role, version, isBlocked)
            }
        }
        public struct Node: Sendable {
            public var name: String
            public var alarms: [String]
            public var diskFree: Int64?
            public var diskLimit: Int64?

            public init(name: String, alarms: [String], diskFree: Int64?, diskLimit: Int64?) {
                (self.name, self.alarms, self.diskFree, self.diskLimit) = (name, alarms, diskFree, diskLimit)
            }
        }
        public struct Queue: Sendable {
            public var name: String
            public var messages: Int64
            public var consumers: Int64

            public init(name: String, messages: Int64, consumers: Int64) {
                (self.name, self.messages, self.consumers) = (name, messages, consumers)
            }
        }
        public var connections: [Connection] = []
        public var nodes: [Node] = []
        /// Queues that a process of the fleet reads.
        public var queues: [Queue] = []

        public init() {}
    }

    /// One budget.
    public struct Budget: Sendable {
        public var name: String
        public var used: Double
        /// Seconds until there is more.
        public var reset: Double

        public init(name: String, used: Double, reset: Double) {
            (self.name, self.used, self.reset) = (name, used, reset)
        }
    }

    public init() {}
}
