import Adapters
import FleetCore
import HTTPClient
import Platforms
import Runtime

/// The course of one attempt: the requests still to be sent, and what came of those before.
struct Course {
    let runner: JobRunner
    let attempt: Attempt
    let assignment: Assignment
    var harvest = Harvest()
    var pending: [PlatformRequest] = []
    /// What the platform refused when the requests were planned.
    var refused: RefusedMetrics
    /// Set when the platform refused the token.
    private(set) var tokenRefusal: TokenRefusal?
    private var hunts = 0

    /// The most pages followed after one request. What lies behind them is left to a later job.
    private static let maximumPages = 100
    /// The most searches for refused metrics in one attempt.
    private static let maximumHunts = 8

    init(_ runner: JobRunner, _ attempt: Attempt, _ assignment: Assignment) {
        self.runner = runner
        self.attempt = attempt
        self.assignment = assignment
        refused = runner.shield.refused(attempt.desk)
    }

    var platform: Platform { attempt.desk.platform }

    mutating func run() async throws(Death) -> JobOutcome {
        if let outcome = try await begin() { return outcome }
        var next = 0
        while next < pending.count {
            if let outcome = try await follow(pending[next]) { return outcome }
            next += 1
        }
        if harvest.requests == 0 { harvest.fetchedAt = runner.directory.now }
        return .finished(JobResult(attempt, harvest))
    }

    /// Sends a request and those for the pages after it; nil when the attempt goes on.
    private mutating func follow(_ request: PlatformRequest) async throws(Death) -> JobOutcome? {
        let isContinuing = harvest.requests > 0
        harvest.requests += 1
        switch await runner.caller.send(request, for: attempt, isContinuing: isContinuing) {
        case .held(let outcome): return outcome
        case .failed(let error): return Course.outcome(of: error)
        case .answered(let answer, let arrived): return try await take(answer, to: request, at: arrived)
        }
    }

    /// Takes an answer, and follows its pages; nil when the attempt goes on.
    mutating func take(
        _ first: PlatformAnswer,
        to request: PlatformRequest,
        at arrived: Instant
    ) async throws(Death) -> JobOutcome? {
        var (answer, request) = (first, request)
        var seen: Set<SamplePage.Next> = []
        harvest.fetchedAt = arrived
        while true {
            guard case .page(let page) = answer else { break }
            if let error = page.errorOfCall { return try await take(error, to: request) }
            harvest.add(page, to: request)
            if !page.itemErrors.isEmpty, let outcome = try await take(page.itemErrors, of: request) { return outcome }
            guard let next = page.next else { return nil }
            guard seen.insert(next).inserted else {
                return .doubt(Death(.malformedAnswer, "the platform's pages repeat"), wait: nil)
            }
            guard seen.count < Course.maximumPages else {
                harvest.isPartial = true
                harvest.skip("*", "too_many_pages", item: request.post)
                return nil
            }
            request = request.following(next)
            harvest.requests += 1
            switch await runner.caller.send(request, for: attempt, isContinuing: true) {
            case .held(let outcome): return outcome
            case .failed(let error): return Course.outcome(of: error)
            case .answered(let following, let arrived):
                answer = following
                harvest.fetchedAt = arrived
            }
        }
        guard case .error(let error) = answer else { return nil }
        return try await take(error, to: request)
    }

    /// Takes an error in an answer's place; nil when the attempt goes on without what was asked for.
    private mutating func take(_ error: PlatformError, to request: PlatformRequest) async throws(Death) -> JobOutcome? {
        attempt.desk.metrics.failed(error.kind)
        let detail = error.detail(of: platform)
        if error.isAlarming {
            runner.logger.error(
                "a platform needs an operator",
                ["platform": .string(platform.name.rawValue), "error.message": .string(detail)]
            )
        }
        // One post that is unknown among others says nothing against the account.
        if error.kind == .notFound, let post = request.post {
            harvest.miss(post, because: error)
            return nil
        }
        switch error.consequence {
        case .quarantine: return try await leaveOut(error, request, of: assignment)
        case .refresh: tokenRefusal = TokenRefusal(death: Death(error.deadCause, detail), mayRenew: true)
        case .reconnect: tokenRefusal = TokenRefusal(death: Death(error.deadCause, detail), mayRenew: false)
        case .partial: harvest.goOn(without: request, because: error)
        case .snooze, .suspend, .retry, .retrySlowly, .retryOnce, .confirm, .alarm, .dead: break
        }
        return error.outcome(detail: detail)
    }

    /// What a failed transfer means. Nothing that came before it is kept: the attempt is repeated whole.
    static func outcome(of error: HTTPError) -> JobOutcome {
        switch error.code {
        case .badURL, .badHeader, .refusedOrigin, .refusedAddress:
            .dead(Death(.invalidRequest, error.description))
        case .tooLarge:
            .dead(Death(.malformedAnswer, error.description))
        case .resolve, .connect, .tls, .timeout, .truncated, .reset, .protocolViolation, .cancelled, .closed,
            .internalFault:
            .retry(.transientTooOften, detail: error.description, wait: nil)
        }
    }

    /// Counts a search; the death of an attempt that searches without end.
    mutating func beginHunt(_ error: PlatformError) throws(Death) {
        hunts += 1
        guard hunts <= Course.maximumHunts else { throw Death(.deprecatedMetric, error.detail(of: platform)) }
    }
}

extension JobResult {
    /// What an attempt gathered.
    init(_ attempt: Attempt, _ harvest: Harvest) {
        let job = attempt.job
        self.init(
            job: job.id,
            run: job.run,
            platform: job.platform,
            account: job.account,
            workspace: attempt.access.workspace,
            collect: job.collect,
            attempt: attempt.number,
            isPartial: harvest.isPartial,
            enqueuedAt: job.enqueuedAt,
            fetchedAt: harvest.fetchedAt,
            apiVersion: attempt.desk.apiVersion,
            requests: harvest.requests,
            skipped: harvest.skipped,
            readings: harvest.readings
        )
        posts = harvest.posts
        postReadings = harvest.postReadings
        breakdowns = harvest.breakdowns
        missingPosts = harvest.missingPosts
        isSynthetic = attempt.desk.isSimulated
        if job.collect == .accountDaily, !skipped.isEmpty { dates = job.date - (job.days - 1)...job.date }
    }
}
