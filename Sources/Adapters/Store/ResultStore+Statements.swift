internal import FleetCore
internal import Postgres

// The statements of a batch. Each takes whole columns as arrays, so that a batch of any size is one statement each.
//
// Rows are looked up for each element by a lateral query that ends on `offset 0`: the planner may not turn the join around.
// Of a table that was empty when the plan was made it would, and then compare every row with every element for as long as
// the plan lives.
extension ResultStore {
    /// Records the jobs as ended, but those of accounts that were erased. Returns those that were not, and whether the ledger
    /// had never heard of them.
    static func ledger(_ results: [JobResult]) -> Command {
        Command(
            """
            insert into flotilla.jobs as j (id, state, run_id, account_id, platform, collect, attempt, requests,
                enqueued_at, finished_at)
            select k.id, (case when k.partial then 'partial' else 'done' end)::flotilla.job_state, k.run, k.account,
                k.platform, k.collect, k.attempt, k.requests, k.enqueued, now()
            from unnest($1::uuid[], $2::boolean[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::smallint[],
                $8::smallint[], $9::timestamptz[])
                as k (id, partial, run, account, platform, collect, attempt, requests, enqueued)
            where not exists (select from flotilla.tombstones t where t.mark = flotilla.erased_mark(k.account))
            on conflict (id) do update
                set state = excluded.state, run_id = excluded.run_id, account_id = excluded.account_id,
                    platform = excluded.platform, collect = excluded.collect, attempt = excluded.attempt,
                    requests = excluded.requests, finished_at = excluded.finished_at, cause = null,
                    known_before = true
                where j.state in ('accepted', 'dead')
            returning id, not known_before
            """,
            [
                .uuidArray(results.map(\.job.parameter)),
                .boolArray(results.map(\.isPartial)),
                .optionalUUIDs(results.map(\.run)),
                .int8Array(results.map(\.account)),
                .textArray(results.map(\.platform.rawValue)),
                .textArray(results.map(\.ledgerWord)),
                .int2Array(results.map { Int16(clamping: $0.attempt) }),
                .int2Array(results.map { Int16(clamping: $0.requests) }),
                .timestampArray(results.map(\.enqueuedAt.microseconds)),
            ]
        )
    }

    /// The stored rows of the days, and readings at the very moments at which they end.
    static func existing(_ buckets: [AggregationBatch.Bucket]) -> Command {
        Command(
            """
            select c.subject_id, c.start_at, c.period, c.metrics, c."values", c.sources, c.source_jobs, c.source_times
            from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) as k (subject, low, high)
            cross join lateral (
                select * from flotilla.current_values v
                where v.subject_id = k.subject and v.start_at >= k.low and v.start_at <= k.high
                    and (v.start_at < k.high or v.period in (5, 6)) offset 0) c
            """,
            [
                .int8Array(buckets.map(\.subject)),
                .timestampArray(buckets.map(\.start.microseconds)),
                .timestampArray(buckets.map(\.end.microseconds)),
            ]
        )
    }

    static func observe(_ observations: [AggregationBatch.Observation]) -> Command {
        var parts = PackedColumns()
        for observation in observations { parts.append(count: observation.metrics.count) }
        return Command(
            """
            insert into flotilla.observations (job_id, subject_id, workspace_id, period, start_at, fetched_at, attempt,
                api_version, metrics, "values")
            select k.job, k.subject, k.workspace, k.period, k.start, k.fetched, k.attempt, k.version,
                $9[k.low:k.high], $10[k.low:k.high]
            from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::smallint[], $5::timestamptz[], $6::timestamptz[],
                $7::smallint[], $8::text[], $11::integer[], $12::integer[])
                as k (job, subject, workspace, period, start, fetched, attempt, version, low, high)
            """,
            [
                .uuidArray(observations.map(\.job.parameter)),
                .int8Array(observations.map(\.subject)),
                .int8Array(observations.map(\.workspace)),
                .int2Array(observations.map(\.period.rawValue)),
                .timestampArray(observations.map(\.start.microseconds)),
                .timestampArray(observations.map(\.fetchedAt.microseconds)),
                .int2Array(observations.map { Int16(clamping: $0.attempt) }),
                .textArray(observations.map(\.apiVersion)),
                .int2Array(observations.flatMap { $0.metrics.map(\.rawValue) }),
                .int8Array(observations.flatMap(\.values)),
                .int4Array(parts.low),
                .int4Array(parts.high),
            ]
        )
    }

    static func put(_ rows: [(key: AggregationBatch.RowKey, workspace: Int64, row: CurrentRow)]) -> Command {
        var values = PackedColumns()
        var sourced = PackedColumns()
        var fetches = PackedColumns()
        var positions: [Int16] = []
        var jobs: [UUIDValue] = []
        var times: [Int64] = []
        for (_, _, row) in rows {
            let sources = row.sources
            values.append(count: row.entries.count)
            fetches.append(count: sources.count)
            jobs += sources.map(\.job.parameter)
            times += sources.map(\.fetchedAt.microseconds)
            sourced.append(count: sources.count > 1 ? row.entries.count : 0)
            if sources.count > 1 {
                positions += row.entries.map { entry in Int16(sources.firstIndex(of: entry.source)!) }
            }
        }
        return Command(
            """
            insert into flotilla.current_values (subject_id, start_at, period, workspace_id, metrics, "values", sources,
                source_jobs, source_times)
            select k.subject, k.start, k.period, k.workspace, $5[k.low:k.high], $6[k.low:k.high],
                $7[k.slow:k.shigh], $8[k.flow:k.fhigh], $9[k.flow:k.fhigh]
            from unnest($1::bigint[], $2::timestamptz[], $3::smallint[], $4::bigint[], $10::integer[], $11::integer[],
                $12::integer[], $13::integer[], $14::integer[], $15::integer[])
                as k (subject, start, period, workspace, low, high, slow, shigh, flow, fhigh)
            on conflict (subject_id, start_at, period) do update
                set metrics = excluded.metrics, "values" = excluded."values", sources = excluded.sources,
                    source_jobs = excluded.source_jobs, source_times = excluded.source_times
            """,
            [
                .int8Array(rows.map(\.key.subject)),
                .timestampArray(rows.map(\.key.start.microseconds)),
                .int2Array(rows.map(\.key.period.rawValue)),
                .int8Array(rows.map(\.workspace)),
                .int2Array(rows.flatMap { $0.row.entries.map(\.metric.rawValue) }),
                .int8Array(rows.flatMap { $0.row.entries.map(\.value) }),
                .int2Array(positions),
                .uuidArray(jobs),
                .timestampArray(times),
                .int4Array(values.low), .int4Array(values.high),
                .int4Array(sourced.low), .int4Array(sourced.high),
                .int4Array(fetches.low), .int4Array(fetches.high),
            ]
        )
    }
}

extension Parameter {
    /// Ids of which some are missing, as text: the statement casts them.
    static func optionalUUIDs(_ ids: [FleetCore.UUID?]) -> Parameter {
        ids.allSatisfy { $0 == nil }
            ? .optionalTextArray(Array(repeating: nil, count: ids.count))
            : .optionalTextArray(ids.map { $0?.description })
    }
}
