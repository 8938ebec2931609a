import Adapters
import FleetCore
import HTTPClient
import Platforms
import Runtime

/// The one place where a request to a platform is sent.
struct PlatformCaller: Sendable {
    let client: HTTPClient
    let directory: AccountDirectory
    /// Holds requests back for limits; nil sends everything at once.
    let governor: BudgetGovernor?
    /// The longest that one request may take.
    let deadline: Duration
    let trials = TokenTrials()

    /// What came of a request.
    enum Outcome {
        /// The platform answered, at this instant.
        case answered(PlatformAnswer, at: Instant)
        /// No whole answer came.
        case failed(HTTPError)
        /// It was not sent, for a limit or a breaker.
        case held(JobOutcome)
    }

    /// Sends a request on behalf of an attempt, when the budgets allow it, and reads the answer.
    ///
    /// - Parameter isContinuing: whether the attempt sent others before, which would have been for nothing.
    func send(_ request: PlatformRequest, for attempt: Attempt, isContinuing: Bool) async -> Outcome {
        guard let governor else { return await tried(request, for: attempt) { _ in } }
        let day = directory.now.utcDate
        let price = await governor.bills.price(of: request, at: attempt.job.platform, on: day)
        switch await governor.admit(BudgetCall(request, attempt, microDollars: price, isContinuing: isContinuing)) {
        case .refused(let why): return .held(.dead(Death(.moneySpent, why)))
        case .parked(let until, let why):
            return .held(.park(detail: why, wait: ProcessClock.waiting(until - directory.now)))
        case .admitted(let permit):
            let outcome = await tried(request, for: attempt) { governor.ended(permit, $0) }
            if case .answered(.page, _) = outcome {
                await governor.bills.paid(request, at: attempt.job.platform, on: day)
            }
            return outcome
        }
    }

    /// Sends a request unless the platform refused its token to somebody else just now.
    private func tried(
        _ request: PlatformRequest,
        for attempt: Attempt,
        ended: (BudgetEnding) -> Void
    ) async -> Outcome {
        switch await trials.enter(attempt.access) {
        case .known(let answer, let moment):
            ended(BudgetEnding(isSent: false, isBilled: false))
            return .answered(answer, at: moment)
        case .go(let isTrial):
            let outcome = await send(request, for: attempt, ended: ended)
            if case .answered(let answer, let moment) = outcome {
                trials.answered(answer, at: moment, attempt.access, isTrial: isTrial)
            } else if isTrial {
                trials.failed(attempt.access)
            }
            return outcome
        }
    }

    /// Sends a request and reads the answer; `ended` hears how it went, as far as limits are concerned.
    private func send(
        _ request: PlatformRequest,
        for attempt: Attempt,
        ended: (BudgetEnding) -> Void
    ) async -> Outcome {
        let desk = attempt.desk
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await client.send(
                HTTPRequest(
                    method: request.method == .get ? .get : .post,
                    url: request.url,
                    headers: headers(of: request, token: attempt.token),
                    body: request.method == .get ? nil : request.body,
                    deadline: deadline
                )
            )
        } catch {
            ended(BudgetEnding(error))
            return .failed(error)
        }
        let arrived = directory.now
        desk.metrics.answered(status: response.status, in: response.timings.total)
        let answer = PlatformResponse(
            status: response.status,
            headers: Self.fields(of: response, masking: attempt.token),
            // Platforms repeat tokens in errors and in the addresses of further pages.
            body: Echo.masked(response.body, [attempt.token])
        )
        let read = desk.platform.read(request, answer, arrived)
        let signals = desk.platform.signals(request, answer, arrived)
        ended(BudgetEnding(read, status: response.status, signals: signals))
        return .answered(read, at: arrived)
    }

    private func headers(of request: PlatformRequest, token: String) -> RequestHeaders {
        var fields: [(name: String, value: String)] = []
        fields.reserveCapacity(2 + request.headers.count)
        fields.append(request.tokenHeader.map { ($0, token) } ?? ("authorization", "Bearer " + token))
        fields.append(("accept", "application/json"))
        for field in request.headers { fields.append((field.name, field.value)) }
        return RequestHeaders(fields)
    }

    /// The headers that platforms' code reads: limits and waits always, everything when the answer is no plain success.
    private static func fields(of response: HTTPResponse, masking token: String) -> [Platforms.Field] {
        var fields: [Platforms.Field] = []
        response.headers.forEach(response.status == 200 ? Self.limitHeaders : nil) { name, value in
            fields.append(Platforms.Field(name, Echo.masked(value, [token])))
        }
        // A wait may come as a date; platforms' code reads seconds.
        if let wait = response.retryAfter, let index = fields.firstIndex(where: Self.isRetryAfter) {
            fields[index] = Platforms.Field("retry-after", String(wait.components.seconds))
        }
        return fields
    }

    private static func isRetryAfter(_ field: Platforms.Field) -> Bool {
        field.name.utf8.count == 11 && field.name.lowercased() == "retry-after"
    }

    /// How the names of headers begin that speak of limits.
    private static let limitHeaders = ["x-", "ratelimit", "retry-after"]
}

extension BudgetCall {
    /// What limits count of a request.
    init(_ request: PlatformRequest, _ attempt: Attempt, microDollars: Int64, isContinuing: Bool) {
        self.init(
            platform: attempt.job.platform,
            endpoint: request.endpoint,
            account: attempt.access.externalID,
            workspace: attempt.access.workspace,
            lane: attempt.job.lane,
            units: Int64(request.units),
            microDollars: microDollars,
            isContinuing: isContinuing
        )
    }
}
