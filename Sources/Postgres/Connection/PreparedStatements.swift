/// Which statements the server has prepared for one connection, by text and types of parameters.
struct PreparedStatements {
    struct Entry: Hashable {
        let name: String
        /// As declared; zero where the server inferred the type.
        let types: [UInt32]

        /// A null fits everywhere.
        func fits(_ parameters: [Parameter]) -> Bool {
            guard types.count == parameters.count else { return false }
            for (type, parameter) in zip(types, parameters) where parameter != .null && parameter.type != type {
                return false
            }
            return true
        }
    }

    /// How many are kept; further statements are sent unnamed.
    let limit: Int
    private var entries: [String: [Entry]] = [:]
    private var count = 0
    private var made = 0

    init(limit: Int = 256) { self.limit = limit }

    func find(_ text: String, _ parameters: [Parameter]) -> Entry? {
        entries[text]?.first { $0.fits(parameters) }
    }

    /// A new entry, to be prepared on the server; nil when there are too many. Nulls take the types seen before.
    mutating func add(_ text: String, _ parameters: [Parameter]) -> Entry? {
        guard count < limit else { return nil }
        var types = parameters.map(\.type)
        if let known = entries[text]?.first(where: { $0.types.count == types.count }) {
            for index in types.indices where parameters[index] == .null { types[index] = known.types[index] }
        }
        made += 1
        count += 1
        let entry = Entry(name: "s\(made)", types: types)
        entries[text, default: []].append(entry)
        return entry
    }

    mutating func remove(_ text: String, _ entry: Entry) {
        guard let index = entries[text]?.firstIndex(of: entry) else { return }
        entries[text]?.remove(at: index)
        count -= 1
    }

    /// Forgets all, for instance after the schema changed. Names are never used twice.
    mutating func removeAll() {
        entries.removeAll()
        count = 0
    }
}
