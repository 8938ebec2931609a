/// How one attempt at a job ended.
public enum JobOutcome: Sendable, Equatable {
    /// There is a result, whole or partial.
    case finished(JobResult)
    /// Try again; the attempt counts. `wait` is what the platform asks for, if it says.
    case retry(DeadCause, detail: String, wait: Duration?)
    /// Come back later for a limit; no attempt is burnt.
    case snooze(DeadCause, detail: String, wait: Duration?)
    /// Nothing was asked, as a budget or a breaker does not allow it now: look again then, or somewhat earlier. No attempt is
    /// burnt.
    case park(detail: String, wait: Duration)
    /// It looks as if it can never succeed, but such looks deceive: dead when the attempt before ended in the same doubt,
    /// otherwise tried once more after `wait`, or after the usual time.
    case doubt(Death, wait: Duration?)
    /// It can never succeed as it is.
    case dead(Death)
}

/// What is done with a job after an attempt: one of three places, so that it is always in exactly one.
public enum JobDisposal: Sendable, Equatable {
    /// Publish the result.
    case result(JobResult)
    /// Put it back on the ladder's rung for this delay, as this attempt, with what the attempt before was in doubt about.
    case ladder(Duration, attempt: Int, doubt: DeadCause? = nil)
    /// Publish it to the dead letters.
    case deadLetter(Death)
}

extension RetryPolicy {
    /// The one place where an attempt's outcome becomes a decision.
    ///
    /// - Parameters:
    ///   - attempt: which attempt this was, from 1.
    ///   - doubt: what the attempt before was in doubt about.
    ///   - age: how long ago the job was enqueued.
    public func disposal(
        of outcome: JobOutcome,
        attempt: Int,
        doubt: DeadCause? = nil,
        age: Duration,
        ladder: [Duration],
        using generator: inout some RandomNumberGenerator
    ) -> JobDisposal {
        switch outcome {
        case .finished(let result):
            return .result(result)
        case .dead(let death):
            return .deadLetter(death)
        case .doubt(let death, _) where doubt == death.cause || attempt >= attempts:
            return .deadLetter(death)
        case .doubt(let death, let wait):
            let wait = min(wait ?? self.wait(after: attempt), longest)
            return .ladder(
                Self.rung(for: wait, ladder: ladder, using: &generator),
                attempt: attempt + 1,
                doubt: death.cause
            )
        case .retry(let cause, let detail, let wait):
            guard attempt < attempts else {
                return .deadLetter(Death(cause, "gave up after \(attempt) attempts: \(detail)"))
            }
            let wait = max(wait ?? .zero, self.wait(after: attempt))
            return .ladder(Self.rung(for: min(wait, longest), ladder: ladder, using: &generator), attempt: attempt + 1)
        case .snooze(let cause, let detail, let wait):
            guard age < patience else {
                return .deadLetter(Death(cause, "still limited after \(patience.components.seconds) s: \(detail)"))
            }
            // A platform may ask for less than it needs, or for ten years: both are kept within reason.
            let wait = min(max(wait ?? .seconds(60), first), longest)
            return .ladder(Self.rung(for: wait, ladder: ladder, using: &generator), attempt: attempt)
        case .park(let detail, let wait):
            guard age < patience else {
                return .deadLetter(
                    Death(.rateLimitedTooOften, "still held back after \(patience.components.seconds) s: \(detail)")
                )
            }
            // Rather too early than too late: what comes too early waits in place or is put off again.
            return .ladder(ladder.last { $0 <= wait } ?? ladder[0], attempt: attempt)
        }
    }
}
