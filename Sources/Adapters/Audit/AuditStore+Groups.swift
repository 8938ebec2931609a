internal import FleetCore
internal import Postgres

/// Of what roll-ups are still to be computed.
struct PendingRollups {
    var subjects: Set<Int64> = []
    var accounts: Set<Int64> = []
    /// Workspace and platform.
    var groups: Set<String> = []

    init(_ connection: Connection) async throws {
        for row in try await connection.query(
            """
            select distinct d.account_id, d.subject_id, a.workspace_id, a.platform
            from flotilla.dirty_days d join flotilla.accounts a on a.id = d.account_id
            """
        ) {
            accounts.insert(try row.int8(0))
            subjects.insert(try row.int8(1))
            groups.insert(Self.group(try row.int8(2), try row.text(3)))
        }
        for row in try await connection.query("select distinct workspace_id, platform from flotilla.dirty_groups") {
            groups.insert(Self.group(try row.int8(0), try row.text(1)))
        }
    }

    private static func group(_ workspace: Int64, _ platform: String) -> String { "\(workspace) \(platform)" }

    func contains(_ audit: GroupAudit) -> Bool {
        switch audit.owner {
        case .posts(let account): accounts.contains(account)
        case .workspace(let workspace, _): groups.contains(Self.group(workspace, audit.platform.rawValue))
        }
    }
}

extension AuditStore {
    /// Holds the roll-ups of posts together and of workspaces against those of their members.
    func examineGroups(
        _ first: Connection,
        _ second: Connection,
        _ pending: PendingRollups,
        into report: inout AuditReport
    ) async throws {
        try await Self.examine(first, GroupReader.posts, second, GroupReader.accounts, pending, &report) { account, _ in
            .posts(account: account)
        }
        try await Self.examine(first, GroupReader.parts, second, GroupReader.workspaces, pending, &report) {
            .workspace($0, $1)
        }
        let uncounted = try await first.query(
            """
            select count(*), min('post ' || p.id) from flotilla.posts p
            where p.published_at is not null
                and not exists (select from flotilla.dirty_days d where d.account_id = p.account_id)
                and not exists (
                    select from flotilla.rollups r
                    where r.subject_id = p.account_id and r.level = 1 and r.grain = 1
                        and r.start_at <= p.published_at and r.end_at > p.published_at)
            """
        ).only()
        let count = try uncounted.int8(0)
        guard count > 0 else { return }
        let example = try uncounted.text(1)
        report.note(
            .different,
            count: count,
            "posts are not counted on the day of their publication, for example \(example)"
        )
    }

    private static func examine(
        _ first: Connection,
        _ members: Statement,
        _ second: Connection,
        _ stored: Statement,
        _ pending: PendingRollups,
        _ report: inout AuditReport,
        owner: @escaping (Int64, RollupLevel) -> GroupAudit.Owner
    ) async throws {
        let found = try await first.withStream(members) { members in
            try await second.withStream(stored) { stored in
                var reader = GroupReader(members: members, stored: stored, owner: owner)
                var report = AuditReport()
                while let audit = try await reader.next() {
                    if pending.contains(audit) { report.pending += 1 } else { audit.examine(into: &report) }
                }
                return report
            }
        }
        report.add(found)
    }
}
