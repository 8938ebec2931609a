/// The keys of the objects being read, to find one that is given twice.
///
/// Small objects are compared key by key, which needs no hashing; larger ones move to a set, so that an object with a
/// million keys cannot make the search quadratic.
struct SeenKeys: Sendable {
    private static let smallest = 24

    private struct Level {
        var keys: [JSONText] = []
        var many: Set<JSONText> = []
    }

    private var levels: [Level] = []

    /// Forgets what was seen at `depth` (1 or more) and below.
    mutating func begin(depth: Int) {
        while levels.count < depth { levels.append(Level()) }
        levels[depth - 1].keys.removeAll(keepingCapacity: true)
        levels[depth - 1].many.removeAll()
    }

    /// Notes a key; false when the object at this depth had it before.
    mutating func insert(_ key: JSONText, depth: Int) -> Bool {
        let index = depth - 1
        if !levels[index].many.isEmpty { return levels[index].many.insert(key).inserted }
        for known in levels[index].keys where known == key { return false }
        levels[index].keys.append(key)
        if levels[index].keys.count > Self.smallest { levels[index].many = Set(levels[index].keys) }
        return true
    }
}
