/// Paths of the Graph interfaces: `/<version>/<id>` and `/<version>/<id>/<edge>`.
struct GraphPath: Equatable {
    var id: String
    var edge: String?

    /// Takes a path apart; the version is optional. Gives nil for anything else, and for ids that are not Graph's.
    init?(_ path: String) {
        var parts = path.split(separator: "/", omittingEmptySubsequences: true)
        if let first = parts.first, GraphPath.isVersion(first) { parts.removeFirst() }
        guard (1...2).contains(parts.count), GraphPath.isID(String(parts[0])) else { return nil }
        id = String(parts[0])
        edge = parts.count == 2 ? String(parts[1]) : nil
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
}
