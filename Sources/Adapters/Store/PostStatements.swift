internal import FleetCore
internal import Postgres

/// What a batch of results says of posts, each post once; and the statements that store it.
///
/// Posts of one account are written by one shard only, and in the order of their keys, so writers never wait for each
/// other in a circle.
struct PostBatch {
    private struct Sighting {
        var fetchedAt: Instant
        var kind: PostKind?
        var publishedAt: Instant?
    }

    private var seen: [AggregationBatch.PostKey: Sighting] = [:]
    private var missed: [AggregationBatch.PostKey: Instant] = [:]

    init(_ results: some Sequence<JobResult>) {
        for result in results {
            for post in result.posts {
                let key = AggregationBatch.PostKey(account: result.account, externalID: post.externalID)
                see(key, Sighting(fetchedAt: result.fetchedAt, kind: post.kind, publishedAt: post.publishedAt))
            }
            let named = result.postReadings.lazy.filter { !$0.readings.isEmpty }.map(\.post)
            for post in named { see(post, result) }
            // Parts of a post are enough to know it.
            for post in result.breakdowns.lazy.compactMap(\.post) { see(post, result) }
            for post in result.missingPosts {
                let key = AggregationBatch.PostKey(account: result.account, externalID: post)
                missed[key] = max(missed[key] ?? result.fetchedAt, result.fetchedAt)
            }
        }
        missed = missed.filter { key, moment in seen[key].map { $0.fetchedAt < moment } ?? true }
    }

    private mutating func see(_ post: String, _ result: JobResult) {
        let key = AggregationBatch.PostKey(account: result.account, externalID: post)
        see(key, Sighting(fetchedAt: result.fetchedAt))
    }

    private mutating func see(_ key: AggregationBatch.PostKey, _ sighting: Sighting) {
        guard let known = seen[key] else {
            seen[key] = sighting
            return
        }
        // What is most exact: a kind other than plain "post", and any time of publication.
        let kinds = [sighting.kind, known.kind].compactMap { $0 }
        seen[key] = Sighting(
            fetchedAt: max(known.fetchedAt, sighting.fetchedAt),
            kind: kinds.first { $0 != .post } ?? kinds.first,
            publishedAt: known.publishedAt ?? sighting.publishedAt
        )
    }

    /// True when no result names a post, as in batches about accounts: nothing is sent for it then.
    var isEmpty: Bool { seen.isEmpty && missed.isEmpty }

    /// Makes the posts that are new, marks the days around their publication, which count them, and wakes the plans of their
    /// accounts. Posts of accounts that are gone are not made.
    func insert() -> Command {
        let keys = seen.keys.sorted()
        return Command(
            """
            with made as (
            insert into flotilla.posts (account_id, workspace_id, external_id, kind, published_at, discovered_at)
            select k.account, a.workspace_id, k.external, k.kind, 'epoch'::timestamptz + k.published * interval '1 us',
                k.fetched
            from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[])
                as k (account, external, kind, published, fetched)
            join flotilla.accounts a on a.id = k.account and not a.erasing
            where not exists (select from flotilla.posts p where p.account_id = k.account and p.external_id = k.external)
            order by k.account, k.external
            on conflict (account_id, external_id) do nothing
            returning id, account_id, workspace_id, published_at, discovered_at),
            marked as (
            insert into flotilla.dirty_days (workspace_id, account_id, subject_id, low, high)
            select m.workspace_id, m.account_id, m.id, (m.published_at at time zone 'UTC')::date - 1,
                (m.published_at at time zone 'UTC')::date + 1
            from made m where m.published_at is not null)
            update flotilla.cadence c set due_at = m.moment
            from (select account_id, min(discovered_at) as moment from made group by account_id) m
            where c.account_id = m.account_id and c.due_at > m.moment
            """,
            [
                .int8Array(keys.map(\.account)),
                .textArray(keys.map(\.externalID)),
                .textArray(keys.map { (seen[$0]!.kind ?? .post).rawValue }),
                .optionalInt8Array(keys.map { seen[$0]!.publishedAt?.microseconds }),
                .timestampArray(keys.map { seen[$0]!.fetchedAt.microseconds }),
            ]
        )
    }

