public import FleetCore

/// An account that exists only in the simulator: its ids and its tokens follow from its platform and number, so that
/// whoever wants it can connect it and nobody can mistake it for a real one.
public struct SimulatedAccount: Hashable, Sendable {
    /// Where it is.
    public let platform: PlatformName
    /// Its number on the platform, from zero.
    public let number: Int

    /// The account of a number.
    public init(_ platform: PlatformName = .instagram, number: Int) {
        self.platform = platform
        self.number = number
    }

    /// The account that a platform knows under an id, or nil when no simulated account has it.
    public init?(_ platform: PlatformName, externalID: some StringProtocol) {
        let form = IDForm(platform)
        guard let number = form.number(externalID) else { return nil }
        self.init(platform, number: number)
    }

    /// How many accounts a platform can have: fewer than what the digits of the shortest ids leave room for.
    public static let most = 9_000_000

    /// The account's id on its platform, in the platform's own form.
    public var externalID: String { IDForm(platform).text(number) }

    /// A handle that reads like one.
    public var username: String { "sim.account.\(number)" }

    /// The access token that is accepted from the start.
    public var token: String { SimulatedToken(.access, self).text }

    /// The refresh token that is accepted from the start.
    public var refreshToken: String { SimulatedToken(.refresh, self).text }

    /// Two numbers mixed into one, the same on every machine: the finisher of SplitMix64, twice.
    public static func mix(_ first: UInt64, _ second: UInt64) -> UInt64 { finish(finish(first) &+ second) }

    private static func finish(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// How a platform writes the ids of accounts: fixed text, then the number added to a first one.
private struct IDForm {
    var prefix = ""
    var first: Int64 = 0
    /// How many digits follow the prefix.
    var digits: Int

    init(_ platform: PlatformName) {
        switch platform {
        case .instagram: (first, digits) = (17_841_400_000_000, 14)
        case .facebook: (first, digits) = (318_800_000_000_000, 15)
        case .threads: (first, digits) = (8_760_000_000_000_000, 16)
        case .youtube: (prefix, digits) = ("UCsimulated", 13)
        case .linkedin: (prefix, first, digits) = ("urn:li:organization:", 90_000_000, 8)
        case .x: (first, digits) = (1_730_000_000, 10)
        case .tiktok: (prefix, digits) = ("5b0e9a41-77c2-4d1e-9f63-", 12)
        case .pinterest: (first, digits) = (1_059_334_700_000_000_000, 19)
        default: (first, digits) = (5_000_000_000, 10)
        }
    }

    func text(_ number: Int) -> String {
        let value = String(first + Int64(number))
        return prefix + String(repeating: "0", count: max(0, digits - value.utf8.count)) + value
    }

    func number(_ id: some StringProtocol) -> Int? {
        guard id.utf8.count == prefix.utf8.count + digits, id.utf8.starts(with: prefix.utf8) else { return nil }
        var value: Int64 = 0
        for byte in id.utf8.dropFirst(prefix.utf8.count) {
            guard byte &- 48 < 10 else { return nil }
            value = value * 10 + Int64(byte &- 48)
        }
        return (0..<Int64(SimulatedAccount.most)).contains(value - first) ? Int(value - first) : nil
    }
}
