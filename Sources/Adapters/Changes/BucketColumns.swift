public import FleetCore
public import Postgres

/// How stored buckets of accounts and posts are selected and read: for change events and exports.
public enum BucketColumns {
    /// The columns that ``bucket(_:)`` reads, of ``source``.
    public static let list = """
        r.workspace_id, a.platform, a.id, r.subject_id, p.external_id, r.level, r.grain, r.start_at, r.end_at, r.day,
        r.generation, r.changed_at, r.state, r.expected, r.metrics, r."values", r.counts, r.sums, r.minimums, r.maximums,
        r.weights, r.flags
        """
    /// Rollups `r` with their account `a`, and their post `p` if they are of one.
    public static let source = """
        flotilla.rollups r left join flotilla.posts p on p.id = r.subject_id
        join flotilla.accounts a on a.id = coalesce(p.account_id, r.subject_id)
        """
    /// How many columns ``list`` has.
    public static let count = 22

    /// Reads one row. Throws when it holds a grain or state that this version does not know.
    public static func bucket(_ row: Row) throws -> StoredBucket {
        guard let grain = Grain(rawValue: try row.int2(6)), let cells = try RollupRow(columns: row, from: 12) else {
            throw PostgresError(.decoding, "a rollup of subject \(try row.int8(3)) was written by a newer version")
        }
        return try bucket(
            row,
            grain,
            start: Instant(microseconds: try row.timestamp(7)),
            end: Instant(microseconds: try row.timestamp(8)),
            day: CivilDate(daysSinceEpoch: try row.date(9)),
            cells
        )
    }

    /// The same where the bucket may be gone: all columns from the end on are null then, except generation and time; and of
    /// start and day, one may be. Nil when this program does not know the platform or grain of a bucket that is gone.
    static func noted(_ row: Row) throws -> StoredBucket? {
        guard try row.isNull(12) else { return try bucket(row) }
        guard let grain = Grain(rawValue: try row.int2(6)), let platform = PlatformName(rawValue: try row.text(1))
        else {
            return nil
        }
        let zone = platform.dayZone
        let noted = try row.optionalTimestamp(7).map(Instant.init(microseconds:))
        let day = try row.optionalDate(9).map(CivilDate.init(daysSinceEpoch:)) ?? noted.map(zone.date(at:))
        guard let day else { return nil }
        let start = noted ?? zone.startOfDay(day)
        return try bucket(
            row,
            grain,
            start: start,
            end: grain == .hour ? start + .seconds(3600) : zone.endOfDay(grain.dates(around: day).upperBound),
            day: day,
            RollupRow(cells: [], state: .open)
        )
    }

    private static func bucket(
        _ row: Row,
        _ grain: Grain,
        start: Instant,
        end: Instant,
        day: CivilDate,
        _ cells: RollupRow
    ) throws -> StoredBucket {
        let account = try row.optionalInt8(2)
        let subject = try row.int8(3)
        let isSubject = try row.int2(5) == 0
        let scope: StoredBucket.Scope =
            if let account {
                subject != account ? .post : isSubject ? .account : .posts
            } else {
                isSubject ? .workspaceAccounts : .workspacePosts
            }
        return StoredBucket(
            workspace: try row.int8(0),
            platform: try row.text(1),
            scope: scope,
            account: account,
            subject: subject,
            post: try row.optionalText(4),
            grain: grain,
            start: start,
            end: end,
            day: day,
            generation: try row.int4(10),
            changedAt: Instant(microseconds: try row.timestamp(11)),
            row: cells
        )
    }
}
