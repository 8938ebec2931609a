/// Why figures are not there, and settled ones that changed.
extension Migration0011 {
    static let reading = #"""
        -- What a result skipped, once per fetch; nothing is ever changed here. The newest note at or before a moment says why
        -- a figure is missing. A null metric stands for everything that was asked of the subject. Both ends are the fetch when
        -- something at a moment was asked for.
        create table flotilla.gap_notes (
            subject_id bigint not null,
            workspace_id bigint not null,
            metric smallint,
            reason text not null check (reason in ('no_data', 'not_settled', 'suppressed', 'permission_missing',
                'unsupported', 'unavailable', 'failed')),
            said text not null,
            start_at timestamptz not null,
            end_at timestamptz not null check (end_at >= start_at),
            fetched_at timestamptz not null,
            job_id uuid not null);
        create index gap_notes_subject on flotilla.gap_notes (subject_id, end_at);

        -- Settled figures that a platform changed by more than the threshold.
        create table flotilla.restatements (
            subject_id bigint not null,
            workspace_id bigint not null,
            metric smallint not null,
            period smallint not null,
            start_at timestamptz not null,
            before_value bigint not null,
            before_at timestamptz not null,
            before_job uuid not null,
            after_value bigint not null,
            after_at timestamptz not null,
            after_job uuid not null);
        create index restatements_workspace on flotilla.restatements (workspace_id, after_at);
        create index restatements_subject on flotilla.restatements (subject_id, after_at);

        create index dead_letters_account on flotilla.dead_letters (account_id, dead_at);

        grant insert on flotilla.gap_notes, flotilla.restatements to flotilla_aggregator;
        grant select on flotilla.gap_notes, flotilla.restatements to flotilla_auditor;
        """#
}
