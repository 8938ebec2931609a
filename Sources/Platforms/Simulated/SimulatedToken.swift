internal import FleetCore

/// A token of a simulated account: it follows from account, kind and generation, so that the simulator needs no memory to
/// know its own. It does not depend on the simulator's seed: accounts stay connected when the world behind them is another.
public struct SimulatedToken: Hashable, Sendable {
    /// What a token is for.
    public enum Kind: String, Sendable, CaseIterable {
        /// Reads data.
        case access = "sim"
        /// Fetches the next access token.
        case refresh = "simr"
        /// An authorization code: what a consent hands to the callback.
        case code = "simc"
        /// A long-lived user token at Facebook, from which page tokens are derived.
        case user = "simu"
    }

    public let kind: Kind
    public let account: SimulatedAccount
    /// Zero from the start; each refresh gives the next one.
    public let generation: Int

    /// The token of a kind and generation.
    public init(_ kind: Kind, _ account: SimulatedAccount, generation: Int = 0) {
        self.kind = kind
        self.account = account
        self.generation = generation
    }

    /// The token of a text, or nil when the simulator has issued no such token.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let kind = parts.first.flatMap({ Kind(rawValue: String($0)) }) else { return nil }
        if parts.count == 3, kind == .access {
            guard let account = SimulatedAccount(.instagram, externalID: parts[1]) else { return nil }
            self.init(.access, account)
        } else if parts.count == 5 {
            guard let platform = PlatformName(rawValue: String(parts[1])), let number = Int(parts[2]),
                let generation = Int(parts[3]), number >= 0, generation >= 0
            else { return nil }
            self.init(kind, SimulatedAccount(platform, number: number), generation: generation)
        } else {
            return nil
        }
        guard self.text == text else { return nil }
    }

    /// `sim-<platform>-<number>-<generation>-<16 hexadecimal digits>`, the first word by kind; the first access tokens of
    /// Instagram are `sim-<external id>-<16 hexadecimal digits>`.
    public var text: String {
        if kind == .access && account.platform == .instagram && generation == 0 {
            let salt: UInt64 = 17_841_400_000_000
            return "sim-\(account.externalID)-" + SimulatedToken.hex(salt &+ UInt64(account.number))
        }
        var salt = SimulatedAccount.mix(UInt64(account.number), UInt64(generation))
        for byte in kind.rawValue.utf8 { salt = salt &* 31 &+ UInt64(byte) }
        for byte in account.platform.rawValue.utf8 { salt = salt &* 31 &+ UInt64(byte) }
        return "\(kind.rawValue)-\(account.platform.rawValue)-\(account.number)-\(generation)-"
            + SimulatedToken.hex(salt)
    }

    private static func hex(_ salt: UInt64) -> String {
        let digits = String(SimulatedAccount.mix(0x666C_6F74_696C_6C61, salt), radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
