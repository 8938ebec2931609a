/// Finds the metrics that make a call fail, from a call that did.
///
/// Names the platform names itself are believed. Otherwise halves are asked: what passes is clean, what fails holds a
/// culprit. When a culprit is found, everything else is asked at once, which is the call that the job needs anyway; only when
/// that fails too the search goes on, among what was not cleared. One culprit of n costs at most log2(n) + 1 calls rounded
/// up, two cost at most 2·log2(n) + 2.
///
/// When two names in a row seem guilty and nothing ever passed, the error is about no metric: a wrong token or window fails
/// every call alike.
public struct MetricSearch: Sendable {
    /// What to do next.
    public enum Step: Hashable, Sendable {
        /// Ask for these metrics and for no others.
        case ask([String])
        /// These are at fault, and none other.
        case found([String])
        /// No metric is at fault, as far as calls can tell.
        case fruitless
    }

    private let names: [String]
    private var culprits: [String] = []
    /// Holds at least one culprit; empty while none is sought.
    private var guilty: [String] = []
    /// Not cleared and not known to be guilty.
    private var open: [String] = []
    private var asked: [String] = []
    private var passes = 0
    private var isEnded = false
    private var isLost = false
    /// How many calls were asked for.
    public private(set) var calls = 0

    /// A search among the names of a call that failed. `named` are those that the platform's answer blames.
    public init(_ names: [String], named: [String]) {
        self.names = names
        guilty = names
        blame(named)
    }

    /// The next step. Asking twice without an answer in between gives the same step.
    public mutating func next() -> Step {
        while !isEnded, !isLost, guilty.count == 1 {
            culprits.append(guilty.removeFirst())
            // Two that fail alone prove nothing while nothing passes; one that was alone from the start is all there is.
            if passes == 0, culprits.count > 1, culprits.count == names.count { isLost = true }
        }
        if isLost { return .fruitless }
        let rest = names.filter { !culprits.contains($0) }
        if isEnded || rest.isEmpty { return .found(culprits) }
        asked = guilty.isEmpty ? rest : Array(guilty.prefix(guilty.count / 2))
        return .ask(asked)
    }

    /// The metrics asked for last are answered.
    public mutating func passed() {
        calls += 1
        passes += 1
        if guilty.isEmpty { isEnded = true } else { guilty.removeAll { asked.contains($0) } }
    }

    /// The metrics asked for last are refused, and the answer blames some of them or none.
    public mutating func refused(named: [String]) {
        calls += 1
        if guilty.isEmpty {
            // All but the culprits fail: what was cleared stays clear, so it is among the open ones.
            if open.isEmpty || (passes == 0 && culprits.count > 1) { isLost = true }
            guilty = open
            open = []
        } else {
            open += guilty.filter { !asked.contains($0) }
            guilty = asked
        }
        blame(named)
    }

    /// The calls cannot be made as asked.
    public mutating func giveUp() { isLost = true }

    /// Takes the platform's word for who is guilty.
    private mutating func blame(_ named: [String]) {
        let named = guilty.filter { named.contains($0) }
        if named.isEmpty { return }
        culprits += named
        open += guilty.filter { !named.contains($0) }
        guilty = []
        passes += 1
        isLost = false
    }
}
