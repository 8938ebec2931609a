import Adapters
import FleetCore
import Platforms

// How an attempt meets metrics that the platform refuses.
extension Course {
    private var hunt: MetricHunt { MetricHunt(shield: runner.shield, caller: runner.caller) }

    /// Plans the requests without what is in quarantine, and tests what is due; an outcome when the job must wait for a search.
    mutating func begin() async throws(Death) -> JobOutcome? {
        let plan = try plan(assignment)
        let scopes = plan.requests.lazy.map { [self] in attempt.scope(assignment.scope(of: $0)) }
        if runner.shield.isSearched(scopes) {
            return .snooze(
                .deprecatedMetric,
                detail: "another job looks for a metric that is refused",
                wait: .seconds(5)
            )
        }
        pending = plan.requests
        for (scope, names) in plan.leftOut.names {
            let due = Set(runner.shield.due(attempt.scope(scope), at: runner.directory.now))
            for name in names.sorted() {
                if due.contains(name), try await test(name, in: scope) { continue }
                harvest.leaveOut(name)
            }
        }
        return nil
    }

    private func plan(_ assignment: Assignment) throws(Death) -> RequestPlan {
        try platform.plan(assignment, attempt.desk.settings, without: refused)
    }

    /// Asks for one metric in quarantine, once a day in the whole fleet; true when it is served again.
    private mutating func test(_ name: String, in scope: String) async throws(Death) -> Bool {
        let probe = probe(scope)
        let requests = try platform.requests(probe, attempt.desk.settings)
        guard
            let whole = requests.first(where: { probe.scope(of: $0) == scope && $0.metrics.contains(name) }),
            let narrowed = platform.narrowed(whole, of: probe, attempt.desk.settings, to: [name]),
            await runner.shield.claimTest(attempt.scope(scope), name, at: runner.directory.now)
        else { return false }
        harvest.requests += 1
        guard
            case .answered(let answer, let arrived) = await runner.caller.send(
                narrowed,
                for: attempt,
                isContinuing: true
            ),
            case .page(let page) = answer, case .passed = MetricHunt.verdict(answer, narrowed)
        else { return false }
        harvest.fetchedAt = arrived
        harvest.add(page, to: narrowed)
        await runner.shield.release(attempt.scope(scope), name, at: arrived)
        return true
    }

    /// The assignment, about one post of the scope's kind where the scope is a kind of post.
    private func probe(_ scope: String) -> Assignment {
        guard let post = assignment.posts.first(where: { Assignment.scope(of: $0.kind) == scope }) else {
            return assignment
        }
        return assignment.asking(about: [post])
    }

    /// Finds out which metric of a refused call is at fault, and goes on without it.
    mutating func leaveOut(
        _ error: PlatformError,
        _ request: PlatformRequest,
        of assignment: Assignment
    ) async throws(Death) -> JobOutcome? {
        try beginHunt(error)
        if error.concernsOneObject {
            harvest.goOn(without: request, because: error)
            let names = request.metrics.filter { !error.metrics.contains($0) }
            if let rest = platform.narrowed(request, of: assignment, attempt.desk.settings, to: names) {
                pending.append(rest)
            }
            return nil
        }
        switch await hunt.search(error, request, of: assignment, attempt, &harvest) {
        case .ended(let outcome): return outcome
        case .failed(let failure): return Course.outcome(of: failure)
        case .nothingLeft: return nil
        case .answered(let narrowed, let answer, let arrived): return try await take(answer, to: narrowed, at: arrived)
        case .again:
            refused = runner.shield.refused(attempt.desk)
            let gone = refused[assignment.scope(of: request)]
            for name in request.metrics where gone.contains(name) { harvest.leaveOut(name) }
            let names = request.metrics.filter { !gone.contains($0) }
            if let rest = platform.narrowed(request, of: assignment, attempt.desk.settings, to: names) {
                pending.append(rest)
            }
            return nil
        }
    }

    /// Takes the parts of an answer that failed. Posts of whose metrics one is refused are asked again without it: one post of
    /// each kind finds out which it is.
    mutating func take(_ failures: [SamplePage.ItemError], of request: PlatformRequest) async throws(Death)
        -> JobOutcome?
    {
        var refused: [PostKind: (error: PlatformError, posts: [Assignment.Post])] = [:]
        var others: [SamplePage.ItemError] = []
        for failure in failures {
            let post = assignment.posts.first { $0.externalID == failure.item }
            if let post, failure.error.consequence == .quarantine, !failure.error.concernsOneObject {
                refused[post.kind, default: (failure.error, [])].posts.append(post)
            } else {
                others.append(failure)
            }
            attempt.desk.metrics.failed(failure.error.kind)
        }
        harvest.add(others, of: request)
        for (_, group) in refused.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            if let outcome = try await askAgain(group.posts, request, group.error) { return outcome }
        }
        return nil
    }

    private mutating func askAgain(
        _ posts: [Assignment.Post],
        _ request: PlatformRequest,
        _ error: PlatformError
    ) async throws(Death) -> JobOutcome? {
        let scope = Assignment.scope(of: posts[0].kind)
        var left = posts
        let now = runner.shield.refused(attempt.desk)
        if now[scope] == refused[scope] {
            let probe = assignment.asking(about: [left.removeFirst()])
            let alone = try plan(probe).requests.first { $0.endpoint == request.endpoint }
            guard let alone else { return .retry(.deprecatedMetric, detail: error.detail(of: platform), wait: nil) }
            if let outcome = try await leaveOut(error, alone, of: probe) { return outcome }
        } else {
            for name in now[scope].subtracting(refused[scope]).sorted() { harvest.leaveOut(name) }
        }
        refused = runner.shield.refused(attempt.desk)
        if left.isEmpty { return nil }
        try beginHunt(error)
        pending += try plan(assignment.asking(about: left)).requests.filter { $0.endpoint == request.endpoint }
        return nil
    }
}
