/// The four pages that are shipped.
public enum DashboardTable {
    typealias Line = Dashboard.Line
    typealias Panel = Dashboard.Panel
    typealias Row = Dashboard.Row

    /// In the order in which people look.
    public static let all = [fleet, platforms, aggregation, broker]

    private static let which = "platform=~\"$platform\",lane=~\"$lane\""
    private static let platform = "platform=~\"$platform\""

    private static func rate(_ metric: String, _ labels: String = "", by: String = "") -> String {
        let selected = labels.isEmpty ? metric : "\(metric){\(labels)}"
        return (by.isEmpty ? "sum" : "sum by (\(by)) ") + "(rate(\(selected)[$__rate_interval]))"
    }

    private static func quantile(_ share: String, _ metric: String, _ labels: String, by: String) -> String {
        "histogram_quantile(\(share), sum by (le, \(by)) (rate(\(metric)_bucket{\(labels)}[$__rate_interval])))"
    }

    private static func quantiles(_ metric: String, _ labels: String, by: String) -> [Line] {
        ["0.5", "0.95", "0.99"].map {
            Line(quantile($0, metric, labels, by: by), "\($0 == "0.5" ? "median" : $0.dropFirst(2) + " %") {{\(by)}}")
        }
    }

    static let fleet = Dashboard(
        slug: "flotilla-fleet",
        title: "Flotilla: fleet",
        purpose: "What is ordered, what is finished, how long it waits, and what dies.",
        rows: [
            Row(
                "Now",
                [
                    Panel(
                        "Finished a second",
                        unit: "ops",
                        isFigure: true,
                        Line(rate("flotilla_jobs_finished_total", which), "")
                    ),
                    Panel(
                        "Seconds of work left",
                        unit: "s",
                        isFigure: true,
                        Line("sum(flotilla_work_remaining_seconds{\(which)})", "")
                    ),
                    Panel("Workers", isFigure: true, Line("count(up{job=\"flotilla-worker\"} == 1)", "")),
                    Panel("Dead letters", isFigure: true, Line("sum(flotilla_dead_letters{\(platform)})", "")),
                ]
            ),
            Row(
                "Work",
                [
                    Panel(
                        "Finished",
                        unit: "ops",
                        Line(rate("flotilla_jobs_finished_total", which, by: "outcome"), "{{outcome}}")
                    ),
                    Panel(
                        "Ordered",
                        unit: "ops",
                        Line(rate("flotilla_jobs_published_total"), "runs"),
                        Line(rate("flotilla_outbox_relayed_total"), "SQL door"),
                        Line(rate("flotilla_cadence_jobs_total", platform), "plans")
                    ),
                    Panel("In hand", Line("sum by (instance) (flotilla_jobs_in_flight)", "{{instance}}")),
                ]
            ),
            Row(
                "Time",
                [
                    Panel.of(
                        "Wait before a worker takes a job",
                        unit: "s",
                        quantiles("flotilla_job_wait_seconds", which, by: "lane")
                    ),
                    Panel.of(
                        "Time of a job in a worker",
                        unit: "s",
                        quantiles("flotilla_job_run_seconds", which, by: "platform")
                    ),
                    Panel(
                        "Oldest job",
                        unit: "s",
                        Line(
                            "max by (platform, lane) (flotilla_job_age_seconds_max{\(which)})",
                            "{{platform}} {{lane}}"
                        )
                    ),
                ]
            ),
            Row(
                "Scale",
                [
                    Panel(
                        "Work left",
                        unit: "s",
                        Line("sum by (lane) (flotilla_work_remaining_seconds{\(which)})", "{{lane}}")
                    ),
                    Panel(
                        "Workers wanted and running",
                        Line("sum(max by (lane) (flotilla_replicas_wanted))", "wanted"),
                        Line("count(up{job=\"flotilla-worker\"} == 1)", "running")
                    ),
                    Panel(
                        "Promises broken",
                        unit: "percentunit",
                        Line("flotilla:broken_promises:ratio_rate1h{lane=~\"$lane\"}", "{{lane}}, an hour")
                    ),
                ]
            ),
            Row(
                "Failures",
                [
                    Panel(
                        "Dead letters by cause",
                        Line("sum by (cause) (flotilla_dead_letters{\(platform)})", "{{cause}}")
                    ),
                    Panel("Dying", unit: "ops", Line(rate("flotilla_dead_letters_total"), "into the ledger")),
                    Panel(
                        "Memory of processes",
                        unit: "bytes",
                        Line("sum by (job, instance) (process_resident_memory_bytes)", "{{job}} {{instance}}")
                    ),
                ]
            ),
        ]
    )

