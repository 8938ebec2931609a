public import FleetCore
internal import Postgres

/// What a run came to: whose accounts, and what is missing for which reason.
public struct RunSummary: Sendable, Equatable {
    /// Accounts whose jobs that ended were all whole.
    public var wholeAccounts: Int64 = 0
    /// Accounts of which something is missing that was asked for.
    public var partialAccounts: Int64 = 0
    /// Accounts of which a job died.
    public var failedAccounts: Int64 = 0
    public var missing: [Missing] = []

    /// Accounts none of whose jobs has ended.
    public func openAccounts(of run: StoredRun) -> Int64 {
        max(0, run.accounts - wholeAccounts - partialAccounts - failedAccounts)
    }

    /// One reason for what is missing.
    public struct Missing: Sendable, Equatable {
        /// A cause of death, or what the platform said of a metric.
        public var reason: String
        /// Whether the jobs died by it; otherwise they ended, and a part of what was asked for was not given.
        public var isDeath: Bool
        public var jobs: Int64
        public var accounts: Int64
        /// Figures that were not given; of dead jobs nobody knows.
        public var figures: Int64
    }
}

/// What a run came to for one account.
public struct RunAccount: Sendable, Equatable {
    public var account: Int64
    public var workspace: String
    public var externalID: String
    public var stored: Int64
    public var partial: Int64
    public var dead: Int64
    /// Why something is missing, each reason once.
    public var reasons: [String]

    /// `whole`, `partial`, `failed` or `open`.
    public var state: String {
        dead > 0 ? "failed" : partial > 0 ? "partial" : stored > 0 ? "whole" : "open"
    }
}

extension ScheduleStore {
    /// Counts a run's accounts and what is missing of it.
    public func summary(of run: StoredRun) async throws -> RunSummary {
        let rows = try await pool.withConnection { connection in
            try await connection.pipeline([
                Command(
                    """
                    select count(*) filter (where dead = 0 and partial = 0), count(*) filter (where dead = 0 and partial > 0),
                        count(*) filter (where dead > 0)
                    from (
                        select count(*) filter (where state = 'dead') as dead, count(*) filter (where state = 'partial') as partial
                        from flotilla.jobs where id between $1 and $2 and run_id = $3 and state in ('done', 'partial', 'dead')
                        group by account_id
                    ) k
                    """,
                    run.jobRange
                ),
                Command(
                    """
                    select coalesce(cause, 'unknown'), true, count(*), count(distinct account_id), 0::bigint
                    from flotilla.jobs where id between $1 and $2 and run_id = $3 and state = 'dead' group by 1
                    union all
                    select g.reason, false, count(distinct j.id), count(distinct j.account_id), count(*)
                    from flotilla.jobs j join flotilla.gap_notes g on g.job_id = j.id
                    where j.id between $1 and $2 and j.run_id = $3 group by 1
                    order by 2 desc, 3 desc, 1
                    """,
                    run.jobRange
                ),
            ])
        }
        let accounts = try rows[0].only()
        return RunSummary(
            wholeAccounts: try accounts.int8(0),
            partialAccounts: try accounts.int8(1),
            failedAccounts: try accounts.int8(2),
            missing: try rows[1].map {
                RunSummary.Missing(
                    reason: try $0.text(0),
                    isDeath: try $0.bool(1),
                    jobs: try $0.int8(2),
                    accounts: try $0.int8(3),
                    figures: try $0.int8(4)
                )
            }
        )
    }

    /// The accounts of a run in order, those that are erased left out.
    ///
    /// - Parameters:
    ///   - account: only those with higher numbers.
    ///   - onlyMissing: only those of which something is missing.
    public func accounts(
        of run: StoredRun,
        after account: Int64,
        onlyMissing: Bool,
        limit: Int
    ) async throws -> [RunAccount] {
        try await pool.query(
            """
            select a.id, w.name, a.external_id, coalesce(k.stored, 0), coalesce(k.partial, 0), coalesce(k.dead, 0),
                coalesce(k.causes, '{}') || coalesce(k.gaps, '{}')
            from flotilla.accounts a join flotilla.workspaces w on w.id = a.workspace_id
            left join (
                select j.account_id, count(*) filter (where j.state = 'done') as stored,
                    count(*) filter (where j.state = 'partial') as partial, count(*) filter (where j.state = 'dead') as dead,
                    array_agg(distinct j.cause) filter (where j.state = 'dead') as causes,
                    (select array_agg(distinct g.reason) from flotilla.gap_notes g where g.job_id = any (array_agg(j.id))) as gaps
                from flotilla.jobs j where j.id between $1 and $2 and j.run_id = $3 group by j.account_id
            ) k on k.account_id = a.id
            where a.platform = $4 and a.id > $5 and a.id <= $6 and (a.state = 'active' or k.account_id is not null)
                and (not $7 or coalesce(k.partial, 0) + coalesce(k.dead, 0) > 0)
            order by a.id limit $8
            """,
            run.jobRange + [
                .text(run.platform), .int8(account), .int8(run.lastAccount), .bool(onlyMissing), .int8(Int64(limit)),
            ]
        ).map { row in
            RunAccount(
                account: try row.int8(0),
                workspace: try row.text(1),
                externalID: try row.text(2),
                stored: try row.int8(3),
                partial: try row.int8(4),
                dead: try row.int8(5),
                reasons: try row.textArray(6)
            )
        }
    }

    /// The runs that began since a moment, of one platform or all, newest first; at most 10,000.
    public func runs(since moment: Instant, platform: String? = nil) async throws -> [StoredRun] {
        try await runs(
            "where r.started_at >= $1 and ($2::text is null or r.platform = $2) order by r.started_at desc limit 10000",
            [.timestamp(moment.microseconds), .optional(platform)]
        )
    }
}

extension StoredRun {
    /// Where its jobs stand in the ledger, as three parameters.
    fileprivate var jobRange: [Parameter] {
        [.uuid(jobIDs.lowerBound.parameter), .uuid(jobIDs.upperBound.parameter), .uuid(id.parameter)]
    }
}
