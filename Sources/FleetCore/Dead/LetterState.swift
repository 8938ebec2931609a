/// Where a dead letter stands.
public enum LetterState: String, Sendable, CaseIterable, Hashable {
    /// Waits for somebody to decide.
    case open
    /// Its job was given back to the fleet and has not ended yet.
    case replaying
    /// Its job died once more; another letter stands for it.
    case diedAgain = "died_again"
    /// Its job ended well.
    case resolved
    /// Somebody gave it up.
    case discarded
    /// Somebody put it aside.
    case archived

    /// Whether an operator may still do something with it.
    public var isSelectable: Bool { self == .open || self == .archived }
}

/// What is done with letters that were selected.
public enum LetterAction: String, Sendable, CaseIterable, Hashable {
    case replay, discard, archive
}

/// Where a selection of letters stands.
public enum SelectionState: String, Sendable, CaseIterable, Hashable {
    /// Chosen and examined; nothing was done with them.
    case frozen
    /// The first few are sent; the others wait for how those end.
    case canary
    case running
    /// Somebody, or the canary, put it off.
    case paused
    /// Somebody ended it; what was not sent stays open.
    case stopped
    /// All are sent, or closed.
    case finished

    /// Whether it goes on by itself.
    public var isMoving: Bool { self == .canary || self == .running }
    /// Whether nothing more will come of it.
    public var isOver: Bool { self == .stopped || self == .finished }
}
