import Adapters
import FleetCore
import Platforms
import Runtime
import Synchronization

/// Keeps this worker from asking for metrics that platforms refuse, and from looking for them while another does.
///
/// What the fleet knows is read every few seconds, so that what one worker finds all leave out at once.
final class RetirementShield: Service {
    let name = "retirement shield"

    /// How long a search is held without a sign of life.
    static let searchTime = Duration.seconds(120)
    /// How long nobody searches again after a search that found nothing.
    static let rest = Duration.seconds(900)

    private struct Known {
        /// The quarantine by platform and version.
        var refused: [Interface: RefusedMetrics] = [:]
        var tests: [QuarantineStore.Refusal] = []
        /// Scopes in which someone searches, until a monotonic time.
        var searched: [RefusalScope: Int64] = [:]
    }

    private struct Interface: Hashable {
        var platform: String
        var version: String
    }

    private let store: QuarantineStore
    private let interval: Duration
    private let logger: Logger
    private let known = Mutex(Known())
    /// Whether anything at all is known, so that the usual case costs one load.
    private let isQuiet = Atomic(true)
    /// This process in the table of searches.
    private let holder: UUID

    init(store: QuarantineStore, interval: Duration = .seconds(3), logger: Logger) {
        self.store = store
        self.interval = interval
        self.logger = logger
        var generator = SystemRandomNumberGenerator()
        holder = .version7(milliseconds: ProcessClock.wallNow / 1000, using: &generator)
    }

    @concurrent
    func run() async {
        while !Task.isCancelled {
            await refresh()
            try? await Task.sleep(for: interval)
        }
    }

    /// Reads what the fleet knows. What was known before holds while the database is away.
    func refresh() async {
        do {
            let (refusals, searches) = try await store.state()
            take(refusals, searches)
        } catch {
            if !Task.isCancelled {
                logger.warning("the quarantine cannot be read", ["error.message": .string("\(error)")])
            }
        }
    }

    private func take(_ refusals: [QuarantineStore.Refusal], _ searches: [QuarantineStore.Search]) {
        let now = ProcessClock.monotonicNow
        known.withLock { known in
            known.refused = [:]
            for refusal in refusals {
                let interface = Interface(platform: refusal.scope.platform, version: refusal.scope.version)
                known.refused[interface, default: RefusedMetrics()][refusal.scope.scope].insert(refusal.metric)
            }
            known.tests = refusals
            known.searched = [:]
            for search in searches where search.holder != holder {
                known.searched[search.scope] = now &+ search.remaining.wholeNanoseconds
            }
            for scope in mine.withLock({ $0 }) { known.searched[scope] = .max }
            isQuiet.store(refusals.isEmpty && known.searched.isEmpty, ordering: .releasing)
        }
        WorkerMetrics.quarantined(refusals.map(\.scope.platform))
    }

    /// The searches of this process.
    private let mine = Mutex(Set<RefusalScope>())

    // MARK: What jobs ask

    /// What a platform refuses at present.
    func refused(_ desk: PlatformDesk) -> RefusedMetrics {
        if isQuiet.load(ordering: .acquiring) { return RefusedMetrics() }
        let interface = Interface(platform: desk.platform.name.rawValue, version: desk.apiVersion)
        return known.withLock { $0.refused[interface] ?? RefusedMetrics() }
    }

    /// Whether someone searches in one of the scopes at present, so that a job should wait for what comes of it.
    func isSearched(_ scopes: some Sequence<RefusalScope>) -> Bool {
        if isQuiet.load(ordering: .acquiring) { return false }
        let now = ProcessClock.monotonicNow
        return known.withLock { known in scopes.contains { scope in known.searched[scope].map { $0 > now } ?? false } }
    }

    /// Metrics of a scope whose daily test is due.
    func due(_ scope: RefusalScope, at moment: Instant) -> [String] {
        if isQuiet.load(ordering: .acquiring) { return [] }
        return known.withLock { known in
            known.tests.filter { $0.scope == scope && $0.testAfter <= moment }.map(\.metric)
        }
    }

    // MARK: Searches

