/// A pattern of topic exchanges: words between dots, `*` for any word, `#` for any number of words.
public struct TopicPattern: Hashable, Sendable {
    private let words: [Substring]

    /// Any text is a pattern.
    public init(_ text: String) { words = text.split(separator: ".", omittingEmptySubsequences: false) }

    /// Whether a routing key fits.
    public func matches(_ key: String) -> Bool {
        Self.matches(words[...], key.split(separator: ".", omittingEmptySubsequences: false)[...])
    }

    private static func matches(_ pattern: ArraySlice<Substring>, _ key: ArraySlice<Substring>) -> Bool {
        guard let first = pattern.first else { return key.isEmpty }
        let rest = pattern.dropFirst()
        if first == "#" { return (key.startIndex...key.endIndex).contains { matches(rest, key[$0...]) } }
        guard let word = key.first, first == "*" || first == word else { return false }
        return matches(rest, key.dropFirst())
    }
}
