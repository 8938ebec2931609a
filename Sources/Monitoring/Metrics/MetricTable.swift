/// Every metric of the fleet. A test holds it equal to what the programs declare.
public enum MetricTable {
    /// All of them, by part.
    public static let all: [FleetMetric] = jobs + work + platforms + results + doors + connections + processes

    /// The metric behind the name of a series, `_bucket`, `_sum` and `_count` of histograms included.
    public static func metric(ofSeries name: String) -> FleetMetric? { bySeries[name] }

    private static let bySeries: [String: FleetMetric] = Dictionary(
        uniqueKeysWithValues: all.flatMap { metric in metric.seriesNames.map { ($0, metric) } }
    )

    private static let everywhere = FleetMetric.Program.allCases
    private static let platformLane = ["platform", "lane"]

    static let jobs: [FleetMetric] = [
        FleetMetric(
            "flotilla_jobs_finished_total",
            .counter,
            [.worker],
            labels: ["platform", "lane", "outcome"],
            always: false,
            "Attempts by what became of the job: succeeded, partial, retry, dead, cancelled."
        ),
        FleetMetric(
            "flotilla_job_wait_seconds",
            .histogram,
            [.worker],
            labels: platformLane,
            always: false,
            "From the moment a job was ordered to the moment a worker took it for the first time."
        ),
        FleetMetric(
            "flotilla_job_run_seconds",
            .histogram,
            [.worker],
            labels: platformLane,
            always: false,
            "From taking a job to the broker's confirmation of what became of it."
        ),
        FleetMetric("flotilla_jobs_in_flight", .gauge, [.worker], "Jobs taken and not yet settled."),
        FleetMetric(
            "flotilla_jobs_published_total",
            .counter,
            [.dispatcher],
            "Jobs of runs that the broker confirmed."
        ),
        FleetMetric(
            "flotilla_cadence_jobs_total",
            .counter,
            [.dispatcher],
            labels: ["platform", "task"],
            always: false,
            "Jobs that plans ordered, by task."
        ),
        FleetMetric(
            "flotilla_fires_total",
            .counter,
            [.dispatcher],
            labels: ["verdict"],
            always: false,
            "Fires of schedules that were decided, by verdict."
        ),
        FleetMetric(
            "flotilla_schedule_lag_seconds",
            .gauge,
            [.dispatcher],
            always: false,
            "How long the oldest fire that is due has not been decided; such a fire may wait for a run on purpose."
        ),
        FleetMetric(
            "flotilla_runs_ended_total",
            .counter,
            [.dispatcher],
            labels: ["platform", "outcome"],
            always: false,
            "Runs that ended: whole, partial, failed or cancelled."
        ),
        FleetMetric(
            "flotilla_dead_letters",
            .gauge,
            [.dispatcher],
            labels: ["platform", "cause"],
            always: false,
            "Dead letters in the ledger."
        ),
        FleetMetric("flotilla_dead_letters_total", .counter, [.aggregator], "Dead letters taken into the ledger."),
        FleetMetric(
            "flotilla_replayed_total",
            .counter,
            [.dispatcher],
            labels: ["platform", "cause"],
            always: false,
            "Dead letters that were given back to the fleet."
        ),
        FleetMetric(
            "flotilla_replay_copies_dropped_total",
            .counter,
            [.worker],
            always: false,
            "Second copies of replayed jobs, which a crash of the dispatcher made and nobody ran."
        ),
        FleetMetric(
            "flotilla_jobs_suspected_total",
            .counter,
            [.aggregator],
            always: false,
            "Jobs that workers held when they died, sent to be run apart from others."
        ),
        FleetMetric(
            "flotilla_quarantine_trials_total",
            .counter,
            [.worker],
            always: false,
            "Suspects that were run apart from others."
        ),
        FleetMetric(
            "flotilla_quarantine_deaths_total",
            .counter,
            [.worker],
            always: false,
            "Times that a suspect killed the process that ran it apart from others."
        ),
        FleetMetric(
            "flotilla_jobs_handed_back_total",
            .counter,
            [.worker],
            always: false,
            "Jobs given back unfinished when the worker ended; no attempt is charged."
        ),
        FleetMetric(
            "flotilla_held_jobs_released_total",
            .counter,
            [.dispatcher],
            always: false,
            "Jobs that were set aside for an order and went on when it ended."
        ),
    ]

