/// The candidate that a mistyped word most likely meant, or nil when none is close: at most one slip in short
/// words, two in words of six letters, three in longer ones.
public func nearestName(to word: String, among candidates: some Sequence<String>) -> String? {
    let allowance = word.utf8.count < 5 ? 1 : word.utf8.count < 10 ? 2 : 3
    let typed = Array(word.lowercased().utf8)
    var best: (name: String, distance: Int)?
    for candidate in candidates {
        let distance = editDistance(typed, Array(candidate.lowercased().utf8))
        if distance <= allowance, distance < (best?.distance ?? .max) { best = (candidate, distance) }
    }
    return best?.name
}

/// A suggestion ready to append to a message: `; did you mean `x`?`, or nothing.
public func suggestion(for word: String, among candidates: some Sequence<String>) -> String {
    nearestName(to: word, among: candidates).map { "; did you mean `\($0)`?" } ?? ""
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other.
func editDistance(_ from: [UInt8], _ to: [UInt8]) -> Int {
    var beforeLast = [Int](repeating: 0, count: to.count + 1)
    var last = Array(0...to.count)
    for row in 0..<from.count {
        var current = [row + 1] + [Int](repeating: 0, count: to.count)
        for column in 0..<to.count {
            let replaced = last[column] + (from[row] == to[column] ? 0 : 1)
            current[column + 1] = min(replaced, last[column + 1] + 1, current[column] + 1)
            if row > 0, column > 0, from[row] == to[column - 1], from[row - 1] == to[column] {
                current[column + 1] = min(current[column + 1], beforeLast[column - 1] + 1)
            }
        }
        beforeLast = last
        last = current
    }
    return last[to.count]
}
