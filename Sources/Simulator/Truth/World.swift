internal import FleetCore
internal import Platforms

/// The simulated world at one moment: what is true and what has been changed by command. A value, so that an answer is a
/// pure function of the call and the world.
struct World: Sendable {
    let options: SimulatorOptions
    /// What was changed by command.
    var changes: WorldChanges { didSet { truths = World.truths(options, changes) } }
    /// By place in `PlatformName.allCases`.
    private var truths: [PlatformTruth]

    init(_ options: SimulatorOptions, _ changes: WorldChanges = WorldChanges()) {
        self.options = options
        self.changes = changes
        truths = World.truths(options, changes)
    }

    /// The truth about a platform.
    subscript(platform: PlatformName) -> PlatformTruth { truths[platform.place] }

    /// Whether an account exists: its number is below the world's size, and it was not deleted.
    func has(_ account: SimulatedAccount) -> Bool {
        account.number < options.accounts && !changes.deletedAccounts.contains(account)
    }

    /// The account that a platform knows under an id.
    func account(_ platform: PlatformName, _ id: some StringProtocol) -> SimulatedAccount? {
        SimulatedAccount(platform, externalID: id).flatMap { has($0) ? $0 : nil }
    }

    /// The post that a platform knows under an id, when it is there.
    func post(_ platform: PlatformName, _ id: some StringProtocol, at now: Instant) -> TruePost? {
        guard let post = SimulatedPost(platform, externalID: id), has(post.account) else { return nil }
        return self[platform].post(post, at: now)
    }

    /// Whether a platform has stopped serving a metric, by the platform's own name for it.
    func isRetired(_ platform: PlatformName, _ native: some StringProtocol, at now: Instant) -> Bool {
        guard !changes.retirements.isEmpty else { return false }
        return changes.retirements[WorldChanges.Retired(platform, String(native))].map { $0 <= now } ?? false
    }

    private static func truths(_ options: SimulatorOptions, _ changes: WorldChanges) -> [PlatformTruth] {
        PlatformName.allCases.map { platform in
            PlatformTruth(
                platform,
                seed: options.seed,
                settle: options.settle,
                purge: changes.purges[platform] ?? options.purge,
                restatements: changes.restatements[platform] ?? [],
                deletedPosts: changes.deletedPosts.filter { $0.account.platform == platform }
            )
        }
    }
}

/// What has been changed about the world by command.
struct WorldChanges: Sendable {
    /// A metric by the platform's own name.
    struct Retired: Hashable, Sendable {
        let platform: PlatformName
        let native: String

        init(_ platform: PlatformName, _ native: String) {
            self.platform = platform
            self.native = native
        }
    }

    /// From when metrics are no longer served.
    var retirements: [Retired: Instant] = [:]
    var purges: [PlatformName: TrueCurves.Purge] = [:]
    var restatements: [PlatformName: [PlatformTruth.Restatement]] = [:]
    var deletedAccounts: Set<SimulatedAccount> = []
    var deletedPosts: Set<SimulatedPost> = []
}

extension PlatformName {
    /// The place among all platforms.
    var place: Int {
        switch self {
        case .instagram: 0
        case .facebook: 1
        case .threads: 2
        case .youtube: 3
        case .linkedin: 4
        case .x: 5
        case .tiktok: 6
        case .pinterest: 7
        default: PlatformName.allCases.firstIndex(of: self) ?? 0
        }
    }
}
