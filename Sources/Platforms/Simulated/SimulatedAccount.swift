/// An account that exists only in the simulator: its ids and its token follow from its number, so that whoever wants it can
/// connect it and nobody can mistake it for a real one.
public struct SimulatedAccount: Hashable, Sendable {
    /// The number of the account, from zero.
    public let number: Int

    /// The external id of account zero on Instagram.
    public static let firstInstagramID: Int64 = 17_841_400_000_000

    /// The account of a number.
    public init(number: Int) {
        self.number = number
    }

    /// The account with an external id on Instagram, or nil when a simulator with so many accounts has none.
    public init?(instagramID: some StringProtocol, accounts: Int) {
        guard instagramID.utf8.count == 14, let id = Int64(instagramID) else { return nil }
        let number = id - SimulatedAccount.firstInstagramID
        guard number >= 0, number < Int64(accounts) else { return nil }
        self.init(number: Int(number))
    }

    /// The external id on Instagram.
    public var instagramID: String { String(SimulatedAccount.firstInstagramID + Int64(number)) }

    /// The only token that the simulator accepts for the account: `sim-<external id>-<16 hexadecimal digits>`.
    ///
    /// It does not depend on the simulator's seed, so accounts stay connected when the world behind them is another.
    public var token: String {
        let hash = SimulatedAccount.mix(
            0x666C_6F74_696C_6C61,
            UInt64(SimulatedAccount.firstInstagramID) &+ UInt64(number)
        )
        let hex = String(hash, radix: 16)
        return "sim-\(instagramID)-" + String(repeating: "0", count: 16 - hex.utf8.count) + hex
    }

    /// A handle that reads like one.
    public var username: String { "sim.account.\(number)" }

    /// Two numbers mixed into one, the same on every machine: the finisher of SplitMix64, twice.
    public static func mix(_ first: UInt64, _ second: UInt64) -> UInt64 { finish(finish(first) &+ second) }

    private static func finish(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
