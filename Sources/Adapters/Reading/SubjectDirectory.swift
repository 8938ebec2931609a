internal import FleetCore
internal import Postgres

/// Finds the subjects of a question. Accounts and posts of platforms that this version does not know are passed over.
struct SubjectDirectory {
    let connection: Connection
    /// Posts that were found later are not there.
    var moment: Instant?

    /// The members of a scope; empty when there are none.
    func members(of scope: FigureQuestion.Scope) async throws -> [FigureSubject] {
        switch scope {
        case .subject(let id): try await subject(id).map { [$0] } ?? []
        case .posts(let account): try await read(Self.posts, [.int8(account), .null, until])
        case .accounts(let workspace): try await read(Self.accounts, [.null, .int8(workspace)])
        case .postsOf(let workspace): try await read(Self.posts, [.null, .int8(workspace), until])
        }
    }

    private var until: Parameter { moment.map { .timestamp($0.microseconds) } ?? .null }

    /// An account or a post by its number.
    func subject(_ id: Int64) async throws -> FigureSubject? {
        if let account = try await read(Self.accounts, [.int8(id), .null]).first { return account }
        return try await read(Self.post, [.int8(id)]).first
    }

    private func read(_ statement: Statement, _ parameters: [Parameter]) async throws -> [FigureSubject] {
        try await connection.query(statement, parameters).compactMap { row in
            guard let platform = PlatformName(rawValue: try row.text(3)) else { return nil }
            let kind = try row.optionalText(4).map { FigureSubject.Kind.post(PostKind(rawValue: $0) ?? .post) }
            return FigureSubject(
                id: try row.int8(0),
                account: try row.int8(1),
                workspace: try row.int8(2),
                platform: platform,
                kind: kind ?? .account,
                externalID: try row.text(5),
                publishedAt: try row.optionalTimestamp(6).map(Instant.init(microseconds:)),
                trackedSince: Instant(microseconds: try row.timestamp(7)),
                isSynthetic: try row.bool(8)
            )
        }
    }

    private static let accounts: Statement = """
        select a.id, a.id, a.workspace_id, a.platform, null::text, a.external_id, null::timestamptz, a.created_at, w.sandbox
        from flotilla.accounts a join flotilla.workspaces w on w.id = a.workspace_id
        where ($1::bigint is null or a.id = $1) and ($2::bigint is null or a.workspace_id = $2)
        order by a.id
        """

    private static let posts: Statement = """
        select p.id, p.account_id, p.workspace_id, a.platform, p.kind, p.external_id, p.published_at, a.created_at, w.sandbox
        from flotilla.posts p join flotilla.accounts a on a.id = p.account_id
            join flotilla.workspaces w on w.id = p.workspace_id
        where ($1::bigint is null or p.account_id = $1) and ($2::bigint is null or p.workspace_id = $2)
            and ($3::timestamptz is null or p.discovered_at <= $3)
        order by p.id
        """

    private static let post: Statement = """
        select p.id, p.account_id, p.workspace_id, a.platform, p.kind, p.external_id, p.published_at, a.created_at, w.sandbox
        from flotilla.posts p join flotilla.accounts a on a.id = p.account_id
            join flotilla.workspaces w on w.id = p.workspace_id
        where p.id = $1
        """
}
