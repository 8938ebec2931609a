/// What one queue holds, and how fast work of its kind has gone of late.
public struct QueueLoad: Sendable, Equatable {
    public var platform: PlatformName
    public var lane: Lane
    /// Jobs ready for delivery.
    public var ready: Int
    /// Jobs in workers' hands.
    public var inHand: Int
    /// How long the oldest has waited, as far as anyone can tell: a queue hands out its jobs in order, so what waits at
    /// its head is about as old as what was taken last.
    public var oldest: Duration
    /// The mean time of one job; nil while none has ended.
    public var meanRun: Duration?
    /// The mean number of requests of one job.
    public var requestsPerJob: Double

    public init(
        platform: PlatformName,
        lane: Lane,
        ready: Int = 0,
        inHand: Int = 0,
        oldest: Duration = .zero,
        meanRun: Duration? = nil,
        requestsPerJob: Double = 1
    ) {
        self.platform = platform
        self.lane = lane
        self.ready = ready
        self.inHand = inHand
        self.oldest = oldest
        self.meanRun = meanRun
        self.requestsPerJob = requestsPerJob
    }

    /// What a job is taken to last while none has ended.
    public static let guess = Duration.seconds(1)

    /// How long one worker that runs so many jobs at once would be busy with what is there.
    public func remaining(concurrency: Int) -> Duration {
        (meanRun ?? Self.guess) * Double(ready + inHand) / Double(max(1, concurrency))
    }
}

/// How many workers a lane could use: enough to be done in the time aimed at, and not one more than the platforms' budgets
/// feed, since further ones would only wait for the same budget.
public struct WorkerDemand: Sendable {
    /// In how much time what waits is to be done.
    public var target: Duration
    /// Requests per second that a platform's budgets allow the whole application; absent where nothing limits it.
    public var allowance: [PlatformName: Double]

    public init(target: Duration, allowance: [PlatformName: Double]) {
        self.target = target
        self.allowance = allowance
    }

    /// Workers for one lane, given the queues of all platforms in it and how many jobs of it a worker runs at once.
    public func workers(for loads: [QueueLoad], concurrency: Int) -> Int {
        let wanted = loads.reduce(0.0) { sum, load in
            let work = load.remaining(concurrency: concurrency) / target
            return sum + min(work, cap(load, concurrency: concurrency))
        }
        // What is left of a worker is a worker.
        return Int((wanted - 0.001).rounded(.up))
    }

    /// Beyond so many workers, more of them get no more requests through: the allowance, in jobs at once, over what one
    /// worker runs at once.
    private func cap(_ load: QueueLoad, concurrency: Int) -> Double {
        guard load.ready + load.inHand > 0 else { return 0 }
        guard let rate = allowance[load.platform] else { return .infinity }
        let seconds = (load.meanRun ?? QueueLoad.guess) / .seconds(1)
        let jobsAtOnce = rate / max(load.requestsPerJob, 0.01) * seconds
        return max(jobsAtOnce / Double(max(1, concurrency)), 0.002)
    }
}

extension BudgetRule {
    /// Calls per second that it allows in the long run; nil when it has no limit or counts something else.
    public var rate: Double? {
        guard unit == .calls, let limit else { return nil }
        let seconds: Double =
            switch window {
            case .sliding(let length), .aligned(let length): length / .seconds(1)
            case .day: 86_400
            case .month: 30 * 86_400
            }
        return seconds > 0 ? Double(limit) / seconds : nil
    }
}
