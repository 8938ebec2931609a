import Adapters
import FleetCore
import HTTPClient
import Platforms

/// Finds the metric that a platform refuses in a call, by more calls, and leaves it out.
struct MetricHunt: Sendable {
    let shield: RetirementShield
    let caller: PlatformCaller

    /// How the job goes on.
    enum End {
        /// The call without what is refused was answered.
        case answered(PlatformRequest, PlatformAnswer, at: Instant)
        /// What is refused is known now: plan again.
        case again
        /// The attempt ends.
        case ended(JobOutcome)
        /// No answer came to one of the calls.
        case failed(HTTPError)
        /// Every metric of the call is refused.
        case nothingLeft
    }

    /// Searches after `request` was refused with `error`.
    func search(
        _ error: PlatformError,
        _ request: PlatformRequest,
        of assignment: Assignment,
        _ attempt: Attempt,
        _ harvest: inout Harvest
    ) async -> End {
        let scope = attempt.scope(assignment.scope(of: request))
        let detail = error.detail(of: attempt.desk.platform)
        switch await shield.begin(scope, among: request.metrics, attempt.desk) {
        case .search: break
        case .knownAlready: return .again
        case .wait: return .ended(.snooze(.deprecatedMetric, detail: detail, wait: .seconds(10)))
        case .fruitless: return .ended(Self.baffled(detail))
        }
        var search = MetricSearch(request.metrics, named: error.metrics)
        var last: (request: PlatformRequest, answer: PlatformAnswer, at: Instant)?
        while true {
            switch search.next() {
            case .fruitless:
                shield.foundNothing(scope, detail)
                await shield.end(scope, rest: RetirementShield.rest)
                return .ended(Self.baffled(detail))
            case .found(let metrics):
                let finding = QuarantineStore.Finding(
                    metrics: metrics,
                    reason: detail,
                    wasNamed: metrics.allSatisfy(error.metrics.contains),
                    calls: search.calls,
                    job: attempt.job.id
                )
                await shield.found(finding, in: scope, at: caller.directory.now)
                for metric in metrics { harvest.leaveOut(metric) }
                return last.map { .answered($0.request, $0.answer, at: $0.at) } ?? .nothingLeft
            case .ask(let names):
                guard
                    let narrowed = attempt.desk.platform.narrowed(
                        request,
                        of: assignment,
                        attempt.desk.settings,
                        to: names
                    )
                else {
                    search.giveUp()
                    continue
                }
                harvest.requests += 1
                let answer: (PlatformAnswer, at: Instant)
                switch await caller.send(narrowed, for: attempt, isContinuing: true) {
                case .held(let outcome):
                    await shield.end(scope)
                    return .ended(outcome)
                case .failed(let failure):
                    await shield.end(scope)
                    return .failed(failure)
                case .answered(let read, let arrived): answer = (read, arrived)
                }
                switch Self.verdict(answer.0, narrowed) {
                case .refused(let named): search.refused(named: named)
                case .passed:
                    search.passed()
                    last = (narrowed, answer.0, answer.at)
                case .other(let other):
                    await shield.end(scope)
                    let detail = other.detail(of: attempt.desk.platform)
                    return .ended(other.outcome(detail: detail) ?? .retry(other.deadCause, detail: detail, wait: nil))
                }
                guard await shield.goOn(scope) else {
                    return .ended(.snooze(.deprecatedMetric, detail: detail, wait: .seconds(10)))
                }
            }
        }
    }

    /// What an answer says about the metrics of its request.
    enum Verdict {
        case passed
        case refused(named: [String])
        case other(PlatformError)
    }

    static func verdict(_ answer: PlatformAnswer, _ request: PlatformRequest) -> Verdict {
        switch answer {
        case .page(let page):
            let refusals = page.itemErrors.filter { $0.error.consequence == .quarantine }
            return refusals.isEmpty ? .passed : .refused(named: refusals.flatMap(\.error.metrics))
        case .error(let error):
            switch error.consequence {
            case .quarantine: return .refused(named: error.metrics)
            // The platform looks at the names before it looks at the figures.
            case .partial: return .passed
            case .snooze, .suspend, .retry, .retrySlowly, .retryOnce, .refresh, .reconnect, .confirm, .alarm, .dead:
                return .other(error)
            }
        }
    }

    /// The end of a job whose call is refused though no metric is at fault.
    private static func baffled(_ detail: String) -> JobOutcome {
        .retry(.deprecatedMetric, detail: "no metric of the call is at fault: \(detail)", wait: .seconds(900))
    }
}
