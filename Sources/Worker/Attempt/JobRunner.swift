import Adapters
import FleetCore
import Platforms
import Runtime

/// Makes one attempt at a job: look the account up, open its token, ask the platform, read and gather the answers.
struct JobRunner: Sendable {
    let directory: AccountDirectory
    let tokens: AccountTokens
    let caller: PlatformCaller
    let shield: RetirementShield
    let desks: [PlatformName: PlatformDesk]
    let logger: Logger

    /// Runs the job. Throws only when the process stops.
    func run(_ job: Job, attempt number: Int) async throws -> JobOutcome {
        guard let desk = desks[job.platform] else {
            return .dead(Death(.unsupportedPlatform, "this worker has no code for \(job.platform.rawValue)"))
        }
        guard let access = try await directory.access(job.account) else {
            return .dead(Death(.unknownAccount, "there is no account \(job.account)"))
        }
        do {
            try check(access, job, desk)
            if job.collect == .credentialRefresh { return await renew(job, number, access, desk) }
            let posts = try await directory.posts(job.posts, of: job.account)
            guard job.posts.isEmpty || !posts.isEmpty || !job.externalPosts.isEmpty else {
                throw Death(.unknownPost, "account \(job.account) has none of the \(job.posts.count) posts")
            }
            var wanted = posts.map {
                Assignment.Post(externalID: $0.externalID, kind: $0.kind, publishedAt: $0.publishedAt)
            }
            let known = Set(wanted.map(\.externalID))
            wanted += job.externalPosts.filter { !known.contains($0.id) }
                .map { Assignment.Post(externalID: $0.id, kind: $0.kind) }
            return try await collect(job, number, wanted, try await tokens.ready(access), desk)
        } catch let death as Death {
            return .dead(death)
        }
    }

    /// Collects, and once more with another token when the first one turned out to be worthless.
    private func collect(
        _ job: Job,
        _ number: Int,
        _ posts: [Assignment.Post],
        _ access: AccountAccess,
        _ desk: PlatformDesk
    ) async throws -> JobOutcome {
        let assignment = Assignment(job, externalID: access.externalID, posts: posts, now: directory.now)
        let (first, refusal) = try await collect(job, number, assignment, access, desk)
        guard let refusal else { return first }
        switch try await tokens.renewal(after: refusal, access) {
        case .over(let outcome): return outcome
        case .another(let fresh): return try await collect(job, number, assignment, fresh, desk).outcome
        }
    }

    private func collect(
        _ job: Job,
        _ number: Int,
        _ assignment: Assignment,
        _ access: AccountAccess,
        _ desk: PlatformDesk
    ) async throws -> (outcome: JobOutcome, refusal: TokenRefusal?) {
        let token = try tokens.token(of: access)
        let attempt = Attempt(job: job, number: number, access: access, token: token, desk: desk)
        var course = Course(self, attempt, assignment)
        return (try await course.run(), course.tokenRefusal)
    }

    private func renew(_ job: Job, _ number: Int, _ access: AccountAccess, _ desk: PlatformDesk) async -> JobOutcome {
        switch await tokens.renew(access) {
        case .failure(let trouble): return trouble.outcome
        case .success(let isNew):
            var harvest = Harvest()
            harvest.requests = isNew ? 1 : 0
            harvest.fetchedAt = directory.now
            return .finished(
                JobResult(Attempt(job: job, number: number, access: access, token: "", desk: desk), harvest)
            )
        }
    }

    private func check(_ access: AccountAccess, _ job: Job, _ desk: PlatformDesk) throws(Death) {
        let platform = desk.platform
        guard access.platform == job.platform.rawValue else {
            throw Death(.platformMismatch, "account \(job.account) belongs to \(access.platform)")
        }
        guard access.isActive else { throw Death(.accountNotActive, "account \(job.account) is not active") }
        guard access.isSandbox || !desk.isSimulated else {
            throw Death(
                .syntheticRefused,
                "workspace \(access.workspace) is no sandbox, and this worker asks a simulator instead of \(platform.title)"
            )
        }
        guard job.collect == .credentialRefresh || platform.collections.contains(job.collect) else {
            throw Death(.unknownCollection, "\(platform.title) has nothing to collect as \(job.collect.rawValue)")
        }
    }
}