    static let platforms = Dashboard(
        slug: "flotilla-platforms",
        title: "Flotilla: platforms and budgets",
        purpose: "How platforms answer, what is left of their limits, and which connections need people.",
        rows: [
            Row(
                "Answers",
                [
                    Panel(
                        "Requests",
                        unit: "reqps",
                        Line(
                            rate("flotilla_platform_requests_total", platform, by: "platform, class"),
                            "{{platform}} {{class}}"
                        )
                    ),
                    Panel.of(
                        "Time of an answer",
                        unit: "s",
                        quantiles("flotilla_platform_request_seconds", platform, by: "platform")
                    ),
                    Panel(
                        "Errors",
                        unit: "ops",
                        Line(
                            rate("flotilla_platform_errors_total", platform, by: "platform, class"),
                            "{{platform}} {{class}}"
                        )
                    ),
                ]
            ),
            Row(
                "Budgets",
                [
                    Panel(
                        "Used",
                        unit: "percentunit",
                        Line(
                            "max by (platform, budget) (flotilla_budget_units_used{\(platform)} / "
                                + "(flotilla_budget_units_limit{\(platform)} > 0))",
                            "{{platform}} {{budget}}"
                        )
                    ),
                    Panel(
                        "Until more",
                        unit: "s",
                        Line(
                            "max by (platform, budget) (flotilla_budget_reset_seconds{\(platform)})",
                            "{{platform}} {{budget}}"
                        )
                    ),
                    Panel(
                        "Put off and refused",
                        unit: "ops",
                        Line(rate("flotilla_budget_parked_total", platform, by: "platform"), "{{platform}} put off"),
                        Line(rate("flotilla_budget_refused_total", platform, by: "platform"), "{{platform}} refused")
                    ),
                    Panel(
                        "Waits in place",
                        unit: "s",
                        Line(
                            quantile("0.95", "flotilla_budget_wait_seconds", platform, by: "platform"),
                            "95 % {{platform}}"
                        )
                    ),
                ]
            ),
            Row(
                "Health",
                [
                    Panel(
                        "Breakers open",
                        Line("max by (platform) (flotilla_breaker_open{\(platform)})", "{{platform}}")
                    ),
                    Panel(
                        "Connections",
                        Line("sum by (platform) (flotilla_tokens_broken{\(platform)})", "{{platform}} broken"),
                        Line("sum by (platform) (flotilla_tokens_expiring{\(platform)})", "{{platform}} expiring")
                    ),
                    Panel(
                        "Metrics in quarantine",
                        Line("max by (platform) (flotilla_metrics_quarantined{\(platform)})", "{{platform}}")
                    ),
                    Panel(
                        "Days until the version ends",
                        unit: "d",
                        Line("min by (platform) (flotilla_platform_version_days_left{\(platform)})", "{{platform}}")
                    ),
                ]
            ),
        ]
    )

