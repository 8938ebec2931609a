// Posts by age, their discovery, and stories before they vanish.

extension CadencePlan {
    private static let day = Duration.seconds(86_400)
    /// How long before a tick the posts are listed, so that a new one takes part in it.
    private static let discoveryLead = Duration.seconds(240)
    /// A story is looked at for the last time so long before it vanishes, at the latest.
    private static let lastLook = Duration.seconds(600)
    /// A look so long before the end, or later, is good enough as the last one.
    private static let lastLookWindow = Duration.seconds(1800)

    /// How often a post of an age is looked at; nil for older ones, which are asked for on demand.
    public static func rank(age: Duration) -> TickGrid.Rank? {
        switch age {
        case ..<day: .hourly
        case ..<(day * 7): .sixHourly
        case ..<(day * 30): .daily
        case ..<oldest: .weekly
        default: nil
        }
    }

    /// The rank that a post needs at a moment. A post that the platform did not know is asked for daily, until that is
    /// confirmed or proves wrong.
    private func rank(_ post: CadenceFacts.Post, at moment: Instant) -> TickGrid.Rank? {
        guard let rank = Self.rank(age: moment - post.publishedAt) else { return nil }
        return post.isMissing ? min(max(rank, .sixHourly), .daily) : rank
    }

    // MARK: Posts

    /// The first tick that the post takes part in, after it was last asked for or became known.
    ///
    /// - Parameter marks: the first tick of each rank after posts were last asked for.
    private func tick(_ post: CadenceFacts.Post, _ marks: [Instant], since until: Instant) -> Instant? {
        let marks = post.knownAt > until ? ticks(after: post.knownAt) : marks
        // Of two ranks the more frequent has the earlier tick, so the first that serves is the earliest.
        for (candidate, tick) in zip(TickGrid.Rank.allCases, marks) {
            if let needed = rank(post, at: tick), needed <= candidate { return tick }
        }
        return nil
    }

    private func ticks(after moment: Instant) -> [Instant] {
        TickGrid.Rank.allCases.map { grid.next($0, after: moment) }
    }

    var postsDue: Instant? {
        guard let until = state.postsUntil else {
            // The posts of a new account are read as soon as they are known.
            return lasting.contains { rank($0, at: now) != nil } ? state.plannedAt : nil
        }
        let marks = ticks(after: until)
        return lasting.compactMap { tick($0, marks, since: until) }.min()
    }

    var postsReason: String {
        var counts = [0, 0, 0, 0]
        for post in lasting { if let rank = rank(post, at: now) { counts[rank.rawValue] += 1 } }
        let words = zip(counts, ["hourly", "six-hourly", "daily", "weekly"]).filter { $0.0 > 0 }
        return words.isEmpty ? "no post is young enough" : words.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }

    /// All posts that are due go together, in as few calls as the platform permits.
    mutating func orderPosts() {
        let due: [CadenceFacts.Post]
        if let until = state.postsUntil {
            let marks = ticks(after: until)
            due = lasting.filter { post in tick(post, marks, since: until).map { $0 <= now } ?? false }
        } else {
            due = lasting.filter { rank($0, at: now) != nil }
        }
        // Some platforms need a call per kind: posts of one kind stay together.
        let sorted = due.sorted { ($0.kind.rawValue, $0.id) < ($1.kind.rawValue, $1.id) }
        for start in stride(from: 0, to: sorted.count, by: rules.postsPerJob) {
            let batch = sorted[start..<min(start + rules.postsPerJob, sorted.count)].map(\.id)
            order(.posts, .postMetrics, today, posts: batch)
        }
        update { [now] in $0.postsUntil = now }
    }

    // MARK: Discovery

    /// Hourly for accounts that posted within a week, six-hourly within a month, else daily.
    private var discoveryRank: TickGrid.Rank {
        guard let newest = lasting.map(\.publishedAt).max(), let rank = Self.rank(age: now - newest) else {
            return .daily
        }
        return rank <= .sixHourly ? .hourly : rank == .daily ? .sixHourly : .daily
    }

    var discoveryDue: Instant {
        guard let last = state.discoveryAt else { return state.plannedAt }
        return grid.next(discoveryRank, after: last + Self.discoveryLead) - Self.discoveryLead
    }

    var discoveryReason: String {
        switch discoveryRank {
        case .hourly: "hourly, since there is a post of this week"
        case .sixHourly: "six-hourly, since there is a post of this month"
        case .daily, .weekly: "daily, since there is no post of this month"
        }
    }

    /// Lists what is new; the first time, and after a pause, everything that is still looked at.
    mutating func orderDiscovery() {
        let paused = state.discoveryAt.map { Int((now - $0) / Self.day) + 3 } ?? JobContract.maximumDays
        order(.discovery, .posts, today, days: min(paused, JobContract.maximumDays))
        update { [now] in $0.discoveryAt = now }
    }

    // MARK: Stories

    /// Hourly while there are stories, or were within a week; six-hourly for others, so that each is seen while it lives.
    var storiesDue: Instant {
        guard let last = state.storiesAt else { return state.plannedAt }
        let recent = stories.contains { now - $0.publishedAt < Self.day * 7 }
        let tick = grid.next(recent ? .hourly : .sixHourly, after: last)
        let ends = stories.map { $0.publishedAt + Self.day }.filter { end in
            end > now && last < end - Self.lastLookWindow
        }
        // One look serves every story whose last half hour it falls into.
        return ends.map { $0 - Self.lastLook }.reduce(tick) { min($0, $1) }
    }

    var storiesReason: String {
        let living = stories.filter { now - $0.publishedAt < Self.day }.count
        return living > 0 ? "hourly and shortly before each ends; \(living) alive" : "in case there are any"
    }

    mutating func orderStories() {
        order(.stories, .stories, today)
        update { [now] in $0.storiesAt = now }
    }
}