    static let work: [FleetMetric] = [
        FleetMetric(
            "flotilla_jobs",
            .gauge,
            [.dispatcher],
            labels: ["platform", "lane", "state"],
            always: false,
            "Jobs in work queues and in workers' hands."
        ),
        FleetMetric(
            "flotilla_job_age_seconds_max",
            .gauge,
            [.dispatcher],
            labels: ["platform", "lane"],
            always: false,
            "How long the oldest job has waited in its work queue."
        ),
        FleetMetric(
            "flotilla_work_remaining_seconds",
            .gauge,
            [.dispatcher],
            labels: ["platform", "lane"],
            always: false,
            "How long one worker would be busy with what is in a work queue and in hand."
        ),
        FleetMetric(
            "flotilla_replicas_wanted",
            .gauge,
            [.dispatcher],
            labels: ["lane"],
            always: false,
            "Workers that would be done in the time aimed at, no more than the platforms' budgets feed."
        ),
        FleetMetric(
            "flotilla_delivery_silence_seconds",
            .gauge,
            [.worker],
            "How long nothing has come from any queue."
        ),
    ]

    static let platforms: [FleetMetric] = [
        FleetMetric(
            "flotilla_platform_requests_total",
            .counter,
            [.worker],
            labels: ["platform", "class"],
            "Requests to platforms by class of answer."
        ),
        FleetMetric(
            "flotilla_platform_request_seconds",
            .histogram,
            [.worker],
            labels: ["platform"],
            "Time of one request to a platform."
        ),
        FleetMetric(
            "flotilla_platform_errors_total",
            .counter,
            [.worker],
            labels: ["platform", "class"],
            always: false,
            "Errors of platforms by class."
        ),
        FleetMetric(
            "flotilla_platform_version_days_left",
            .gauge,
            [.worker],
            labels: ["platform"],
            always: false,
            "Days until the version of a platform's interface that is called ends."
        ),
        FleetMetric(
            "flotilla_metrics_quarantined",
            .gauge,
            [.worker],
            labels: ["platform"],
            always: false,
            "Metrics that a platform refuses and no worker asks for."
        ),
        FleetMetric(
            "flotilla_budget_units_limit",
            .gauge,
            [.worker],
            labels: ["platform", "budget"],
            always: false,
            "What may be used in a window."
        ),
        FleetMetric(
            "flotilla_budget_units_used",
            .gauge,
            [.worker],
            labels: ["platform", "budget"],
            always: false,
            "Used or lent in the fleet, as last heard."
        ),
        FleetMetric(
            "flotilla_budget_reset_seconds",
            .gauge,
            [.worker],
            labels: ["platform", "budget"],
            always: false,
            "Until calls that wait may go on."
        ),
        FleetMetric(
            "flotilla_budget_wait_seconds",
            .histogram,
            [.worker],
            labels: ["platform"],
            always: false,
            "How long calls waited in place for a limit."
        ),
        FleetMetric(
            "flotilla_budget_parked_total",
            .counter,
            [.worker],
            labels: ["platform"],
            always: false,
            "Calls that were put off for a limit."
        ),
        FleetMetric(
            "flotilla_budget_refused_total",
            .counter,
            [.worker],
            labels: ["platform"],
            always: false,
            "Calls that a limit can never let go, such as one of money that is spent."
        ),
        FleetMetric(
            "flotilla_breaker_open",
            .gauge,
            [.worker],
            labels: ["platform"],
            always: false,
            "1 while an endpoint is tried with single calls only."
        ),
        FleetMetric(
            "flotilla_tokens_expiring",
            .gauge,
            [.dispatcher],
            labels: ["platform"],
            always: false,
            "Connections that end within a week and that nothing renews in time."
        ),
        FleetMetric(
            "flotilla_tokens_broken",
            .gauge,
            [.dispatcher],
            labels: ["platform"],
            always: false,
            "Connections whose user must reconnect."
        ),
    ]

