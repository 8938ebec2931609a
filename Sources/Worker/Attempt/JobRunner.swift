import Adapters
import FleetCore
import HTTPClient
import Platforms
import Runtime

/// Makes one attempt at a job: look the account up, open its token, ask the platform, read and gather the answers.
struct JobRunner: Sendable {
    let directory: AccountDirectory
    let tokens: AccountTokens
    let caller: PlatformCaller
    let desks: [PlatformName: PlatformDesk]
    let logger: Logger

    /// The most pages followed after one request. What lies behind them is left to a later job.
    private static let maximumPages = 100

    /// Runs the job. Throws only when the process stops.
    func run(_ job: Job, attempt number: Int) async throws -> JobOutcome {
        guard let desk = desks[job.platform] else {
            return .dead(Death(.unsupportedPlatform, "this worker has no code for \(job.platform.rawValue)"))
        }
        guard let access = try await directory.access(job.account) else {
            return .dead(Death(.unknownAccount, "there is no account \(job.account)"))
        }
        let posts = try await directory.posts(job.posts, of: job.account)
        do throws(Death) {
            try check(access, job, desk.platform)
            guard job.posts.isEmpty || !posts.isEmpty else {
                throw Death(.unknownPost, "account \(job.account) has none of the \(job.posts.count) posts")
            }
            let attempt = Attempt(
                job: job,
                number: number,
                access: access,
                token: try tokens.token(of: access),
                desk: desk
            )
            let assignment = Assignment(
                job,
                externalID: access.externalID,
                posts: posts.map { .init(externalID: $0.externalID, kind: $0.kind, publishedAt: $0.publishedAt) },
                now: directory.now
            )
            return await collect(attempt, try desk.platform.requests(assignment, desk.settings))
        } catch {
            return .dead(error)
        }
    }

    private func check(_ access: AccountAccess, _ job: Job, _ platform: Platform) throws(Death) {
        guard access.platform == job.platform.rawValue else {
            throw Death(.platformMismatch, "account \(job.account) belongs to \(access.platform)")
        }
        guard access.isActive else { throw Death(.accountNotActive, "account \(job.account) is not active") }
        guard platform.collections.contains(job.collect) else {
            throw Death(.unknownCollection, "\(platform.title) has nothing to collect as \(job.collect.rawValue)")
        }
    }

    private func collect(_ attempt: Attempt, _ requests: [PlatformRequest]) async -> JobOutcome {
        var harvest = Harvest()
        for request in requests {
            if let outcome = await follow(request, attempt, &harvest) { return outcome }
        }
        return .finished(JobResult(attempt, harvest))
    }

    /// Sends a request and those for the pages after it; nil when the job goes on.
    private func follow(
        _ first: PlatformRequest,
        _ attempt: Attempt,
        _ harvest: inout Harvest
    ) async -> JobOutcome? {
        var request = first
        var seen: Set<SamplePage.Next> = []
        while true {
            harvest.requests += 1
            switch await caller.send(request, for: attempt) {
            case .failed(let error):
                return outcome(of: error)
            case .answered(.error(let error), let arrived):
                harvest.fetchedAt = arrived
                return outcome(of: error, to: request, attempt, &harvest)
            case .answered(.page(let page), let arrived):
                harvest.fetchedAt = arrived
                harvest.add(page, to: request)
                guard let next = page.next else { return nil }
                guard seen.insert(next).inserted else {
                    return .doubt(Death(.malformedAnswer, "the platform's pages repeat"), wait: nil)
                }
                guard seen.count < Self.maximumPages else {
                    harvest.isPartial = true
                    harvest.skip("*", "too_many_pages", item: request.post)
                    return nil
                }
                request = request.following(next)
            }
        }
    }

    /// What a failed transfer means. Nothing that came before it is kept: the attempt is repeated whole.
    private func outcome(of error: HTTPError) -> JobOutcome {
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

    /// What a platform's error means for the job; nil when the rest goes on.
    private func outcome(
        of error: PlatformError,
        to request: PlatformRequest,
        _ attempt: Attempt,
        _ harvest: inout Harvest
    ) -> JobOutcome? {
        let platform = attempt.desk.platform
        attempt.desk.metrics.failed(error.kind)
        let detail = error.detail(of: platform)
        if error.isAlarming {
            logger.error(
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
        case .refresh, .reconnect: tokens.refused(attempt.access)
        case .quarantine: return .dead(Death(error.deadCause, detail))
        case .partial: harvest.goOn(without: request, because: error)
        case .snooze, .suspend, .retry, .retrySlowly, .retryOnce, .confirm, .alarm, .dead: break
        }
        return error.outcome(detail: detail)
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
        isSynthetic = attempt.desk.settings.origin != nil
    }
}
