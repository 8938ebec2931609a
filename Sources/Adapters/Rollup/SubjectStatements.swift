internal import FleetCore
internal import Postgres

/// The statements that load what subjects' roll-ups are computed from. Each looks rows up for each element of its arrays,
/// whatever the planner believes of the tables: see the statements of ``ResultStore``.
enum SubjectStatements {
    /// Takes the notes about the next subjects of a shard, with what is known of these, and whether the account is there
    /// still; the caller holds the shard. At most eight notes to a subject on average: more are left for the next turn.
    /// Notes about platforms that this program does not know stay for one that does.
    static func take(shard: Int16, after subject: Int64, limit: Int) -> Command {
        Command(
            """
            with taken as (
                delete from flotilla.dirty_days d
                using (
                    select n.subject_id, n.id, dense_rank() over (order by n.subject_id) as place from (
                        select g.subject_id, g.id from flotilla.dirty_days g
                        left join flotilla.accounts o on o.id = g.account_id
                        where g.shard = $1 and g.subject_id > $2 and (o.id is null or o.platform = any ($4))
                        order by g.subject_id, g.id limit $3 * 8) n) k
                where d.shard = $1 and d.subject_id = k.subject_id and d.id = k.id and k.place <= $3
                returning d.account_id, d.subject_id, d.low, d.high, d.computed)
            select a.workspace_id, t.account_id, t.subject_id, t.low, t.high, t.computed, a.platform, w.week_start,
                case when p.published_at >= a.created_at then p.published_at end, a.id is not null
            from taken t
            left join flotilla.accounts a on a.id = t.account_id
            left join flotilla.workspaces w on w.id = a.workspace_id
            left join flotilla.posts p on p.id = t.subject_id
            """,
            [.int2(shard), .int8(subject), .int8(Int64(limit)), .textArray(PlatformName.allKnown.map(\.rawValue))]
        )
    }

    /// All readings of subjects from the last one at a moment before a time on, and what lies just before it.
    static func readings(_ subjects: [(subject: Int64, from: Instant)]) -> Command {
        Command(
            """
            select k.subject, c.start_at, c.period, c.metrics, c."values", c.sources, c.source_jobs, c.source_times
            from unnest($1::bigint[], $2::timestamptz[]) as k (subject, low)
            cross join lateral (
                select coalesce((
                    select p.start_at from flotilla.current_values p
                    where p.subject_id = k.subject and p.start_at < k.low and p.period in (5, 6)
                    order by p.start_at desc limit 1), k.low) - interval '26 hours' as low) f
            cross join lateral (
                select * from flotilla.current_values v
                where v.subject_id = k.subject and v.start_at >= f.low offset 0) c
            """,
            [.int8Array(subjects.map(\.subject)), .timestampArray(subjects.map(\.from.microseconds))]
        )
    }

    /// Readings at moments of some stretches.
    static func moments(_ stretches: [(subject: Int64, moments: Range<Instant>)]) -> Command {
        Command(
            """
            select k.subject, c.start_at, c.period, c.metrics, c."values", c.sources, c.source_jobs, c.source_times
            from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) as k (subject, low, high)
            cross join lateral (
                select * from flotilla.current_values v
                where v.subject_id = k.subject and v.start_at >= k.low and v.start_at < k.high and v.period in (5, 6)
                offset 0) c
            """,
            [
                .int8Array(stretches.map(\.subject)),
                .timestampArray(stretches.map(\.moments.lowerBound.microseconds)),
                .timestampArray(stretches.map(\.moments.upperBound.microseconds)),
            ]
        )
    }

    /// The last readings at moments before some time that have a metric.
    static func last(_ places: [(subject: Int64, metric: MetricID, before: Instant)]) -> Command {
        Command(
            """
            select k.subject, c.start_at, c.period, c.metrics, c."values", c.sources, c.source_jobs, c.source_times
            from unnest($1::bigint[], $2::smallint[], $3::timestamptz[]) as k (subject, metric, high)
            cross join lateral (
                select * from flotilla.current_values c
                where c.subject_id = k.subject and c.start_at < k.high and c.period in (5, 6)
                    and k.metric = any (c.metrics)
                order by c.start_at desc limit 1) c
            """,
            [
                .int8Array(places.map(\.subject)),
                .int2Array(places.map(\.metric.rawValue)),
                .timestampArray(places.map(\.before.microseconds)),
            ]
        )
    }