    /// How a job that met a refusal goes on.
    enum Beginning {
        /// Search.
        case search
        /// Another searches: come back.
        case wait
        /// What is refused has been found meanwhile: ask again without it.
        case knownAlready
        /// Someone searched lately and found nothing.
        case fruitless
    }

    /// Begins a search for what is refused among `names`, unless it is known or another searches already.
    func begin(_ scope: RefusalScope, among names: [String], _ desk: PlatformDesk) async -> Beginning {
        // Within the process the first one wins without a question to the database.
        guard mine.withLock({ $0.insert(scope).inserted }) else { return .wait }
        markSearched(scope, until: .max)
        do {
            switch try await store.begin(scope, holder: holder, lasting: Self.searchTime) {
            case .mine:
                // Another may have ended its search between our call and now.
                await refresh()
                if refused(desk)[scope.scope].isDisjoint(with: names) { return .search }
                await end(scope)
                return .knownAlready
            case .other:
                forget(scope, until: ProcessClock.monotonicNow &+ interval.wholeNanoseconds)
                return .wait
            case .fruitless:
                forget(scope)
                return .fruitless
            }
        } catch {
            forget(scope)
            logger.warning("a search cannot begin", ["error.message": .string("\(error)")])
            return .wait
        }
    }

    /// Says that the search goes on; false when it was lost to another.
    func goOn(_ scope: RefusalScope) async -> Bool {
        (try? await store.begin(scope, holder: holder, lasting: Self.searchTime)) == .mine
    }

    /// Ends a search that found metrics: the whole fleet leaves them out, and one line is logged for all.
    func found(_ finding: QuarantineStore.Finding, in scope: RefusalScope, at moment: Instant) async {
        do {
            let new = try await store.refuse(scope, finding, at: moment)
            if !new.isEmpty {
                logger.error(
                    "a platform no longer serves a metric: quarantined for the whole fleet",
                    [
                        "platform": .string(scope.platform), "version": .string(scope.version),
                        "scope": .string(scope.scope), "metrics": .string(new.joined(separator: ", ")),
                        "calls": .int(finding.calls), "reason": .string(finding.reason),
                    ]
                )
            }
        } catch {
            logger.warning("the quarantine cannot be written", ["error.message": .string("\(error)")])
        }
        await end(scope)
        await refresh()
    }

    /// Ends a search without a finding; `rest` is how long nobody is to search again.
    func end(_ scope: RefusalScope, rest: Duration? = nil) async {
        do {
            try await store.end(scope, holder: holder, rest: rest)
        } catch {
            logger.warning("a search cannot be ended, it runs out", ["error.message": .string("\(error)")])
        }
        forget(scope)
    }

    /// Tells the operators about a search that found nothing.
    func foundNothing(_ scope: RefusalScope, _ detail: String) {
        logger.error(
            "a platform refuses a call, and no metric is at fault",
            [
                "platform": .string(scope.platform), "version": .string(scope.version), "scope": .string(scope.scope),
                "error.message": .string(detail),
            ]
        )
    }

    private func markSearched(_ scope: RefusalScope, until time: Int64) {
        known.withLock { known in
            known.searched[scope] = time
            isQuiet.store(false, ordering: .releasing)
        }
    }

    private func forget(_ scope: RefusalScope, until time: Int64 = 0) {
        mine.withLock { _ = $0.remove(scope) }
        known.withLock { $0.searched[scope] = time > 0 ? time : nil }
    }

    // MARK: Tests

    /// Whether this worker is the one to test a metric today.
    func claimTest(_ scope: RefusalScope, _ metric: String, at moment: Instant) async -> Bool {
        (try? await store.claimTest(scope, metric, at: moment)) ?? false
    }

    /// Lets a metric out that is served again.
    func release(_ scope: RefusalScope, _ metric: String, at moment: Instant) async {
        guard (try? await store.release(scope, metric, at: moment)) == true else { return }
        logger.notice(
            "a platform serves a metric again: released from quarantine",
            ["platform": .string(scope.platform), "scope": .string(scope.scope), "metric": .string(metric)]
        )
        await refresh()
    }
}
