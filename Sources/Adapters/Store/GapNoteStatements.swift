internal import FleetCore
internal import Platforms
internal import Postgres

/// The statements that keep what results say besides numbers: why a metric gave nothing, and that a settled figure changed.
enum GapNoteStatements {
    /// Keeps what the results skipped; nil when nothing was, which is the rule.
    static func note(_ results: [JobResult]) -> Command? {
        let skipping = results.filter { !$0.skipped.isEmpty }
        if skipping.isEmpty { return nil }
        let rows = skipping.flatMap { result in
            result.skipped.flatMap { skip in SkippedNames.metrics(skip, on: result.platform).map { (result, skip, $0) }
            }
        }
        if rows.isEmpty { return nil }
        return Command(
            insert,
            [
                .int8Array(rows.map(\.0.account)), .int8Array(rows.map(\.0.workspace)),
                .optionalTextArray(rows.map(\.1.item)),
                .int2Array(rows.map { $0.2?.rawValue ?? 0 }),
                .textArray(rows.map { GapReason(said: $0.1.reason).rawValue }), .textArray(rows.map(\.1.reason)),
                .timestampArray(rows.map { span(of: $0.0, $0.1, $0.2).lowerBound.microseconds }),
                .timestampArray(rows.map { span(of: $0.0, $0.1, $0.2).upperBound.microseconds }),
                .timestampArray(rows.map(\.0.fetchedAt.microseconds)), .uuidArray(rows.map(\.0.job.parameter)),
            ]
        )
    }

    /// What was asked about: days of an account, with the fetch where a level may be meant; otherwise the fetch.
    private static func span(of result: JobResult, _ skip: JobResult.Skip, _ metric: MetricID?) -> ClosedRange<Instant>
    {
        guard skip.item == nil, let dates = result.dates else { return result.fetchedAt...result.fetchedAt }
        let zone = result.platform.dayZone
        let (start, end) = (zone.startOfDay(dates.lowerBound), zone.endOfDay(dates.upperBound))
        let isLevel = metric.map { MetricCatalogue[$0]?.kind == .gauge } ?? true
        return start...(isLevel ? max(end, result.fetchedAt) : end)
    }

    private static let insert: Statement = """
        insert into flotilla.gap_notes (subject_id, workspace_id, metric, reason, said, start_at, end_at, fetched_at, job_id)
        select coalesce(p.id, k.account), k.workspace, nullif(k.metric, 0), k.reason, k.said, k.low, k.high, k.fetched, k.job
        from unnest($1::bigint[], $2::bigint[], $3::text[], $4::smallint[], $5::text[], $6::text[], $7::timestamptz[],
            $8::timestamptz[], $9::timestamptz[], $10::uuid[])
            as k (account, workspace, item, metric, reason, said, low, high, fetched, job)
        left join flotilla.posts p on p.account_id = k.account and p.external_id = k.item
        where k.item is null or p.id is not null
        """

    /// Keeps settled figures that changed; nil when there are none.
    static func restate(_ restatements: [Restatement]) -> Command? {
        if restatements.isEmpty { return nil }
        return Command(
            """
            insert into flotilla.restatements (subject_id, workspace_id, metric, period, start_at, before_value, before_at,
                before_job, after_value, after_at, after_job)
            select * from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[], $5::timestamptz[], $6::bigint[],
                $7::timestamptz[], $8::uuid[], $9::bigint[], $10::timestamptz[], $11::uuid[])
            """,
            [
                .int8Array(restatements.map(\.subject)), .int8Array(restatements.map(\.workspace)),
                .int2Array(restatements.map(\.metric.rawValue)), .int2Array(restatements.map(\.period.rawValue)),
                .timestampArray(restatements.map(\.start.microseconds)),
                .int8Array(restatements.map(\.before.value)),
                .timestampArray(restatements.map(\.before.source.fetchedAt.microseconds)),
                .uuidArray(restatements.map(\.before.source.job.parameter)),
                .int8Array(restatements.map(\.after.value)),
                .timestampArray(restatements.map(\.after.source.fetchedAt.microseconds)),
                .uuidArray(restatements.map(\.after.source.job.parameter)),
            ]
        )
    }
}

/// Which canonical metrics a platform's name stands for.
private enum SkippedNames {
    /// The metrics that a skip is about; nil in them means everything that was asked of the subject. A name that the
    /// platform's code does not know is no metric that anybody can ask for.
    static func metrics(_ skip: JobResult.Skip, on platform: PlatformName) -> [MetricID?] {
        if let known = tables[platform]?[skip.metric] { return known.map { $0 } }
        return skip.reason == "unmapped" ? [] : [nil]
    }

    private static let tables: [PlatformName: [String: [MetricID]]] = PlatformRegistry.all.reduce(into: [:]) {
        tables,
        platform in
        tables[platform.name] = platform.metrics.reduce(into: [:]) { names, metric in
            if names[metric.native]?.contains(metric.metric) != true {
                names[metric.native, default: []].append(metric.metric)
            }
        }
    }
}