    static let aggregation = Dashboard(
        slug: "flotilla-aggregation",
        title: "Flotilla: aggregation",
        purpose: "From results to figures: how fast, how late, and what did not fit.",
        rows: [
            Row(
                "Results",
                [
                    Panel(
                        "Stored",
                        unit: "ops",
                        Line(rate("flotilla_results_stored_total"), "first time"),
                        Line(rate("flotilla_results_repeated_total"), "repeated")
                    ),
                    Panel.of(
                        "Results in a transaction",
                        unit: "short",
                        quantiles("flotilla_result_batch_size", "", by: "job")
                    ),
                    Panel(
                        "Refused",
                        unit: "ops",
                        Line(rate("flotilla_results_refused_total"), "synthetic"),
                        Line(rate("flotilla_results_unreadable_total"), "unreadable"),
                        Line(rate("flotilla_pushes_refused_total"), "pushes")
                    ),
                ]
            ),
            Row(
                "Roll-ups",
                [
                    Panel("Behind the readings", unit: "s", Line("max(flotilla_rollup_lag_seconds)", "oldest change")),
                    Panel("To be computed", Line("max(flotilla_dirty_buckets)", "notes")),
                    Panel(
                        "Rows written",
                        unit: "ops",
                        Line(rate("flotilla_rollups_written_total"), "subjects"),
                        Line(rate("flotilla_workspace_rollups_written_total"), "workspaces")
                    ),
                ]
            ),
            Row(
                "Change feed",
                [
                    Panel(
                        "Told",
                        unit: "ops",
                        Line(rate("flotilla_changes_published_total"), "events"),
                        Line(rate("flotilla_changes_dropped_total"), "dropped")
                    ),
                    Panel("Waiting", Line("max(flotilla_changes_pending_batches)", "transactions")),
                    Panel("Oldest", unit: "s", Line("max(flotilla_changes_oldest_seconds)", "change")),
                ]
            ),
            Row(
                "Truth",
                [
                    Panel(
                        "Restatements",
                        unit: "ops",
                        Line(rate("flotilla_restatements_total"), "settled figures changed")
                    ),
                    Panel(
                        "Figures that do not agree",
                        Line("sum(increase(flotilla_reconciliation_mismatches_total[1d]))", "found"),
                        Line("sum(increase(flotilla_reconciliation_jobs_total[1d]))", "jobs ordered")
                    ),
                    Panel(
                        "Too old and deleted",
                        Line("sum by (class) (increase(flotilla_retention_rows_total[1d]))", "{{class}}"),
                        Line("sum(increase(flotilla_retention_partitions_total[1d]))", "partitions")
                    ),
                ]
            ),
        ]
    )

    static let broker = Dashboard(
        slug: "flotilla-broker",
        title: "Flotilla: broker and database as the fleet sees them",
        purpose:
            "Whether messages get through, and what waits before the broker. The broker's own page is RabbitMQ-Overview.",
        rows: [
            Row(
                "Publishing",
                [
                    Panel(
                        "Confirmed",
                        unit: "ops",
                        Line(rate("messaging_client_sent_messages_total", by: "job"), "{{job}}")
                    ),
                    Panel(
                        "Not confirmed yet",
                        Line("sum by (job) (flotilla_publish_unconfirmed)", "{{job}} written"),
                        Line("sum by (job) (flotilla_publish_waiting)", "{{job}} waiting")
                    ),
                    Panel("Returned", unit: "ops", Line(rate("flotilla_publish_returned_total", by: "job"), "{{job}}")),
                    Panel(
                        "Blocked",
                        unit: "percentunit",
                        Line("max by (job) (rate(flotilla_publish_blocked_seconds_total[$__rate_interval]))", "{{job}}")
                    ),
                ]
            ),
            Row(
                "Consuming",
                [
                    Panel(
                        "Delivered",
                        unit: "ops",
                        Line(rate("messaging_client_consumed_messages_total", by: "job"), "{{job}}")
                    ),
                    Panel("Queues with a consumer", Line("sum by (job) (flotilla_queues_consuming)", "{{job}}")),
                    Panel(
                        "Logins after the first",
                        Line("sum by (job, role) (increase(flotilla_broker_reconnects_total[1h]))", "{{job}} {{role}}")
                    ),
                ]
            ),
            Row(
                "SQL door",
                [
                    Panel("Waiting", Line("max(flotilla_outbox_rows)", "rows")),
                    Panel("Oldest", unit: "s", Line("max(flotilla_outbox_oldest_seconds)", "row")),
                    Panel("Relayed", unit: "ops", Line(rate("flotilla_outbox_relayed_total"), "jobs")),
                ]
            ),
            Row(
                "Processes",
                [
                    Panel(
                        "Processor",
                        unit: "percentunit",
                        Line(
                            "sum by (job, instance) (rate(process_cpu_seconds_total[$__rate_interval]))",
                            "{{job}} {{instance}}"
                        )
                    ),
                    Panel("Descriptors", Line("max by (job) (process_open_fds)", "{{job}}")),
                    Panel("Versions", Line("count by (job, version) (flotilla_build_info)", "{{job}} {{version}}")),
                    Panel("Leader", Line("sum(flotilla_leader)", "leaders")),
                ]
            ),
        ]
    )
}

extension Dashboard.Panel {
    fileprivate static func of(_ title: String, unit: String, _ lines: [Dashboard.Line]) -> Dashboard.Panel {
        var panel = Dashboard.Panel(title, unit: unit)
        panel.lines = lines
        return panel
    }
}
