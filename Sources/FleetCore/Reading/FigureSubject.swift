/// An account or a post, as far as its figures depend on it.
public struct FigureSubject: Hashable, Sendable {
    /// What its figures are of.
    public enum Kind: Hashable, Sendable {
        case account
        case post(PostKind)

        /// The name in answers.
        public var name: String {
            switch self {
            case .account: "account"
            case .post(let kind): kind.rawValue
            }
        }
    }

    public var id: Int64
    public var account: Int64
    public var workspace: Int64
    public var platform: PlatformName
    public var kind: Kind
    /// The platform's id.
    public var externalID: String
    /// When a post was published, if that is known.
    public var publishedAt: Instant?
    /// When its account was connected: what came into the world later has its counters at zero then.
    public var trackedSince: Instant?
    /// Whether its workspace is a sandbox.
    public var isSynthetic: Bool

    public init(
        id: Int64,
        account: Int64? = nil,
        workspace: Int64,
        platform: PlatformName,
        kind: Kind = .account,
        externalID: String = "",
        publishedAt: Instant? = nil,
        trackedSince: Instant? = nil,
        isSynthetic: Bool = false
    ) {
        self.id = id
        self.account = account ?? id
        self.workspace = workspace
        self.platform = platform
        self.kind = kind
        self.externalID = externalID
        self.publishedAt = publishedAt
        self.trackedSince = trackedSince
        self.isSynthetic = isSynthetic
    }

    /// Whether it is an account.
    public var isAccount: Bool { kind == .account }

    /// When its counters were at zero, if it was published while it was followed.
    public var birth: Instant? {
        guard let publishedAt, let trackedSince, publishedAt >= trackedSince else { return nil }
        return publishedAt
    }
}
