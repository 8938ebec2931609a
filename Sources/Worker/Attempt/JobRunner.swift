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
        let posts = try await directory.posts(job.posts, of: job.account)
        do throws(Death) {
            try check(access, job, desk)
            guard job.posts.isEmpty || !posts.isEmpty else {
                throw Death(.unknownPost, "account \(job.account) has none of the \(job.posts.count) posts")
            }
            let token = try tokens.token(of: access)
            let attempt = Attempt(job: job, number: number, access: access, token: token, desk: desk)
            let assignment = Assignment(
                job,
                externalID: access.externalID,
                posts: posts.map { .init(externalID: $0.externalID, kind: $0.kind, publishedAt: $0.publishedAt) },
                now: directory.now
            )
            var course = Course(self, attempt, assignment)
            return try await course.run()
        } catch {
            return .dead(error)
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
        guard platform.collections.contains(job.collect) else {
            throw Death(.unknownCollection, "\(platform.title) has nothing to collect as \(job.collect.rawValue)")
        }
    }
}
