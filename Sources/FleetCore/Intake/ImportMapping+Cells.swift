// What stands in the cells of a file.
extension ImportMapping {
    /// The day that a text names, or nil.
    func day(_ text: String) -> CivilDate? {
        switch dateForm {
        case .iso: return CivilDate(String(text.prefix(10)))
        case .monthFirst, .dayFirst:
            let parts = text.split { "/.-".contains($0) }.map { Int($0) }
            guard parts.count == 3, let first = parts[0], let second = parts[1], let year = parts[2], year >= 1000
            else {
                return nil
            }
            return dateForm == .monthFirst
                ? CivilDate(year: year, month: first, day: second) : CivilDate(year: year, month: second, day: first)
        case .words: return Self.day(words: text)
        }
    }

    private static func day(words text: String) -> CivilDate? {
        let words = text.split { $0 == " " || $0 == "," }
        // A weekday may stand first.
        guard words.count >= 3, let year = Int(words[words.count - 1]), let day = Int(words[words.count - 2]) else {
            return nil
        }
        let name = words[words.count - 3].lowercased().prefix(3)
        guard words.count <= 4, let month = months.firstIndex(of: String(name)) else { return nil }
        return CivilDate(year: year, month: month + 1, day: day)
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// The value of a cell: digits with the mapping's signs, perhaps a percent sign behind them.
    func number(_ text: String, _ column: Column) throws(FixedPoint.Fault) -> Int64 {
        var digits = Array(text)
        if digits.last == "%" { digits.removeLast() }
        if let thousands { digits.removeAll { $0 == thousands } }
        let plain = String(digits.map { $0 == point ? "." : $0 })
        // Another point than the file's own is no number: `1.234` may mean either.
        if point != ".", text.contains("."), thousands != "." { throw .notANumber }
        return try FixedPoint.parse(
            Array(plain.utf8).span,
            scale: MetricCatalogue.scale(of: column.metric),
            column.conversion
        )
    }
}
