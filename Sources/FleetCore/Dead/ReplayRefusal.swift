/// Why a letter of a selection is not replayed.
public enum ReplayRefusal: String, Sendable, CaseIterable, Hashable {
    case alreadyDone = "already_done"
    case newerSuccess = "newer_success"
    case breaksContract = "breaks_contract"
    case notAJob = "not_a_job"
    case noLongerAvailable = "no_longer_available"
    case accountGone = "account_gone"
    case budgetSpent = "budget_spent"
    case twice
    case loop
    case changed
    case unroutable

    /// Whether an operator may send it all the same: what it would do is a waste and not a fault.
    public var isAdvice: Bool {
        switch self {
        case .newerSuccess, .noLongerAvailable, .accountGone, .budgetSpent, .loop: true
        case .alreadyDone, .breaksContract, .notAJob, .twice, .changed, .unroutable: false
        }
    }

    /// One sentence for people.
    public var meaning: String {
        switch self {
        case .alreadyDone: "The job ended well meanwhile."
        case .newerSuccess: "A later job fetched the same figures."
        case .breaksContract: "The message does not keep the contract of this version; edit it."
        case .notAJob: "The letter holds no job that a worker could take."
        case .noLongerAvailable: "The platform does not answer for that time any more."
        case .accountGone: "The account is paused, needs to be connected again, or is gone."
        case .budgetSpent: "The budget of money is spent."
        case .twice: "Another letter of the same job stands before it in the selection."
        case .loop: "It was replayed and died too often."
        case .changed: "Somebody dealt with it meanwhile."
        case .unroutable: "No queue of the broker takes it."
        }
    }
}

/// What is known about a letter's job when its replay is considered.
public struct ReplayCase: Sendable {
    /// The job as the contract reads it today, or why it cannot.
    public var job: Result<Job, Death>
    /// Whether the letter was made of a job at all: results that were refused are not.
    public var isJob: Bool
    public var letterState: LetterState
    /// How the ledger knows the job: `done`, `partial`, `cancelled`, or nil.
    public var ledgerState: String?
    /// The account's state; nil when there is none.
    public var accountState: String?
    /// Whether figures of the same days were fetched after the death.
    public var hasNewerReadings: Bool
    /// How far back the platform answers, in days; nil where that is not known.
    public var historyDays: Int?
    /// How often it was replayed so far.
    public var replays: Int
    /// Whether its workspace has money left at the platform.
    public var hasMoney: Bool
    /// Whether an earlier letter of the selection has the same job.
    public var isRepeated: Bool

    public init(job: Result<Job, Death>, isJob: Bool = true, letterState: LetterState = .open) {
        self.job = job
        self.isJob = isJob
        self.letterState = letterState
        (hasNewerReadings, replays, hasMoney, isRepeated) = (false, 0, true, false)
        accountState = "active"
    }

    /// How often a job may be replayed before it counts as one that goes round in circles.
    public static let mostReplays = 3
    /// How long stories can be seen.
    private static let storyLife = Duration.seconds(24 * 3600)

    /// Why the letter is not to be sent, with the facts; nil when nothing speaks against it. What an operator allows is
    /// passed over.
    public func refusal(
        allowing allowed: Set<ReplayRefusal> = [],
        mostReplays: Int = mostReplays,
        now: Instant
    ) -> (reason: ReplayRefusal, detail: String)? {
        all(mostReplays, now).first { !($0.reason.isAdvice && allowed.contains($0.reason)) }
    }

    /// Everything that speaks against it, what cannot be helped first.
    private func all(_ most: Int, _ now: Instant) -> [(reason: ReplayRefusal, detail: String)] {
        guard isJob else { return [(.notAJob, "it was made of a result")] }
        if !letterState.isSelectable { return [(.changed, "it is \(letterState.rawValue)")] }
        if let state = ledgerState, ["done", "partial", "cancelled"].contains(state) {
            return [(.alreadyDone, "the job is \(state)")]
        }
        let job: Job
        switch self.job {
        case .failure(let death) where death.cause == .dateTooOld: return [(.noLongerAvailable, death.detail)]
        case .failure(let death): return [(.breaksContract, "\(death.cause.rawValue): \(death.detail)")]
        case .success(let read): job = read
        }
        if isRepeated { return [(.twice, "job \(job.id)")] }
        var found: [(ReplayRefusal, String)] = []
        if replays >= most { found.append((.loop, "replayed \(replays) times")) }
        if accountState != "active" {
            found.append((.accountGone, "account \(job.account) is \(accountState ?? "not there")"))
        }
        if hasNewerReadings { found.append((.newerSuccess, "figures of \(job.date) were read after it died")) }
        if let gone = unavailable(job, now) { found.append((.noLongerAvailable, gone)) }
        if !hasMoney { found.append((.budgetSpent, "the workspace's budget at \(job.platform.rawValue) is spent")) }
        return found
    }

    private func unavailable(_ job: Job, _ now: Instant) -> String? {
        if job.collect == .stories, now - job.enqueuedAt > Self.storyLife {
            return "stories of \(job.enqueuedAt.text(.seconds)) can be seen no more"
        }
        guard job.collect == .accountDaily, let historyDays else { return nil }
        let oldest = job.platform.dayZone.date(at: now) - historyDays
        return job.date < oldest ? "\(job.platform.rawValue) answers from \(oldest) on" : nil
    }
}
