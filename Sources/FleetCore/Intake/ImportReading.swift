/// The readings that a file holds under a mapping, and the cells that hold none. Pure: records come in one by one.
public struct ImportReading: Sendable {
    /// A row or cell that was not taken.
    public struct Refusal: Equatable, Sendable {
        public var line: Int
        public var reason: String
    }

    /// One value of the file.
    public struct Value: Equatable, Sendable {
        public var line: Int
        /// The platform's id of the post; nil for the account.
        public var post: String?
        /// Nil for lifetime totals.
        public var day: CivilDate?
        public var metric: MetricID
        public var value: Int64

        public init(line: Int, post: String?, day: CivilDate?, metric: MetricID, value: Int64) {
            (self.line, self.post, self.day, self.metric, self.value) = (line, post, day, metric, value)
        }
    }

    /// The most values of one file.
    public static let most = 1_000_000

    public private(set) var rows = 0
    public private(set) var values: [Value] = []
    public private(set) var refusals: [Refusal] = []
    /// Titles of the mapping that the file does not have.
    public let missing: [String]

    private let mapping: ImportMapping
    private let today: CivilDate
    private let dateAt: Int?
    private let postAt: Int?
    private let columnsAt: [(column: ImportMapping.Column, position: Int)]
    private let width: Int
    private var seen: [Key: Int] = [:]

    private struct Key: Hashable {
        var post: String?
        var day: CivilDate?
    }

    /// - Parameters:
    ///   - titles: the file's first record.
    ///   - today: the day that has begun last at the platform; later ones are refused.
    public init(_ mapping: ImportMapping, titles: [String], today: CivilDate) throws(MappingFault) {
        self.mapping = mapping
        self.today = today
        width = titles.count
        let places = Dictionary(titles.enumerated().map { ($1.trimmedBlanks, $0) }) { first, _ in first }
        dateAt = mapping.date.flatMap { places[$0] }
        postAt = mapping.post.flatMap { places[$0] }
        columnsAt = mapping.columns.compactMap { column in places[column.title].map { (column, $0) } }
        missing = mapping.columns.map(\.title).filter { places[$0] == nil }
        for title in [mapping.date, mapping.post].compactMap({ $0 }) where places[title] == nil {
            throw MappingFault("the file has no column `\(title)`; it has \(Self.shown(titles))")
        }
        guard !columnsAt.isEmpty else {
            throw MappingFault("the file has none of the mapping's columns; it has \(Self.shown(titles))")
        }
    }

    private static func shown(_ titles: [String]) -> String {
        titles.prefix(20).map { "`\($0.prefix(40))`" }.joined(separator: ", ")
    }

    /// Takes in one record.
    public mutating func take(line: Int, _ fields: [String]) {
        if let first = fields.first?.trimmedBlanks, mapping.totals.contains(first) { return }
        rows += 1
        do throws(MappingFault) {
            try takeRow(line, fields)
        } catch {
            refusals.append(Refusal(line: line, reason: error.description))
        }
    }

    private mutating func takeRow(_ line: Int, _ fields: [String]) throws(MappingFault) {
        guard fields.count == width else {
            throw MappingFault("the row has \(fields.count) cells, the first row \(width)")
        }
        var key = Key()
        if let dateAt {
            guard let day = mapping.day(fields[dateAt].trimmedBlanks) else {
                throw MappingFault(
                    "`\(fields[dateAt].prefix(40))` is not a day of the form \(mapping.dateForm.rawValue)"
                )
            }
            guard day <= today else { throw MappingFault("\(day) has not begun") }
            key.day = day
        }
        if let postAt {
            let post = fields[postAt].trimmedBlanks
            guard (1...PushContract.maximumPostID).contains(post.utf8.count) else {
                throw MappingFault("the id of the post is empty or too long")
            }
            key.post = post
        }
        if let first = seen.updateValue(line, forKey: key) {
            seen[key] = first
            throw MappingFault("the same \(key.post == nil ? "day" : "post and day") stands in line \(first) already")
        }
        for (column, position) in columnsAt { takeCell(line, key, column, fields[position].trimmedBlanks) }
    }

    private mutating func takeCell(_ line: Int, _ key: Key, _ column: ImportMapping.Column, _ text: String) {
        // Nothing is not zero.
        if text.isEmpty || Self.nothing.contains(text.lowercased()) { return }
        guard values.count < Self.most else {
            return refusals.append(Refusal(line: line, reason: "the file holds more than \(Self.most) values"))
        }
        do throws(FixedPoint.Fault) {
            let value = try mapping.number(text, column)
            values.append(Value(line: line, post: key.post, day: key.day, metric: column.metric, value: value))
        } catch {
            refusals.append(Refusal(line: line, reason: "`\(column.title)`: `\(text.prefix(40))` \(error.reason)"))
        }
    }

    private static let nothing: Set<String> = ["-", "--", "—", "n/a", "na", "null", "nan"]
}

extension String {
    fileprivate var trimmedBlanks: String {
        var text = self[...]
        while let first = text.unicodeScalars.first, first.properties.isWhitespace { text.unicodeScalars.removeFirst() }
        while let last = text.unicodeScalars.last, last.properties.isWhitespace { text.unicodeScalars.removeLast() }
        return String(text)
    }
}
