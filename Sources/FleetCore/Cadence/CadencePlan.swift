/// Decides what is to be collected of one account now, and when to look again. No I/O: the shell reads the row and the
/// facts, calls ``turn()``, and stores the new row together with the jobs, in one transaction.
public struct CadencePlan: Sendable {
    /// Older posts are asked for on demand only.
    public static let oldest = Duration.seconds(90 * 86_400)
    /// How often a missing day is asked for again.
    public static let gapAttempts = 3

    let rules: CadenceRules
    let grid: TickGrid
    let facts: CadenceFacts
    let now: Instant
    let today: CivilDate
    /// The posts that stay, and those that vanish after a day.
    let (lasting, stories): ([CadenceFacts.Post], [CadenceFacts.Post])
    public private(set) var state: CadenceState
    private(set) var orders: [CadenceOrder] = []

    public init(_ state: CadenceState, _ rules: CadenceRules, _ facts: CadenceFacts = CadenceFacts(), now: Instant) {
        self.state = state
        self.rules = rules
        self.facts = facts
        lasting = facts.posts.filter { $0.kind != .story }
        stories = facts.posts.filter { $0.kind == .story }
        self.now = now
        today = rules.zone.date(at: now)
        grid = TickGrid(zone: rules.zone, account: state.account)
    }

    /// What a turn came to.
    public struct Turn: Equatable, Sendable {
        public var state: CadenceState
        public var orders: [CadenceOrder]
        /// When to look again; nil when only news can make anything due.
        public var dueAt: Instant?
        /// Missing days that were asked for now.
        public var gaps: [CivilDate]
    }

    /// Everything that is due, in the order of the tasks.
    public consuming func turn() -> Turn {
        var gaps: [CivilDate] = []
        for task in CadenceTask.allCases {
            guard let due = due(task), due <= now else { continue }
            switch task {
            case .metrics: orderMetrics()
            case .stories: orderStories()
            case .discovery: orderDiscovery()
            case .posts: orderPosts()
            case .demographics: orderDemographics()
            case .gaps: gaps = orderGaps()
            case .history: orderHistory()
            }
        }
        let next = CadenceTask.allCases.compactMap { due($0) }.min()
        return Turn(state: state, orders: orders, dueAt: next, gaps: gaps)
    }

    /// When a task is due next; nil when the platform does not offer it or nothing is left of it.
    public func due(_ task: CadenceTask) -> Instant? {
        switch task {
        case .metrics: rules.collections.contains(.accountDaily) ? metricsDue : nil
        case .stories: rules.collections.contains(.stories) ? storiesDue : nil
        case .discovery: rules.collections.contains(.posts) ? discoveryDue : nil
        case .posts: rules.collections.contains(.postMetrics) ? postsDue : nil
        case .demographics: rules.collections.contains(.demographics) ? demographicsDue : nil
        case .gaps: rules.collections.contains(.accountDaily) ? gapsDue : nil
        case .history: rules.collections.contains(.accountDaily) ? historyDue : nil
        }
    }

    /// One sentence for people: what the task waits for.
    public func reason(_ task: CadenceTask) -> String {
        switch task {
        case .metrics: metricsReason
        case .stories: storiesReason
        case .discovery: discoveryReason
        case .posts: postsReason
        case .demographics: "once a week"
        case .gaps: gapsReason
        case .history: historyReason
        }
    }

    mutating func order(
        _ task: CadenceTask,
        _ collect: CollectionKind,
        _ date: CivilDate,
        days: Int = 1,
        posts: [Int64] = [],
        lane: Lane = .normal
    ) {
        orders.append(
            CadenceOrder(task: task, collect: collect, date: date, days: days, posts: posts, lane: lane)
        )
    }

    mutating func update(_ change: (inout CadenceState) -> Void) { change(&state) }
}
