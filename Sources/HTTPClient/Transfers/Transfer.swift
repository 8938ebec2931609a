internal import Synchronization

/// One request on its way to the client's thread.
struct Transfer: Sendable {
    let request: HTTPRequest
    let origin: Origin
    /// The origin is configured as allowed: plain http and private addresses are fine.
    let isAllowed: Bool
    let cancellation: CancellationFlag
    let finish: Completion
}

typealias Outcome = Result<HTTPResponse, HTTPError>
typealias Completion = CheckedContinuation<Outcome, Never>

/// Set from the cancelled task, read by the client's thread.
final class CancellationFlag: Sendable {
    private let flag = Atomic(false)
    var isSet: Bool { flag.load(ordering: .acquiring) }
    func set() { flag.store(true, ordering: .releasing) }
}
