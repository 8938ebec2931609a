/// A desk per platform. Platforms share no limit, so that what happens at one costs nothing at the others.
public struct BudgetDesks: Sendable {
    private var desks: [PlatformName: BudgetDesk] = [:]
    private let make: @Sendable ([PlatformName: [BudgetTerms]]) -> BudgetDesk
    private var terms: [PlatformName: [BudgetTerms]]

    /// - Parameter make: a desk under some rules.
    public init(
        terms: [PlatformName: [BudgetTerms]],
        make: @escaping @Sendable ([PlatformName: [BudgetTerms]]) -> BudgetDesk
    ) {
        self.terms = terms
        self.make = make
    }

    /// Lends the desk of a platform, in place: a copy of it costs more than what it decides.
    public mutating func with<Result>(_ platform: PlatformName, _ body: (inout BudgetDesk) -> Result) -> Result {
        body(&desks[platform, default: make(terms)])
    }

    /// Takes rules that changed.
    public mutating func use(_ terms: [PlatformName: [BudgetTerms]]) {
        self.terms = terms
        for platform in desks.keys { desks[platform]?.use(terms) }
    }

    /// Forgets a call that no longer waits.
    public mutating func cancel(_ ticket: UInt64) { for platform in desks.keys { desks[platform]?.cancel(ticket) } }

    /// What is decided at all desks; see ``BudgetDesk/turn(at:)``.
    public mutating func turn(at now: Instant) -> [(ticket: UInt64, verdict: BudgetDesk.Verdict)] {
        var decided: [(ticket: UInt64, verdict: BudgetDesk.Verdict)] = []
        for platform in desks.keys { decided += desks[platform]?.turn(at: now) ?? [] }
        return decided
    }

    /// What all desks ask; see ``BudgetDesk/asks(at:limit:)``.
    public mutating func asks(at now: Instant) -> [BudgetAsk] {
        var asks: [BudgetAsk] = []
        for platform in desks.keys { asks += desks[platform]?.asks(at: now) ?? [] }
        return asks
    }

    /// Takes the ledger's answers in.
    public mutating func answered(_ answers: [BudgetAnswer], to asks: [BudgetAsk], at now: Instant) {
        for platform in Set(asks.map(\.key.platform)) {
            let pairs = zip(answers, asks).filter { $0.1.key.platform == platform }
            desks[platform]?.answered(pairs.map(\.0), to: pairs.map(\.1), at: now)
        }
    }

    /// The questions could not be asked.
    public mutating func failed(_ asks: [BudgetAsk]) {
        for ask in asks { desks[ask.key.platform]?.failed([ask]) }
    }

    /// When ``turn(at:)`` and ``asks(at:)`` should be called next, if nothing else happens.
    public func nextTurn(after now: Instant) -> Instant {
        desks.values.reduce(now + .seconds(60)) { min($0, $1.nextTurn(after: now)) }
    }

    /// Whether they should be called at once.
    public var isUrgent: Bool { desks.values.contains(where: \.isUrgent) }

    /// Whether there is something to tell or to want of breakers.
    public var hasBreakerNews: Bool { desks.values.contains(where: \.hasBreakerNews) }

    /// What is to be told of breakers, and the probes that are wanted.
    public mutating func breakerNews() -> (
        openings: [BudgetDesk.Endpoint: CircuitBreaker.Opening?], probes: Set<BudgetDesk.Endpoint>
    ) {
        var openings: [BudgetDesk.Endpoint: CircuitBreaker.Opening?] = [:]
        var probes: Set<BudgetDesk.Endpoint> = []
        for platform in desks.keys {
            guard let news = desks[platform]?.breakerNews() else { continue }
            openings.merge(news.openings) { $1 }
            probes.formUnion(news.probes)
        }
        return (openings, probes)
    }

    /// What was to be told could not be.
    public mutating func untold(_ openings: [BudgetDesk.Endpoint: CircuitBreaker.Opening?]) {
        for (endpoint, opening) in openings { desks[endpoint.platform]?.untold([endpoint: opening]) }
    }

    /// What the fleet says of breakers.
    public mutating func adopt(
        _ open: [BudgetDesk.Endpoint: CircuitBreaker.Opening],
        probes: Set<BudgetDesk.Endpoint>
    ) {
        for endpoint in open.keys where desks[endpoint.platform] == nil { desks[endpoint.platform] = make(terms) }
        for platform in desks.keys {
            let ours = open.filter { $0.key.platform == platform }
            desks[platform]?.adopt(ours, probes: probes.filter { $0.platform == platform })
        }
    }

    /// What other workers heard from platforms.
    public mutating func adopt(steered: [(key: BudgetKey, terms: BudgetTerms, until: Instant)], at now: Instant) {
        for entry in steered { with(entry.key.platform) { $0.adopt(steered: [entry], at: now) } }
    }

    /// What is known of the budgets that whole applications share.
    public var figures: [BudgetDesk.Figure] { desks.values.flatMap(\.figures) }

    /// How many endpoints of each platform have an open breaker.
    public var openBreakers: [PlatformName: Int] {
        desks.values.reduce(into: [:]) { $0.merge($1.openBreakers) { $0 + $1 } }
    }
}
