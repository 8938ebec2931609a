/// A stored bucket of a roll-up with everything that is told of it: in change events and in exports.
public struct StoredBucket: Equatable, Sendable {
    /// What a bucket speaks of.
    public enum Scope: String, Sendable, CaseIterable {
        /// One account.
        case account
        /// One post.
        case post
        /// All posts of one account.
        case posts
        /// All accounts of a workspace on one platform.
        case workspaceAccounts = "workspace_accounts"
        /// All posts of a workspace on one platform.
        case workspacePosts = "workspace_posts"
    }

    public var workspace: Int64
    public var platform: String
    public var scope: Scope
    /// The account's number; nil for a workspace.
    public var account: Int64?
    /// The number of the account or post; the workspace's for a workspace.
    public var subject: Int64
    /// The platform's id of the post.
    public var post: String?
    public var grain: Grain
    public var start: Instant
    public var end: Instant
    /// The first day, in the platform's zone.
    public var day: CivilDate
    /// How often the bucket was written.
    public var generation: Int32
    /// When it was written last.
    public var changedAt: Instant
    public var row: RollupRow

    public init(
        workspace: Int64,
        platform: String,
        scope: Scope,
        account: Int64?,
        subject: Int64,
        post: String? = nil,
        grain: Grain,
        start: Instant,
        end: Instant,
        day: CivilDate,
        generation: Int32,
        changedAt: Instant,
        row: RollupRow
    ) {
        (self.workspace, self.platform, self.scope, self.account) = (workspace, platform, scope, account)
        (self.subject, self.post, self.grain, self.day) = (subject, post, grain, day)
        (self.start, self.end, self.generation) = (start, end, generation)
        (self.changedAt, self.row) = (changedAt, row)
    }

    /// The name of the zone in which the platform cuts its days; nil when this program does not know the platform.
    public var zone: String? { PlatformName(rawValue: platform)?.dayZone.name }
}

extension RollupRow.State: CustomStringConvertible {
    /// The word in messages and exports.
    public var description: String {
        switch self {
        case .open: "open"
        case .provisional: "provisional"
        case .settled: "settled"
        }
    }
}
