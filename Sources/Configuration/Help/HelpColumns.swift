/// Terms and what they mean in two columns, wrapped so that they fit every terminal.
enum HelpColumns {
    private static let width = 100
    /// A longer term stands on a line of its own.
    private static let widestTerm = 26

    static func text(_ lines: [(term: String, meaning: String)]) -> String {
        let column = min(widestTerm, lines.map(\.term.count).max() ?? 0)
        let indent = String(repeating: " ", count: column + 4)
        var text = ""
        for (term, meaning) in lines {
            let wrapped = wrap(meaning, to: width - indent.count).joined(separator: "\n\(indent)")
            text += "  \(term.padded(to: column))"
            text += term.count > column ? "\n\(indent)\(wrapped)\n" : "  \(wrapped)\n"
        }
        return text
    }

    /// Text over the whole width.
    static func paragraph(_ text: String) -> String { wrap(text, to: width).joined(separator: "\n") }

    /// The first sentence, for lists of many.
    static func summary(_ help: String) -> String {
        var previous: Character = " "
        for (index, character) in zip(help.indices, help) {
            if previous == ".", character == " " { return String(help[..<index]) }
            previous = character
        }
        return help
    }

    /// Lines of whole words; a word that is too long has a line of its own.
    private static func wrap(_ text: String, to width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines.isEmpty ? [""] : lines
    }
}
