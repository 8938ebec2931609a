/// What a program tells its caller by ending; the same everywhere, documented in each help page.
public enum ExitCode: Int32, Sendable, CaseIterable {
    case ok = 0
    /// It was tried and did not work.
    case failed = 1
    /// The command line or the configuration is wrong; nothing was tried.
    case usage = 2
    case notFound = 3
    /// A rule forbids it: a missing `--yes`, a policy, a permission.
    case refused = 4
    /// Some of it worked.
    case partial = 5
    /// Stopped by Ctrl-C.
    case interrupted = 130

    /// One phrase for help pages.
    public var meaning: String {
        switch self {
        case .ok: "done"
        case .failed: "failed"
        case .usage: "wrong command line or configuration"
        case .notFound: "not found"
        case .refused: "refused by a rule"
        case .partial: "done in part"
        case .interrupted: "interrupted"
        }
    }
}

/// Ends a command with a message. The text says what failed, why, and what to do next, in one line.
public struct CommandFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public let exitCode: ExitCode
    public let message: String

    public init(_ exitCode: ExitCode, _ message: String) {
        self.exitCode = exitCode
        self.message = message
    }

    public var description: String { message }
}
