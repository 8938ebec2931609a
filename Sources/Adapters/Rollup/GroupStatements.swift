internal import FleetCore
internal import Postgres

/// A row of a workspace with everything it is stored with.
struct GroupEntry {
    var key: GroupKey
    /// Without cells the row is not to be there.
    var row: RollupRow

    var start: Instant { key.platform.dayZone.startOfDay(key.dates.lowerBound) }
    var end: Instant { key.platform.dayZone.endOfDay(key.dates.upperBound) }
}

/// The statements about roll-ups of workspaces.
enum GroupStatements {
    /// Puts or takes away what differs; nothing when nothing does. Sorted by key.
    static func store(_ entries: [GroupEntry]) -> [Command] {
        let kept = entries.filter { !$0.row.cells.isEmpty }
        let gone = entries.filter(\.row.cells.isEmpty)
        return (kept.isEmpty ? [] : [put(kept)]) + (gone.isEmpty ? [] : [Command(remove, keys(gone.map(\.key)))])
    }

    /// workspace, platform, level, grain, day.
    private static func keys(_ keys: [GroupKey]) -> [Parameter] {
        [
            .int8Array(keys.map(\.workspace)),
            .textArray(keys.map(\.platform.rawValue)),
            .int2Array(keys.map(\.level.rawValue)),
            .int2Array(keys.map(\.grain.rawValue)),
            .dateArray(keys.map(\.day.daysSinceEpoch)),
        ]
    }

    private static func put(_ entries: [GroupEntry]) -> Command {
        Command(
            put,
            keys(entries.map(\.key)) + [
                .timestampArray(entries.map(\.start.microseconds)),
                .timestampArray(entries.map(\.end.microseconds)),
            ] + RollupColumns(entries.map(\.row)).parameters
        )
    }

    private static let put = ChangeNotes.groups(
        """
        insert into flotilla.workspace_rollups as r (workspace_id, platform, level, grain, day, start_at, end_at,
            generation, state, expected, metrics, "values", counts, sums, minimums, maximums, weights, flags)
        select k.workspace, k.platform, k.level, k.grain, k.day, k.start, k.finish, 1, k.state, k.expected,
            $10[k.low:k.high], $11[k.low:k.high], $12[k.dlow:k.dhigh], $13[k.dlow:k.dhigh], $14[k.dlow:k.dhigh],
            $15[k.dlow:k.dhigh], $16[k.elow:k.ehigh], $17[k.elow:k.ehigh]
        from unnest($1::bigint[], $2::text[], $3::smallint[], $4::smallint[], $5::date[], $6::timestamptz[],
            $7::timestamptz[], $8::smallint[], $9::integer[], $18::integer[], $19::integer[], $20::integer[],
            $21::integer[], $22::integer[], $23::integer[])
            as k (workspace, platform, level, grain, day, start, finish, state, expected, low, high, dlow, dhigh, elow,
                ehigh)
        on conflict (workspace_id, platform, level, grain, day) do update
            set state = excluded.state, generation = r.generation + 1, expected = excluded.expected,
                metrics = excluded.metrics, "values" = excluded."values", counts = excluded.counts,
                sums = excluded.sums, minimums = excluded.minimums, maximums = excluded.maximums,
                weights = excluded.weights, flags = excluded.flags, changed_at = now()
            where (r.state, r.expected, r.metrics, r."values", r.counts, r.sums, r.minimums, r.maximums, r.weights,
                r.flags) is distinct from (excluded.state, excluded.expected, excluded.metrics, excluded."values",
                excluded.counts, excluded.sums, excluded.minimums, excluded.maximums, excluded.weights,
                excluded.flags)
        returning r.workspace_id, r.platform, r.level, r.grain, r.day, r.generation
        """
    )

    private static let remove = ChangeNotes.groups(
        """
        delete from flotilla.workspace_rollups r
        using unnest($1::bigint[], $2::text[], $3::smallint[], $4::smallint[], $5::date[])
            as k (workspace, platform, level, grain, day)
        where r.workspace_id = k.workspace and r.platform = k.platform and r.level = k.level and r.grain = k.grain
            and r.day = k.day
        returning r.workspace_id, r.platform, r.level, r.grain, r.day, r.generation + 1 as generation
        """
    )

    /// Notes that parts of buckets changed.
    static func mark(_ groups: [GroupKey]) -> Command {
        Command(
            """
            insert into flotilla.dirty_groups (workspace_id, platform, level, grain, day)
            select * from unnest($1::bigint[], $2::text[], $3::smallint[], $4::smallint[], $5::date[])
            """,
            keys(groups)
        )
    }

    /// Takes the notes about the first buckets of a shard; the caller holds the shard.
    static func take(shard: Int16, limit: Int) -> Command {
        Command(
            """
            with taken as (
                delete from flotilla.dirty_groups d
                using (
                    select n.*, dense_rank() over (order by n.workspace_id, n.platform, n.level, n.grain, n.day) as place
                    from (
                        select g.workspace_id, g.platform, g.level, g.grain, g.day, g.id from flotilla.dirty_groups g
                        where g.shard = $1 and g.platform = any ($3)
                        order by g.workspace_id, g.platform, g.level, g.grain, g.day, g.id limit $2 * 16) n) k
                where d.shard = $1 and d.workspace_id = k.workspace_id and d.platform = k.platform
                    and d.level = k.level and d.grain = k.grain and d.day = k.day and d.id = k.id and k.place <= $2
                returning d.workspace_id, d.platform, d.level, d.grain, d.day)
            select distinct * from taken
            """,
            [.int2(shard), .int8(Int64(limit)), .textArray(PlatformName.allKnown.map(\.rawValue))]
        )
    }

    /// The accounts' rows of the buckets: position from one, whether the account was connected before the bucket's end, the
    /// row.
    static func members(_ keys: [GroupKey]) -> Command {
        Command(
            """
            select k.position, a.created_at < r.end_at, r.state, r.expected, r.metrics, r."values", r.counts, r.sums,
                r.minimums, r.maximums, r.weights, r.flags
            from unnest($1::bigint[], $2::text[], $3::smallint[], $4::smallint[], $5::timestamptz[])
                with ordinality as k (workspace, platform, level, grain, start, position)
            cross join lateral (
                select * from flotilla.accounts c where c.workspace_id = k.workspace and c.platform = k.platform offset 0) a
            cross join lateral (
                select * from flotilla.rollups s
                where s.subject_id = a.id and s.level = k.level and s.grain = k.grain and s.start_at = k.start offset 0) r
            """,
            bounds(keys, ends: false)
        )
    }

    /// How many accounts were connected before the buckets' ends: position from one, count.
    static func connected(_ keys: [GroupKey]) -> Command {
        Command(
            """
            select k.position, (
                select count(*) from flotilla.accounts a
                where a.workspace_id = k.workspace and a.platform = k.platform and a.created_at < k.finish)
            from unnest($1::bigint[], $2::text[], $3::smallint[], $4::smallint[], $5::timestamptz[])
                with ordinality as k (workspace, platform, level, grain, finish, position)
            """,
            bounds(keys, ends: true)
        )
    }

    private static func bounds(_ keys: [GroupKey], ends: Bool) -> [Parameter] {
        let entries = keys.map { GroupEntry(key: $0, row: RollupRow(cells: [], state: .open)) }
        return Array(Self.keys(keys).dropLast()) + [
            .timestampArray(entries.map { (ends ? $0.end : $0.start).microseconds })
        ]
    }
}
