internal import FleetCore
internal import Postgres

extension AuditStore {
    /// Every post belongs to its account's workspace, and every metric in parts is archived once, for a subject that there is,
    /// by a job that finished. What the readings of posts come to is examined with all subjects.
    static func examinePosts(_ connection: Connection, into report: inout AuditReport) async throws {
        report.posts = try await connection.query("select count(*) from flotilla.posts").only().int8(0)
        report.breakdowns = try await connection.query("select count(*) from flotilla.breakdowns").only().int8(0)
        for (kind, fault, statement) in faults {
            let row = try await connection.query(statement).only()
            let count = try row.int8(0)
            guard count > 0 else { continue }
            let example = try row.text(1)
            report.note(kind, count: count, "\(fault), for example \(example)")
        }
    }

    private static let faults: [(AuditReport.Kind, String, Statement)] = [
        (
            .different, "posts are not in their account's workspace",
            """
            select count(*), min('post ' || p.id) from flotilla.posts p
            join flotilla.accounts a on a.id = p.account_id where a.workspace_id <> p.workspace_id
            """
        ),
        (
            .twice, "metrics in parts are archived more than once for one fetch",
            """
            select count(*), min('subject ' || k.subject_id) from (
                select subject_id from flotilla.breakdowns
                group by job_id, subject_id, metric, period, start_at, dimensions having count(*) > 1
            ) k
            """
        ),
        (
            .different, "metrics in parts come from jobs that are not finished in the ledger",
            """
            select count(*), min('job ' || b.job_id) from flotilla.breakdowns b
            where not exists (select from flotilla.jobs j where j.id = b.job_id and j.state in ('done', 'partial'))
            """
        ),
        (
            .different, "metrics in parts have a subject in another workspace",
            """
            select count(*), min('subject ' || b.subject_id) from flotilla.breakdowns b
            left join flotilla.posts p on p.id = b.subject_id
            left join flotilla.accounts a on a.id = b.subject_id
            where coalesce(p.workspace_id, a.workspace_id, b.workspace_id) <> b.workspace_id
            """
        ),
    ]
}
