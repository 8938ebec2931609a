/// Paths of the Graph interfaces: `/<version>/<object>/<edge>`, of which every part may be missing.
struct GraphPath: Equatable {
    /// An id, `me`, or another name of an account.
    var object: String?
    var edge: String?

    /// Takes a path apart; the version is optional. Gives nil for what has not this form.
    init?(_ path: String, edges: Set<String>) {
        var parts = path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        if let first = parts.first, GraphPath.isVersion(first) { parts.removeFirst() }
        guard parts.count <= 2, parts.allSatisfy(GraphPath.isName) else { return nil }
        // `/insights?ids=…` asks for an edge of many objects.
        if parts.count == 1, edges.contains(parts[0]) { parts.insert("", at: 0) }
        object = parts.first.flatMap { $0.isEmpty ? nil : $0 }
        edge = parts.count == 2 ? parts[1] : nil
    }

    /// Whether a text is an id: digits only, and for posts of a page two such joined by `_`.
    static func isID(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        return parts.count <= 2 && parts.allSatisfy { isAccountID(Substring($0)) }
    }

    /// Whether a text is an account's id: 1 to 32 digits.
    static func isAccountID(_ text: some StringProtocol) -> Bool {
        (1...32).contains(text.utf8.count) && text.utf8.allSatisfy { $0 &- 48 < 10 }
    }

    /// `v` and a decimal number, such as `v25.0`.
    static func isVersion(_ text: some StringProtocol) -> Bool {
        guard text.utf8.first == UInt8(ascii: "v"), (2...8).contains(text.utf8.count) else { return false }
        return text.utf8.dropFirst().allSatisfy { $0 &- 48 < 10 || $0 == UInt8(ascii: ".") }
    }

    /// Whether a text may be a part of a path. A name for an account holds dots.
    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text != "." && text != ".."
            && text.utf8.allSatisfy { byte in
                byte &- 48 < 10 || (byte | 0x20) &- 97 < 26 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
                    || byte == UInt8(ascii: "-")
            }
    }
}
