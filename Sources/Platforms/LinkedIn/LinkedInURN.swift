/// LinkedIn's names of things, such as `urn:li:organization:90417755`.
struct LinkedInURN: Hashable, Sendable {
    /// What it names: `organization`, `share`, `ugcPost`.
    let kind: String
    let id: String

    /// Reads a URN whose id has letters, digits, `-` and `_` only; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "urn", parts[1] == "li", !parts[2].isEmpty, parts[3].utf8.count <= 40,
            LinkedInURN.isSafe(parts[2]), LinkedInURN.isSafe(parts[3])
        else { return nil }
        kind = String(parts[2])
        id = String(parts[3])
    }

    /// The page of a company or of one of its brands; a bare number is a company.
    init?(organization text: String) {
        guard let urn = LinkedInURN(text) ?? LinkedInURN("urn:li:organization:" + text),
            urn.kind == "organization" || urn.kind == "organizationBrand",
            urn.id.utf8.allSatisfy({ $0 &- 48 < 10 })
        else { return nil }
        self = urn
    }

    var text: String { "urn:li:\(kind):\(id)" }

    private static func isSafe(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                byte &- 48 < 10 || (byte | 0x20) &- 97 < 26 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }
}
