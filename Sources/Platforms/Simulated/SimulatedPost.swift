public import FleetCore

/// A post of a simulated account: its id follows from account and number.
public struct SimulatedPost: Hashable, Sendable {
    /// Whose it is.
    public let account: SimulatedAccount
    /// Its number on the account, from zero, oldest first. Stories have numbers of their own, from ``firstStory``.
    public let number: Int

    /// The number of an account's first story.
    public static let firstStory = 50_000
    /// Numbers per account.
    private static let room = 100_000

    /// The post of a number.
    public init(_ account: SimulatedAccount, number: Int) {
        self.account = account
        self.number = number
    }

    /// The post that a platform knows under an id, or nil when no simulated post has it.
    public init?(_ platform: PlatformName, externalID: some StringProtocol) {
        if platform == .facebook {
            let parts = externalID.split(separator: "_", omittingEmptySubsequences: false)
            guard parts.count == 2, let page = SimulatedAccount(.facebook, externalID: parts[0]),
                let number = SimulatedPost.offset(parts[1], from: 122_100_000_000_000), number < SimulatedPost.room
            else { return nil }
            self.init(page, number: Int(number))
            return
        }
        guard let place = SimulatedPost.place(platform, externalID) else { return nil }
        let number = Int(place % Int64(SimulatedPost.room))
        let account = SimulatedAccount(platform, number: Int(place / Int64(SimulatedPost.room)))
        self.init(account, number: number)
        guard self.externalID == externalID else { return nil }
    }

    /// Whether it is a story.
    public var isStory: Bool { number >= SimulatedPost.firstStory }

    /// The post's id on its platform, in the platform's own form.
    public var externalID: String {
        let place = Int64(account.number) * Int64(SimulatedPost.room) + Int64(number)
        return switch account.platform {
        case .instagram: String(17_900_000_000_000_000 + place)
        case .facebook: "\(account.externalID)_\(122_100_000_000_000 + number)"
        case .threads: String(18_000_000_000_000_000 + place)
        case .youtube: "sim" + SimulatedPost.base36(place)
        case .linkedin:
            (number % 3 == 2 ? "urn:li:ugcPost:" : "urn:li:share:") + String(7_300_000_000_000_000_000 + place)
        case .x: String(1_990_000_000_000_000_000 + place)
        case .tiktok: String(7_500_000_000_000_000_000 + place)
        case .pinterest: String(813_744_000_000_000_000 + place)
        default: String(5_000_000_000_000_000 + place)
        }
    }

    private static func place(_ platform: PlatformName, _ id: some StringProtocol) -> Int64? {
        switch platform {
        case .instagram: offset(id, from: 17_900_000_000_000_000)
        case .facebook: nil
        case .threads: offset(id, from: 18_000_000_000_000_000)
        case .youtube: id.utf8.count == 11 && id.hasPrefix("sim") ? Int64(id.dropFirst(3), radix: 36) : nil
        case .linkedin: id.split(separator: ":").last.flatMap { offset($0, from: 7_300_000_000_000_000_000) }
        case .x: offset(id, from: 1_990_000_000_000_000_000)
        case .tiktok: offset(id, from: 7_500_000_000_000_000_000)
        case .pinterest: offset(id, from: 813_744_000_000_000_000)
        default: offset(id, from: 5_000_000_000_000_000)
        }
    }

    /// How far a number in digits lies above the first one, where that can be a post.
    private static func offset(_ text: some StringProtocol, from first: Int64) -> Int64? {
        guard let value = Int64(text) else { return nil }
        let (offset, overflow) = value.subtractingReportingOverflow(first)
        return !overflow && (0..<900_000_000_000).contains(offset) ? offset : nil
    }

    private static func base36(_ value: Int64) -> String {
        let digits = String(value, radix: 36)
        return String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits
    }
}
