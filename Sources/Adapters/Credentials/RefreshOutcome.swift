/// How an attempt to renew a credential ended.
public enum RefreshOutcome: Sendable, Equatable {
    /// A new pair is stored.
    case renewed
    /// Somebody else renewed it, or it is not due.
    case fresh
    /// Somebody else is at it for at most so long.
    case held(Duration)
    /// The account or its credential is not in use.
    case inactive
    /// There is no such account, or it has no credential.
    case missing
    /// This connection cannot be renewed, and why.
    case notRenewable(String)
    /// Only a new consent helps; `isNew` for the first who found out.
    case refused(String, isNew: Bool)
    /// It did not work this time; the wait that the platform asks for, if it does.
    case failed(String, wait: Duration?)

    /// One line without line ends, for the way between two processes.
    public var line: String {
        switch self {
        case .renewed: "renewed"
        case .fresh: "fresh"
        case .held(let wait): "held \(wait.wholeMilliseconds)"
        case .inactive: "inactive"
        case .missing: "missing"
        case .notRenewable(let reason): "not-renewable \(Self.flat(reason))"
        case .refused(let reason, let isNew): "refused \(isNew ? 1 : 0) \(Self.flat(reason))"
        case .failed(let reason, let wait): "failed \(wait.map { $0.wholeMilliseconds } ?? -1) \(Self.flat(reason))"
        }
    }

    /// Reads ``line`` back.
    public init?(line: String) {
        let parts = line.split(maxSplits: 2, omittingEmptySubsequences: false) { $0 == " " }
        let words = parts.map { String($0) }
        let rest = words.dropFirst().joined(separator: " ")
        let last = words.count > 2 ? words[2] : ""
        switch words.first {
        case "renewed": self = .renewed
        case "fresh": self = .fresh
        case "held":
            guard let wait = Int64(rest) else { return nil }
            self = .held(.milliseconds(wait))
        case "inactive": self = .inactive
        case "missing": self = .missing
        case "not-renewable": self = .notRenewable(rest)
        case "refused": self = .refused(last, isNew: words.dropFirst().first == "1")
        case "failed":
            guard let wait = words.dropFirst().first.flatMap({ Int64($0) }) else { return nil }
            self = .failed(last, wait: wait < 0 ? nil : .milliseconds(wait))
        default: return nil
        }
    }

    private static func flat(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }
}

extension Duration {
    var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
