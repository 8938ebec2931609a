/// What came of one check, with the reason in one sentence.
public enum Verdict: Sendable, Equatable {
    case fine(String)
    case wrong(String)
    /// It could not be looked at.
    case unknown(String)

    /// `ok`, `wrong` or `unknown`.
    public var word: String {
        switch self {
        case .fine: "ok"
        case .wrong: "wrong"
        case .unknown: "unknown"
        }
    }

    /// The sentence.
    public var detail: String {
        switch self {
        case .fine(let text), .wrong(let text), .unknown(let text): text
        }
    }

    public var isWrong: Bool { if case .wrong = self { true } else { false } }

    /// One or the other.
    static func of(_ isWrong: Bool, _ detail: String) -> Verdict { isWrong ? .wrong(detail) : .fine(detail) }
}
