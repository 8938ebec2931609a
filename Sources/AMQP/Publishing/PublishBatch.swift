/// What a task hands over to be published.
struct PublishRequest: Sendable {
    let id: UInt64
    let messages: [Outgoing]
    let continuation: CheckedContinuation<[PublishOutcome], Never>
}

struct PublisherCommands: MailboxContent {
    var requests: [PublishRequest] = []
    var cancelled: [UInt64] = []
    var isEmpty: Bool { requests.isEmpty && cancelled.isEmpty }
}

/// The messages of one call, on the connection's thread, until each has its outcome.
final class PublishBatch {
    let id: UInt64
    let messages: [Outgoing]
    private var outcomes: [PublishOutcome?]
    private var missing: Int
    private var continuation: CheckedContinuation<[PublishOutcome], Never>?

    init(_ request: PublishRequest) {
        id = request.id
        messages = request.messages
        outcomes = Array(repeating: nil, count: messages.count)
        missing = messages.count
        continuation = request.continuation
    }

    /// Notes an outcome; the first one of a message counts. True when the batch is complete and somebody waits.
    func resolve(_ index: Int, _ outcome: PublishOutcome) -> Bool {
        guard outcomes[index] == nil else { return false }
        outcomes[index] = outcome
        missing -= 1
        return missing == 0 && continuation != nil
    }

    /// Gives whatever has no outcome this one. True when somebody waits.
    func resolveRest(_ outcome: PublishOutcome) -> Bool {
        for index in outcomes.indices where outcomes[index] == nil { outcomes[index] = outcome }
        missing = 0
        return continuation != nil
    }

    /// Resumes the waiting task; call once complete, outside of any lock.
    func resume() {
        continuation?.resume(returning: outcomes.map { $0 ?? .unknown(reason: "no outcome") })
        continuation = nil
    }
}
