/// Why a job died: a closed list, so that dead letters can be counted, grouped and alerted on.
public enum DeadCause: String, Sendable, CaseIterable, Hashable {
    // The message breaks the contract.
    case emptyBody = "empty_body"
    case bodyTooLarge = "body_too_large"
    case invalidUTF8 = "invalid_utf8"
    case malformedJSON = "malformed_json"
    case tooDeep = "too_deep"
    case notAnObject = "not_an_object"
    case duplicateField = "duplicate_field"
    case missingField = "missing_field"
    case wrongType = "wrong_type"
    case numberOutOfRange = "number_out_of_range"
    case unknownVersion = "unknown_version"
    case badID = "bad_id"
    case idInFuture = "id_in_future"
    case badRun = "bad_run"
    case badAccount = "bad_account"
    case badDate = "bad_date"
    case dateInFuture = "date_in_future"
    case dateTooOld = "date_too_old"
    case badTime = "bad_time"
    case badDays = "bad_days"
    case badPosts = "bad_posts"
    case unknownPlatform = "unknown_platform"
    case unknownCollection = "unknown_collection"
    case unknownLane = "unknown_lane"
    case unknownMetric = "unknown_metric"
    case duplicateMetric = "duplicate_metric"
    case tooManyMetrics = "too_many_metrics"
    case textTooLong = "text_too_long"
    case badAttempt = "bad_attempt"
    case wrongQueue = "wrong_queue"
    case unsupportedMetric = "unsupported_metric"
    case unsupportedPlatform = "unsupported_platform"
    // The account cannot be collected.
    case unknownAccount = "unknown_account"
    case platformMismatch = "platform_mismatch"
    case accountNotActive = "account_not_active"
    case badExternalID = "bad_external_id"
    case unknownPost = "unknown_post"
    case noCredential = "no_credential"
    case unreadableCredential = "unreadable_credential"
    // The platform refuses for good.
    case authInvalid = "auth_invalid"
    case authExpired = "auth_expired"
    case permission
    case notFound = "not_found"
    case deprecatedMetric = "deprecated_metric"
    case apiVersionSunset = "api_version_sunset"
    case creditsExhausted = "credits_exhausted"
    case moneySpent = "money_spent"
    case malformedAnswer = "malformed_answer"
    case invalidRequest = "invalid_request"
    // It failed too often.
    case rateLimitedTooOften = "rate_limited_too_often"
    case transientTooOften = "transient_too_often"
    // Numbers of a simulator came for a workspace that is no sandbox.
    case syntheticRefused = "synthetic_refused"
    // Pushed readings that break their contract, or speak for an account that is collected.
    case badReading = "bad_reading"
    case notASource = "not_a_source"
    // Workers died too often while holding it: the broker says so, and nobody has tried it apart from others yet.
    case crashed
    // Run by itself in a process of its own, it killed that process too.
    case killsWorkers = "kills_workers"
    // Somebody did not want it any more. It stands in the ledger as cancelled and not among the dead.
    case cancelled

    /// One sentence for the operator: what to do about it.
    public var advice: String {
        switch self {
        case .emptyBody, .bodyTooLarge, .invalidUTF8, .malformedJSON, .tooDeep, .notAnObject, .duplicateField,
            .missingField, .wrongType, .numberOutOfRange, .badID, .idInFuture, .badRun, .badAccount, .badDate,
            .dateInFuture, .badTime, .badDays, .badPosts, .duplicateMetric, .tooManyMetrics, .textTooLong, .badAttempt:
            "The publisher breaks the message contract; mend it there and publish the job again."
        case .unknownVersion:
            "No version of the contract has this number; mend the publisher. Newer versions wait: `flotilla jobs waiting`."
        case .unknownPlatform, .unknownCollection, .unknownLane, .unknownMetric:
            "The message names something this version does not know; mend the publisher or upgrade the workers."
        case .unsupportedMetric: "The platform does not offer this metric for this collection; leave it out."
        case .unsupportedPlatform: "This worker has no code for the platform; upgrade it, then replay."
        case .dateTooOld: "The platform no longer has data for this day; discard it."
        case .wrongQueue: "It was published under a routing key that is not its own; mend the publisher."
        case .unknownAccount: "No such account; it was removed, or the publisher names a wrong number."
        case .unknownPost: "None of the posts belongs to the account; they were removed, or the publisher is wrong."
        case .badReading: "The pushing service breaks the contract; mend it there and push again under a new id."
        case .notASource: "The account is collected by workers; register a source and push to an account of it."
        case .syntheticRefused:
            "A simulator answered for a workspace that is no sandbox; point the workers at the real platform."
        case .platformMismatch: "The account belongs to another platform; mend the publisher."
        case .accountNotActive: "The account is paused or gone; activate it, then replay."
        case .badExternalID: "The account's id at the platform has a wrong form; mend the account, then replay."
        case .noCredential, .authInvalid: "Reconnect the account, then replay."
        case .unreadableCredential: "The key ring lacks the key of this credential; add it, then replay."
        case .authExpired: "Refresh or reconnect the account, then replay."
        case .permission: "Grant the missing permission when reconnecting the account, then replay."
        case .notFound: "The platform says that the account does not exist; check it there."
        case .deprecatedMetric: "The platform retired a metric; leave it out or upgrade, then replay."
        case .apiVersionSunset: "Set a newer version of the platform's interface, then replay."
        case .creditsExhausted: "Add credits at the platform, then replay."
        case .moneySpent: "The workspace's budget of money is spent; raise it with `flotilla budgets set`, then replay."
        case .malformedAnswer: "The platform's answer could not be read; look at it, then replay."
        case .invalidRequest: "The platform calls our request wrong; report it."
        case .rateLimitedTooOften: "The platform kept limiting; replay at a lower rate."
        case .transientTooOften: "The platform kept failing; replay when it is well."
        case .crashed: "Workers died while holding it; look at their logs before replaying."
        case .killsWorkers:
            "It kills the process that runs it; report it with its letter, and replay after the upgrade."
        case .cancelled: "Somebody cancelled it; nothing is to be done."
        }
    }
}

/// A job's end without a result: the cause, and what exactly was wrong.
public struct Death: Error, Equatable, Sendable {
    public var cause: DeadCause
    /// One sentence with the facts; never a token, never a body. Begins with the path, where there is one.
    public var detail: String
    /// Which part of a message is wrong, as a JSON pointer: `/metrics/1`.
    public var path: String?

    public init(_ cause: DeadCause, _ detail: String, at path: String? = nil) {
        self.cause = cause
        self.detail = path.map { "\($0): \(detail)" } ?? detail
        self.path = path
    }
}