    /// Asks for the numbers; the answer is read by ``numbers(_:)``.
    func find() -> Command {
        let keys = mentioned
        return Command(
            """
            select p.id, k.position from unnest($1::bigint[], $2::text[]) with ordinality as k (account, external, position)
            cross join lateral (
                select s.id from flotilla.posts s where s.account_id = k.account and s.external_id = k.external offset 0) p
            """,
            [.int8Array(keys.map(\.account)), .textArray(keys.map(\.externalID))]
        )
    }

    /// The numbers of the posts that there are.
    func numbers(_ rows: Rows) throws -> [AggregationBatch.PostKey: Int64] {
        let keys = mentioned
        var numbers: [AggregationBatch.PostKey: Int64] = [:]
        for row in rows { numbers[keys[Int(try row.int8(1)) - 1]] = try row.int8(0) }
        return numbers
    }

    private var mentioned: [AggregationBatch.PostKey] { Set(seen.keys).union(missed.keys).sorted() }

    /// What becomes of posts that were seen, and of those that the platform did not know. Must follow the observations.
    func states(_ numbers: [AggregationBatch.PostKey: Int64]) -> [Command] {
        let seen = seen.compactMap { key, sighting in numbers[key].map { ($0, sighting) } }.sorted { $0.0 < $1.0 }
        let missed = missed.compactMap { key, moment in numbers[key].map { ($0, moment) } }.sorted { $0.0 < $1.0 }
        var commands: [Command] = []
        if !seen.isEmpty {
            commands.append(
                Command(
                    Self.see,
                    [
                        .int8Array(seen.map(\.0)),
                        .timestampArray(seen.map(\.1.fetchedAt.microseconds)),
                        .textArray(seen.map { ($0.1.kind ?? .post).rawValue }),
                        .optionalInt8Array(seen.map { $0.1.publishedAt?.microseconds }),
                    ]
                )
            )
        }
        if !missed.isEmpty {
            let parameters: [Parameter] = [
                .int8Array(missed.map(\.0)), .timestampArray(missed.map(\.1.microseconds)),
            ]
            commands.append(Command(Self.miss, parameters))
        }
        return commands
    }

    private static let see: Statement = """
        with seen as (
        update flotilla.posts p
        set state = case when p.missed_at <= k.fetched then 'active' else p.state end,
            missed_at = case when p.missed_at <= k.fetched then null else p.missed_at end,
            kind = case when k.kind = 'post' then p.kind else k.kind end,
            published_at = coalesce(p.published_at, 'epoch'::timestamptz + k.published * interval '1 us')
        from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::bigint[]) as k (id, fetched, kind, published)
        where p.id = k.id and (p.missed_at <= k.fetched or k.kind not in ('post', p.kind)
            or p.published_at is null and k.published is not null)
        returning p.id, p.account_id, p.workspace_id, case when k.published is not null then p.published_at end as published)
        insert into flotilla.dirty_days (workspace_id, account_id, subject_id, low, high)
        select s.workspace_id, s.account_id, s.id, (s.published at time zone 'UTC')::date - 1,
            (s.published at time zone 'UTC')::date + 1
        from seen s where s.published is not null
        """

    /// A miss counts when nothing newer was read of the post. The second counts a day after the first, and only if the
    /// platform still shows other posts of the account: a limit or a lost permission can look like a deleted post.
    private static let miss: Statement = """
        update flotilla.posts p
        set state = case p.state when 'active' then 'missing' else 'gone' end, missed_at = coalesce(p.missed_at, k.fetched)
        from unnest($1::bigint[], $2::timestamptz[]) as k (id, fetched)
        where p.id = k.id and p.state <> 'gone'
            and not exists (select from flotilla.observations o where o.subject_id = p.id and o.start_at >= k.fetched)
            and (p.state = 'active' or k.fetched >= p.missed_at + interval '24 hours' and (
                exists (
                    select from flotilla.posts s join flotilla.observations o
                        on o.subject_id = s.id and o.start_at >= p.missed_at and o.fetched_at >= p.missed_at
                    where s.account_id = p.account_id and s.id <> p.id)
                or not exists (
                    select from flotilla.posts s
                    where s.account_id = p.account_id and s.id <> p.id and s.state <> 'gone')))
        """
}
