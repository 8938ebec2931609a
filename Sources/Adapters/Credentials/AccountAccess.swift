public import FleetCore

/// What a worker may know of an account: where it belongs, its id at the platform, and its sealed token.
public struct AccountAccess: Sendable, Equatable {
    public var account: Int64
    public var workspace: Int64
    public var platform: String
    public var externalID: String
    public var isActive: Bool
    public var sealed: [UInt8]?
    /// Whether its workspace may hold synthetic data.
    public var isSandbox: Bool
    /// Which pair of tokens this is; 0 where there is none.
    public var generation: Int64
    /// When the token ends; nil when it does not, or nobody knows.
    public var expiresAt: Instant?
    /// Whether a refresh can be tried.
    public var canRefresh: Bool

    public init(
        account: Int64,
        workspace: Int64,
        platform: String,
        externalID: String,
        isActive: Bool,
        sealed: [UInt8]? = nil,
        isSandbox: Bool,
        generation: Int64 = 0,
        expiresAt: Instant? = nil,
        canRefresh: Bool = false
    ) {
        self.account = account
        self.workspace = workspace
        self.platform = platform
        self.externalID = externalID
        self.isActive = isActive
        self.sealed = sealed
        self.isSandbox = isSandbox
        self.generation = generation
        self.expiresAt = expiresAt
        self.canRefresh = canRefresh
    }

    /// The data that a token is sealed with besides its key: moving it to another account makes it unreadable.
    public static func associatedData(account: Int64) -> [UInt8] {
        Array("flotilla/account/\(account)".utf8)
    }
}

/// What a worker may know of a post.
public struct PostAccess: Sendable, Equatable {
    public var post: Int64
    public var account: Int64
    public var externalID: String
    public var kind: PostKind
    public var publishedAt: Instant?
}
