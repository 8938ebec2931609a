internal import Crypto

/// What the holder of a key may do in its workspace.
public enum AccessRole: String, Sendable, CaseIterable, Comparable {
    /// Reads.
    case viewer
    /// Reads, and orders collections.
    case `operator`

    public static func < (left: AccessRole, right: AccessRole) -> Bool { left == .viewer && right == .operator }
}

/// A key as its holder has it; the database knows its digest.
public struct APIKey: Sendable {
    /// Says what it is to whoever finds one, and to programs that look for secrets that leaked.
    public static let prefix = "flotilla_key_"

    /// What the holder sends.
    public let text: String

    /// A new one, of 256 random bits.
    public init() { text = Self.prefix + randomBytes(32).hexadecimal }

    /// One that somebody sent; nil when it has another form.
    public init?(_ text: String) {
        let digits = text.utf8.dropFirst(Self.prefix.utf8.count)
        guard text.hasPrefix(Self.prefix), digits.count == 64,
            digits.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        self.text = text
    }

    /// What the database knows of it.
    public var digest: [UInt8] { sha256(Array(text.utf8)) }
}

/// Who calls, as far as their key says it.
public struct KeyHolder: Sendable, Equatable {
    public var key: Int64
    public var workspace: Int64
    public var name: String
    public var role: AccessRole

    public init(key: Int64, workspace: Int64, name: String, role: AccessRole) {
        (self.key, self.workspace, self.name, self.role) = (key, workspace, name, role)
    }
}
