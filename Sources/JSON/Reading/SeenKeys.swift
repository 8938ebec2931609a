/// The keys of the objects being read, to find one that is given twice.
///
/// Small objects are compared key by key, which needs no hashing; larger ones move to a set, so that an object with a
/// million keys cannot make the search quadratic.
struct SeenKeys: Sendable {
    private static let mostInList = 24

    private struct Level {
        /// Where this object's keys start in the list.
        var start = 0
        var many: Set<JSONText> = []
    }

    /// The keys of all open objects, outermost first; one list, because most documents open few.
    private var keys: [JSONText] = []
    private var levels: [Level] = []

    /// Starts an object at `depth` (1 or more), forgetting what was seen there and below.
    mutating func begin(depth: Int) {
        if levels.isEmpty {
            keys.reserveCapacity(16)
            levels.reserveCapacity(4)
        }
        if levels.count >= depth {
            keys.removeLast(keys.count - levels[depth - 1].start)
            levels.removeLast(levels.count - depth + 1)
        }
        // Arrays in between have a depth of their own and no keys.
        while levels.count < depth { levels.append(Level(start: keys.count)) }
    }

    /// Notes a key; false when the object at this depth had it before.
    mutating func insert(_ key: JSONText, depth: Int) -> Bool {
        close(below: depth)
        let level = depth - 1
        if !levels[level].many.isEmpty { return levels[level].many.insert(key).inserted }
        for index in levels[level].start..<keys.count where keys[index] == key { return false }
        keys.append(key)
        if keys.count - levels[level].start > Self.mostInList {
            levels[level].many = Set(keys[levels[level].start...])
        }
        return true
    }

    /// Forgets the objects inside that ended.
    private mutating func close(below depth: Int) {
        guard levels.count > depth else { return }
        keys.removeLast(keys.count - levels[depth].start)
        levels.removeLast(levels.count - depth)
    }
}