    static let results: [FleetMetric] = [
        FleetMetric("flotilla_results_stored_total", .counter, [.aggregator], "Results recorded for the first time."),
        FleetMetric(
            "flotilla_results_repeated_total",
            .counter,
            [.aggregator],
            "Results of jobs that were recorded before; they changed nothing."
        ),
        FleetMetric(
            "flotilla_results_refused_total",
            .counter,
            [.aggregator],
            "Synthetic results for workspaces that are no sandboxes."
        ),
        FleetMetric(
            "flotilla_results_unreadable_total",
            .counter,
            [.aggregator],
            "Result messages that made no sense."
        ),
        FleetMetric("flotilla_result_batch_size", .histogram, [.aggregator], "Results per transaction."),
        FleetMetric(
            "flotilla_rollups_written_total",
            .counter,
            [.aggregator],
            "Rollup rows of subjects that changed."
        ),
        FleetMetric(
            "flotilla_workspace_rollups_written_total",
            .counter,
            [.aggregator],
            "Rollup rows of workspaces that changed."
        ),
        FleetMetric(
            "flotilla_restatements_total",
            .counter,
            [.aggregator],
            "Settled figures that a platform changed by more than 5 % and 10 units."
        ),
        FleetMetric(
            "flotilla_rollup_lag_seconds",
            .gauge,
            [.dispatcher],
            "Age of the oldest change of readings that is not in the roll-ups yet."
        ),
        FleetMetric(
            "flotilla_dirty_buckets",
            .gauge,
            [.dispatcher],
            "Notes of changed readings and of changed parts of workspaces that wait to be computed."
        ),
        FleetMetric(
            "flotilla_changes_published_total",
            .counter,
            [.aggregator],
            "Change events that the broker confirmed."
        ),
        FleetMetric(
            "flotilla_changes_dropped_total",
            .counter,
            [.aggregator],
            "Changed buckets that nobody was told of, because the broker was away too long."
        ),
        FleetMetric(
            "flotilla_changes_pending_batches",
            .gauge,
            [.aggregator],
            "Transactions whose changed buckets wait to be told."
        ),
        FleetMetric(
            "flotilla_changes_oldest_seconds",
            .gauge,
            [.aggregator],
            "Age of the oldest change that waits to be told."
        ),
        FleetMetric(
            "flotilla_pushes_refused_total",
            .counter,
            [.aggregator],
            "Messages of pushed readings that went to the dead letters."
        ),
        FleetMetric(
            "flotilla_reconciliation_mismatches_total",
            .counter,
            [.dispatcher],
            always: false,
            "Figures that should agree and did not, as they were found by night."
        ),
        FleetMetric(
            "flotilla_reconciliation_jobs_total",
            .counter,
            [.dispatcher],
            always: false,
            "Jobs that were ordered because figures did not agree."
        ),
        FleetMetric(
            "flotilla_retention_rows_total",
            .counter,
            [.dispatcher],
            labels: ["class"],
            always: false,
            "Rows deleted because they were too old, without those of dropped partitions."
        ),
        FleetMetric(
            "flotilla_retention_partitions_total",
            .counter,
            [.dispatcher],
            always: false,
            "Partitions dropped because they were too old."
        ),
    ]

