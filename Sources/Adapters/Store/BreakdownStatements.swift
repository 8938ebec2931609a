internal import FleetCore
internal import Postgres

/// The statement that archives metrics in parts: whole columns as arrays, like the others of a batch.
enum BreakdownStatements {
    /// Archives the parts of the results; nil when there are none. Parts of a post without a number are left out.
    static func archive(_ results: [JobResult], posts: [AggregationBatch.PostKey: Int64]) -> Command? {
        var rows: [(result: JobResult, subject: Int64, breakdown: Breakdown)] = []
        for result in results {
            for breakdown in result.breakdowns where !breakdown.parts.isEmpty {
                let key = breakdown.post.map { AggregationBatch.PostKey(account: result.account, externalID: $0) }
                guard let subject = key.map({ posts[$0] }) ?? result.account else { continue }
                rows.append((result, subject, breakdown))
            }
        }
        if rows.isEmpty { return nil }
        var values = PackedColumns()
        for (_, _, breakdown) in rows { values.append(count: breakdown.parts.count) }
        return Command(
            insert,
            [
                .uuidArray(rows.map(\.result.job.parameter)),
                .int8Array(rows.map(\.subject)),
                .int8Array(rows.map(\.result.workspace)),
                .int2Array(rows.map(\.breakdown.metric.rawValue)),
                .int2Array(rows.map(\.breakdown.period.rawValue)),
                .timestampArray(rows.map { $0.breakdown.start.instant(on: $0.result.platform).microseconds }),
                .timestampArray(rows.map(\.result.fetchedAt.microseconds)),
                .textArray(rows.map { literal($0.breakdown.dimensions) }),
                .textArray(rows.map { literal($0.breakdown.parts.flatMap(\.names)) }),
                .int8Array(rows.flatMap { $0.breakdown.parts.map(\.value) }),
                .int4Array(values.low), .int4Array(values.high),
            ]
        )
    }

    /// Words as the server reads an array of them. Cut out of one array of all rows' words, the words of a row would cost a
    /// walk over all before them: only numbers have places that can be computed.
    private static func literal(_ words: [String]) -> String {
        var literal = "{"
        for word in words {
            literal += literal.utf8.count == 1 ? "\"" : ",\""
            for character in word.unicodeScalars {
                if character == "\"" || character == "\\" { literal.unicodeScalars.append("\\") }
                literal.unicodeScalars.append(character)
            }
            literal += "\""
        }
        return literal + "}"
    }

    private static let insert: Statement = """
        insert into flotilla.breakdowns (job_id, subject_id, workspace_id, metric, period, start_at, fetched_at,
            dimensions, names, "values")
        select k.job, k.subject, k.workspace, k.metric, k.period, k.start, k.fetched, k.dimensions::text[], k.names::text[],
            $10[k.low:k.high]
        from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::smallint[], $5::smallint[], $6::timestamptz[],
            $7::timestamptz[], $8::text[], $9::text[], $11::integer[], $12::integer[])
            as k (job, subject, workspace, metric, period, start, fetched, dimensions, names, low, high)
        """
}

extension Reading.Start {
    /// The moment at which the period starts on a platform.
    func instant(on platform: PlatformName) -> Instant {
        switch self {
        case .date(let date): platform.dayZone.startOfDay(date)
        case .moment(let moment): moment
        }
    }
}
