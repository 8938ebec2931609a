import Configuration
import Runtime

/// Columns of text for people. Whatever stands in a cell is shown without control characters.
struct TextTable {
    enum Side { case left, right }

    private var titles: [String]
    private var sides: [Side]
    private var rows: [[String]] = []

    /// Columns as `name`, or `>name` for one that is aligned to the right.
    init(_ columns: String...) { self.init(columns) }

    init(_ columns: [String]) {
        titles = columns.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }
        sides = columns.map { $0.hasPrefix(">") ? .right : .left }
    }

    mutating func add(_ cells: String...) { add(cells) }

    mutating func add(_ cells: [String]) {
        precondition(cells.count == titles.count, "a row has one cell per column")
        rows.append(cells.map(Terminal.visible))
    }

    var isEmpty: Bool { rows.isEmpty }

    /// Columns of a terminal that the longest line takes.
    var width: Int { widths.reduce(0, +) + 2 * max(0, titles.count - 1) }

    private var widths: [Int] {
        titles.indices.map { column in rows.reduce(titles[column].count) { max($0, $1[column].count) } }
    }

    /// Prints the heading and every row.
    func print(on output: CommandOutput) {
        let widths = widths
        output.print(output.style(.strong, line(titles, widths)))
        for row in rows { output.print(line(row, widths)) }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var text = ""
        for (column, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: widths[column] - cell.count)
            if column > 0 { text += "  " }
            text += sides[column] == .right ? padding + cell : cell + padding
        }
        while text.last == " " { text.removeLast() }
        return text
    }
}