    /// Stored rows of subjects.
    static func stored(_ ranges: [(subject: Int64, range: SubjectRollup.StoredRange)]) -> Command {
        Command(
            """
            select r.subject_id, r.grain, r.start_at, r.generation, r.state, r.expected, r.metrics, r."values", r.counts,
                r.sums, r.minimums, r.maximums, r.weights, r.flags
            from unnest($1::bigint[], $2::smallint[], $3::timestamptz[], $4::timestamptz[])
                as k (subject, grain, low, high)
            cross join lateral (
                select * from flotilla.rollups s
                where s.subject_id = k.subject and s.level = 0 and s.grain = k.grain and s.start_at >= k.low
                    and s.start_at < k.high offset 0) r
            """,
            [
                .int8Array(ranges.map(\.subject)),
                .int2Array(ranges.map(\.range.grain.rawValue)),
                .timestampArray(ranges.map(\.range.starts.lowerBound.microseconds)),
                .timestampArray(ranges.map(\.range.starts.upperBound.microseconds)),
            ]
        )
    }

    /// Readings at exact places.
    static func natives(_ places: [(subject: Int64, start: Instant, period: Period)]) -> Command {
        Command(
            """
            select c.subject_id, c.start_at, c.period, c.metrics, c."values", c.sources, c.source_jobs, c.source_times
            from unnest($1::bigint[], $2::timestamptz[], $3::smallint[]) as k (subject, start, period)
            cross join lateral (
                select * from flotilla.current_values v
                where v.subject_id = k.subject and v.start_at = k.start and v.period = k.period offset 0) c
            """,
            [
                .int8Array(places.map(\.subject)),
                .timestampArray(places.map(\.start.microseconds)),
                .int2Array(places.map(\.period.rawValue)),
            ]
        )
    }

    /// One bucket of all posts of an account.
    struct PostsBucket: Hashable, Comparable {
        var account: Int64
        var grain: Grain
        var day: CivilDate

        static func < (left: PostsBucket, right: PostsBucket) -> Bool {
            (left.account, left.grain.rawValue, left.day) < (right.account, right.grain.rawValue, right.day)
        }
    }

    /// The posts' rows of some buckets: position from one, the row.
    static func posts(_ buckets: [PostsBucket]) -> Command {
        Command(
            """
            select k.position, r.state, r.expected, r.metrics, r."values", r.counts, r.sums, r.minimums, r.maximums,
                r.weights, r.flags
            from unnest($1::bigint[], $2::smallint[], $3::date[]) with ordinality as k (account, grain, day, position)
            cross join lateral (
                select * from flotilla.rollups s
                where s.account_id = k.account and s.grain = k.grain and s.day = k.day and s.account_id <> s.subject_id
                    and s.level = 0 offset 0) r
            """,
            [
                .int8Array(buckets.map(\.account)),
                .int2Array(buckets.map(\.grain.rawValue)),
                .dateArray(buckets.map(\.day.daysSinceEpoch)),
            ]
        )
    }

    /// How many posts were published in some buckets, and what is stored of these: position from one, count, generation and
    /// row.
    static func published(_ buckets: [(bucket: PostsBucket, moments: Range<Instant>)]) -> Command {
        Command(
            """
            select k.position, (
                    select count(*) from flotilla.posts p
                    where p.account_id = k.account and p.published_at >= k.low and p.published_at < k.high),
                r.generation, r.state, r.expected, r.metrics, r."values", r.counts, r.sums, r.minimums, r.maximums,
                r.weights, r.flags
            from unnest($1::bigint[], $2::smallint[], $3::timestamptz[], $4::timestamptz[])
                with ordinality as k (account, grain, low, high, position)
            left join flotilla.rollups r
                on r.subject_id = k.account and r.level = 1 and r.grain = k.grain and r.start_at = k.low
            """,
            [
                .int8Array(buckets.map(\.bucket.account)),
                .int2Array(buckets.map(\.bucket.grain.rawValue)),
                .timestampArray(buckets.map(\.moments.lowerBound.microseconds)),
                .timestampArray(buckets.map(\.moments.upperBound.microseconds)),
            ]
        )
    }
}
