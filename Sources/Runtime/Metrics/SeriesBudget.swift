internal import Synchronization

/// How many series a process may still make.
final class SeriesBudget: Sendable {
    let limit: Int
    private let made = Atomic<Int>(0)
    private let turnedAway = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// How many series found no room.
    var refused: Int { turnedAway.load(ordering: .relaxed) }

    /// A question to ask before each new series: is there room for `count` more lines?
    func request(_ count: Int) -> @Sendable () -> Bool {
        { [self] in
            if made.wrappingAdd(count, ordering: .relaxed).newValue <= limit { return true }
            made.wrappingSubtract(count, ordering: .relaxed)
            turnedAway.wrappingAdd(count, ordering: .relaxed)
            return false
        }
    }
}
