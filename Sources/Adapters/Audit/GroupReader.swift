internal import FleetCore
internal import Postgres

/// Two ordered streams, of members and of what is stored of them together, cut into buckets.
///
/// Both have owner, platform, level, grain and first day, then a number to be added up, then the row.
struct GroupReader {
    private var members: Cursor
    private var stored: Cursor
    private let owner: (Int64, RollupLevel) -> GroupAudit.Owner

    init(members: RowStream, stored: RowStream, owner: @escaping (Int64, RollupLevel) -> GroupAudit.Owner) {
        (self.members, self.stored, self.owner) = (Cursor(members), Cursor(stored), owner)
    }

    private struct Key: Equatable, Comparable {
        var owner: Int64
        var platform: String
        var level: Int16
        var grain: Int16
        var day: Int32

        init(_ row: Row) throws {
            (owner, platform) = (try row.int8(0), try row.text(1))
            (level, grain, day) = (try row.int2(2), try row.int2(3), try row.date(4))
        }

        static func < (left: Key, right: Key) -> Bool {
            (left.owner, left.platform, left.level, left.grain, left.day)
                < (right.owner, right.platform, right.level, right.grain, right.day)
        }
    }

    /// The next bucket, in ascending order; those of unknown platforms are passed over.
    mutating func next() async throws -> GroupAudit? {
        while true {
            let heads = [try await members.peek(), try await stored.peek()].compactMap { $0 }
            guard let key = try heads.map({ try Key($0) }).min() else { return nil }
            var audit: GroupAudit?
            if let platform = PlatformName(rawValue: key.platform), let level = RollupLevel(rawValue: key.level),
                let grain = Grain(rawValue: key.grain)
            {
                audit = GroupAudit(owner(key.owner, level), platform, grain, CivilDate(daysSinceEpoch: key.day))
            }
            while let row = try await members.take(where: { try Key($0) == key }) {
                audit?.count += try row.int8(5)
                if let member = try RollupRow(columns: row, from: 6) { audit?.members.append(member) }
            }
            while let row = try await stored.take(where: { try Key($0) == key }) {
                audit?.count += try row.int8(5)
                audit?.stored = try RollupRow(columns: row, from: 6) ?? RollupRow(cells: [], state: .open, expected: -1)
            }
            if let audit { return audit }
        }
    }
}

extension GroupReader {
    /// Rows of posts, by account.
    static let posts: Statement = """
        select r.account_id, a.platform collate "C" as platform, 0::smallint, r.grain, r.day, 0::bigint, r.state, r.expected,
            r.metrics, r."values", r.counts, r.sums, r.minimums, r.maximums, r.weights, r.flags
        from flotilla.rollups r join flotilla.accounts a on a.id = r.account_id
            join flotilla.workspaces w on w.id = a.workspace_id
        where r.account_id <> r.subject_id and r.level = 0 and r.grain in (1, 3,
            case w.week_start when 'sunday' then 4 when 'saturday' then 5 else 2 end)
        order by r.account_id, platform, r.grain, r.day
        """
    /// Rows of all posts of an account, with how many were published in the bucket.
    static let accounts: Statement = """
        select r.account_id, a.platform collate "C" as platform, 0::smallint, r.grain, r.day, (
                select count(*) from flotilla.posts p
                where p.account_id = r.account_id and p.published_at >= r.start_at and p.published_at < r.end_at),
            r.state, r.expected, r.metrics, r."values", r.counts, r.sums, r.minimums, r.maximums, r.weights, r.flags
        from flotilla.rollups r join flotilla.accounts a on a.id = r.account_id
            join flotilla.workspaces w on w.id = a.workspace_id
        where r.level = 1 and r.grain in (1, 3,
            case w.week_start when 'sunday' then 4 when 'saturday' then 5 else 2 end)
        order by r.account_id, platform, r.grain, r.day
        """
    /// Rows of accounts, by workspace and platform. Accounts connected after a bucket count where they have figures.
    static let parts: Statement = """
        select a.workspace_id, a.platform collate "C" as platform, r.level, r.grain, r.day,
            case when a.created_at < r.end_at then 0 else 1 end::bigint, r.state, r.expected, r.metrics, r."values",
            r.counts, r.sums, r.minimums, r.maximums, r.weights, r.flags
        from flotilla.rollups r join flotilla.accounts a on a.id = r.subject_id
            join flotilla.workspaces w on w.id = a.workspace_id
        where r.grain in (1, 3, case w.week_start when 'sunday' then 4 when 'saturday' then 5 else 2 end)
        order by a.workspace_id, platform, r.level, r.grain, r.day
        """
    /// Rows of workspaces, with how many accounts were connected before the bucket's end.
    static let workspaces: Statement = """
        select r.workspace_id, r.platform collate "C" as platform, r.level, r.grain, r.day, (
                select count(*) from flotilla.accounts a
                where a.workspace_id = r.workspace_id and a.platform = r.platform and a.created_at < r.end_at),
            r.state, r.expected, r.metrics, r."values", r.counts, r.sums, r.minimums, r.maximums, r.weights, r.flags
        from flotilla.workspace_rollups r join flotilla.workspaces w on w.id = r.workspace_id
        where r.grain in (1, 3, case w.week_start when 'sunday' then 4 when 'saturday' then 5 else 2 end)
        order by r.workspace_id, platform, r.level, r.grain, r.day
        """
}