    static let doors: [FleetMetric] = [
        FleetMetric("flotilla_outbox_rows", .gauge, [.dispatcher], "Jobs of the SQL door that wait to be published."),
        FleetMetric(
            "flotilla_outbox_oldest_seconds",
            .gauge,
            [.dispatcher],
            "Age of the oldest of them; 0 when there is none."
        ),
        FleetMetric(
            "flotilla_outbox_relayed_total",
            .counter,
            [.dispatcher],
            "Jobs of the SQL door that the broker confirmed."
        ),
        FleetMetric(
            "flotilla_waiting_jobs",
            .gauge,
            [.dispatcher],
            "Jobs whose messages are newer than what workers read; they wait for a newer worker."
        ),
        FleetMetric(
            "flotilla_waiting_jobs_oldest_seconds",
            .gauge,
            [.dispatcher],
            "Since when the first of them waits; 0 when there is none."
        ),
        FleetMetric(
            "flotilla_waiting_jobs_released_total",
            .counter,
            [.dispatcher],
            "Jobs that went back to work because a worker reads their version now."
        ),
    ]

    static let connections: [FleetMetric] = [
        FleetMetric(
            "flotilla_publish_unconfirmed",
            .gauge,
            everywhere,
            "Messages written and not yet confirmed by the broker."
        ),
        FleetMetric("flotilla_publish_waiting", .gauge, everywhere, "Messages that wait to be written."),
        FleetMetric(
            "flotilla_publish_blocked_seconds_total",
            .counter,
            everywhere,
            "How long the broker has refused to take messages."
        ),
        FleetMetric(
            "flotilla_publish_returned_total",
            .counter,
            everywhere,
            "Messages that no queue took, or that a full queue refused."
        ),
        FleetMetric(
            "flotilla_broker_reconnects_total",
            .counter,
            everywhere,
            labels: ["role"],
            "Logins at the broker after the first."
        ),
        FleetMetric(
            "flotilla_queues_consuming",
            .gauge,
            [.worker, .aggregator],
            "Queues that this process has an active consumer at."
        ),
        FleetMetric(
            "messaging_client_sent_messages_total",
            .counter,
            everywhere,
            "Messages that the broker confirmed."
        ),
        FleetMetric(
            "messaging_client_consumed_messages_total",
            .counter,
            [.worker, .aggregator],
            "Messages that the broker delivered."
        ),
    ]

    static let processes: [FleetMetric] = [
        FleetMetric(
            "flotilla_gateway_requests_total",
            .counter,
            [.gateway],
            labels: ["operation", "outcome"],
            always: false,
            "Requests by operation: answered, unchanged, refused or failed."
        ),
        FleetMetric(
            "flotilla_gateway_request_seconds",
            .histogram,
            [.gateway],
            "From a request's arrival to its answer."
        ),
        FleetMetric("flotilla_leader", .gauge, [.dispatcher], "1 while this process leads."),
        FleetMetric(
            "flotilla_build_info",
            .gauge,
            everywhere,
            labels: ["version", "commit"],
            "What runs here; always 1."
        ),
        FleetMetric(
            "flotilla_library_info",
            .gauge,
            everywhere,
            labels: ["library", "version"],
            "The C libraries that this process runs with; always 1."
        ),
        FleetMetric(
            "flotilla_metric_series_refused",
            .gauge,
            everywhere,
            "Series left out because the process has too many."
        ),
        FleetMetric("process_resident_memory_bytes", .gauge, everywhere, "Memory in RAM."),
        FleetMetric("process_virtual_memory_bytes", .gauge, everywhere, "Address space."),
        FleetMetric("process_open_fds", .gauge, everywhere, "Open descriptors."),
        FleetMetric("process_max_fds", .gauge, everywhere, "Limit of open descriptors."),
        FleetMetric("process_threads", .gauge, everywhere, "Threads."),
        FleetMetric("process_start_time_seconds", .gauge, everywhere, "Start of the process since 1970."),
        FleetMetric("process_cpu_seconds_total", .counter, everywhere, "Processor time used."),
    ]
}
