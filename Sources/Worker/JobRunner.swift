import Adapters
import Crypto
import FleetCore
import HTTPClient
import Platforms
import Runtime

/// Makes one attempt at a job: look the account up, open its token, ask the platform, read the answers.
struct JobRunner: Sendable {
    let directory: AccountDirectory
    let keyring: Keyring
    let client: HTTPClient
    /// Where and in which version each platform is called.
    let settings: [PlatformName: PlatformSettings]
    /// The longest that one request may take.
    let requestDeadline: Duration

    /// The most pages followed in one job: a platform that repeats its cursor must not be followed for ever.
    private static let maximumPages = 50

    /// What was gathered so far.
    private struct Harvest {
        var readings: [Reading] = []
        var skipped: [JobResult.Skip] = []
        var requests = 0
        var fetchedAt = Instant(microseconds: 0)
        var isPartial = false
    }

    /// Runs the job. Throws only when the process stops.
    func run(_ job: Job, attempt: Int) async throws -> JobOutcome {
        guard let platform = PlatformRegistry[job.platform] else {
            return .dead(Death(.unsupportedPlatform, "this worker has no code for \(job.platform.rawValue)"))
        }
        guard let access = try await directory.access(job.account) else {
            return .dead(Death(.unknownAccount, "there is no account \(job.account)"))
        }
        do throws(Death) {
            let token = try token(of: access, for: job)
            let place = settings[platform.name] ?? PlatformSettings()
            let requests = try platform.requests(Assignment(job, externalID: access.externalID), place)
            return try await collect(job, attempt, access, token, platform, place, requests)
        } catch {
            return .dead(error)
        }
    }

    private func token(of access: AccountAccess, for job: Job) throws(Death) -> String {
        guard access.platform == job.platform.rawValue else {
            throw Death(.platformMismatch, "account \(job.account) belongs to \(access.platform)")
        }
        guard access.isActive else { throw Death(.accountNotActive, "account \(job.account) is not active") }
        guard let sealed = access.sealed else {
            throw Death(.noCredential, "account \(job.account) has no credential")
        }
        do throws(CryptoError) {
            let bytes = try keyring.open(sealed, associatedData: AccountAccess.associatedData(account: job.account))
            return String(decoding: bytes, as: UTF8.self)
        } catch {
            directory.forget(job.account)
            throw Death(.unreadableCredential, "the credential of account \(job.account) cannot be opened: \(error)")
        }
    }

    private func collect(
        _ job: Job,
        _ attempt: Int,
        _ access: AccountAccess,
        _ token: String,
        _ platform: Platform,
        _ place: PlatformSettings,
        _ requests: [PlatformRequest]
    ) async throws(Death) -> JobOutcome {
        var harvest = Harvest()
        for first in requests {
            var request = first
            for page in 1... {
                guard page <= Self.maximumPages else {
                    throw Death(.malformedAnswer, "the platform's pages do not end")
                }
                let answer: PlatformAnswer
                do throws(HTTPError) {
                    answer = try await ask(request, token, platform, &harvest)
                } catch {
                    return outcome(of: error)
                }
                switch answer {
                case .error(let error):
                    if let outcome = outcome(of: error, platform, &harvest) { return outcome }
                case .page(let samples):
                    samples.add(to: &harvest.readings)
                    harvest.skipped += samples.skipped.map { .init(metric: $0.metric, reason: $0.reason) }
                    harvest.isPartial = harvest.isPartial || !samples.itemErrors.isEmpty
                    if let next = samples.next {
                        request = request.following(next)
                        continue
                    }
                }
                break
            }
        }
        return .finished(
            JobResult(
                job: job.id,
                run: job.run,
                platform: job.platform,
                account: job.account,
                workspace: access.workspace,
                collect: job.collect,
                attempt: attempt,
                isPartial: harvest.isPartial,
                enqueuedAt: job.enqueuedAt,
                fetchedAt: harvest.fetchedAt,
                apiVersion: place.version ?? platform.defaultVersion,
                requests: harvest.requests,
                skipped: harvest.skipped,
                readings: harvest.readings
            )
        )
    }

    private func ask(
        _ request: PlatformRequest,
        _ token: String,
        _ platform: Platform,
        _ harvest: inout Harvest
    ) async throws(HTTPError) -> PlatformAnswer {
        let authorization = request.tokenHeader.map { ($0, token) } ?? ("authorization", "Bearer \(token)")
        var headers = RequestHeaders([authorization, ("accept", "application/json")])
        for field in request.headers { headers.append(field.name, field.value) }
        harvest.requests += 1
        let response = try await client.send(
            HTTPRequest(
                method: request.method == .get ? .get : .post,
                url: request.url,
                headers: headers,
                body: request.method == .get ? nil : request.body,
                deadline: requestDeadline
            )
        )
        harvest.fetchedAt = directory.now
        WorkerMetrics.platforms[platform.name]?.answered(status: response.status, in: response.timings.total)
        var fields: [Platforms.Field] = []
        // Headers matter where a limit or an error is read from them; a plain success needs none.
        if response.status != 200 {
            response.headers.forEach { name, value in fields.append(Platforms.Field(name, value)) }
        }
        let answer = PlatformResponse(status: response.status, headers: fields, body: response.body)
        return platform.read(request, answer, harvest.fetchedAt)
    }

    /// What a failed transfer means. Nothing that came before it is kept: the attempt is repeated whole.
    private func outcome(of error: HTTPError) -> JobOutcome {
        switch error.code {
        case .badURL, .badHeader, .refusedOrigin, .refusedAddress:
            return .dead(Death(.invalidRequest, error.description))
        case .tooLarge:
            return .dead(Death(.malformedAnswer, error.description))
        case .resolve, .connect, .tls, .timeout, .truncated, .reset, .protocolViolation, .cancelled, .closed,
            .internalFault:
            return .retry(.transientTooOften, detail: error.description, wait: nil)
        }
    }

    /// What a platform's error means for the job; nil when the rest may go on.
    private func outcome(of error: PlatformError, _ platform: Platform, _ harvest: inout Harvest) -> JobOutcome? {
        let detail =
            error.advice(platform: platform.title, permissions: platform.permissions)
            + " (\(error.kind.rawValue)" + (error.code.map { ", code \($0)" } ?? "")
            + (error.reason.map { ", \($0)" } ?? "") + ")"
        let wait = error.retryAfter.map { Duration.seconds(max($0, 0)) }
        WorkerMetrics.errors[platform.name.rawValue, error.kind.rawValue].increment()
        switch error.kind {
        case .rateLimited: return .snooze(.rateLimitedTooOften, detail: detail, wait: wait)
        case .transient, .unclassified: return .retry(.transientTooOften, detail: detail, wait: wait)
        case .malformed where error.reason == "unparseable_body":
            return .retry(.malformedAnswer, detail: detail, wait: wait)
        case .malformed: return .dead(Death(.invalidRequest, detail))
        case .authExpired: return .dead(Death(.authExpired, detail))
        case .authInvalid: return .dead(Death(.authInvalid, detail))
        case .permission, .creditsExhausted: return .dead(Death(.permission, detail))
        case .notFound: return .dead(Death(.notFound, detail))
        case .deprecatedMetric, .apiVersionSunset: return .dead(Death(.deprecatedMetric, detail))
        case .privacyFloor:
            harvest.isPartial = true
            return nil
        }
    }
}
