/// The doors: one contract with verdicts, messages of newer versions that wait, posts that publishing services register.
enum Migration0015 {
    static let sql = [reading, submitting, waiting, registering, rights].joined(separator: "\n")

    private static let rights = #"""
        grant select on flotilla.message_versions, flotilla.waiting_jobs, flotilla.external_refs, flotilla.job_keys
            to flotilla_auditor;
        grant select on flotilla.waiting_jobs to flotilla_dispatcher;
        grant select, insert, update on flotilla.waiting_jobs to flotilla_aggregator;
        grant select on flotilla.external_refs, flotilla.published_posts to flotilla_gateway, flotilla_reader;
        select flotilla.secure();
        grant execute on function flotilla.submit(jsonb)
            to flotilla_publisher, flotilla_dispatcher, flotilla_aggregator;
        grant execute on function flotilla.submit_own(jsonb) to flotilla_gateway;
        grant execute on function flotilla.register_post(jsonb, text), flotilla.register_posts(jsonb)
            to flotilla_publisher, flotilla_aggregator;
        grant execute on function flotilla.know_versions(text[], integer) to flotilla_worker;
        grant execute on function flotilla.release_waiting(integer), flotilla.forget_keys(integer)
            to flotilla_dispatcher;
        """#
}
