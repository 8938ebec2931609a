/// The rules: what is recorded, and when each alert fires.
public enum RuleTable {
    /// The share of jobs that waited longer than their lane promises, over short and long windows.
    public static let recordings: [RecordingRule] = ["5m", "1h", "6h"].map { window in
        RecordingRule(
            name: "flotilla:broken_promises:ratio_rate\(window)",
            expression: LanePromise.seconds.map { lane, seconds in
                let kept = "flotilla_job_wait_seconds_bucket{lane=\"\(lane)\",le=\"\(seconds)\"}"
                let all = "flotilla_job_wait_seconds_count{lane=\"\(lane)\"}"
                return "1 - sum by (lane) (rate(\(kept)[\(window)])) / sum by (lane) (rate(\(all)[\(window)]) > 0)"
            }.joined(separator: " or ")
        )
    }

    /// One rule per alert.
    public static let alerts: [AlertRule] = processes + jobs + broker + data

    private static let processes: [AlertRule] = [
        AlertRule(
            .processMissing,
            .critical,
            for: "2m",
            FleetMetric.Program.needed.map { "absent(up{job=\"\($0.job)\"} == 1)" }.joined(separator: " or "),
            "No {{ $labels.job }} answers."
        ),
        AlertRule(
            .noLeader,
            .critical,
            for: "1m",
            "(sum(flotilla_leader) or vector(0)) < 1",
            "No dispatcher leads: schedules do not fire and the outbox waits."
        ),
        AlertRule(
            .versionSkew,
            .warning,
            for: "30m",
            "count(count by (version) (flotilla_build_info)) > 2",
            "More than two versions of the fleet run at once."
        ),
        AlertRule(
            .seriesRefused,
            .warning,
            for: "10m",
            "flotilla_metric_series_refused > 0",
            "{{ $labels.instance }} leaves out {{ $value }} series."
        ),
    ]

    private static let jobs: [AlertRule] = [
        AlertRule(
            .jobsTooOld,
            .warning,
            for: "5m",
            LanePromise.seconds.map {
                "max by (platform, lane) (flotilla_job_age_seconds_max{lane=\"\($0.lane)\"}) > \($0.seconds)"
            }
            .joined(separator: " or "),
            "The oldest {{ $labels.lane }} job of {{ $labels.platform }} waits for {{ $value | humanizeDuration }}."
        ),
        AlertRule(
            .nothingFinishes,
            .critical,
            for: "5m",
            "(sum(increase(flotilla_jobs_finished_total[10m])) or vector(0)) == 0 and sum(flotilla_work_remaining_seconds) > 0",
            "Jobs wait and none has finished for ten minutes."
        ),
        AlertRule(
            .promiseBurns,
            .critical,
            for: "2m",
            "(flotilla:broken_promises:ratio_rate1h > \(burn(14.4)) and flotilla:broken_promises:ratio_rate5m > \(burn(14.4))) or "
                + "(flotilla:broken_promises:ratio_rate6h > \(burn(6)) and flotilla:broken_promises:ratio_rate1h > \(burn(6)))",
            "{{ $value | humanizePercentage }} of {{ $labels.lane }} jobs wait longer than promised."
        ),
        AlertRule(
            .queueWithoutConsumer,
            .critical,
            for: "2m",
            "sum by (job) (flotilla_queues_consuming) == 0",
            "No {{ $labels.job }} has a consumer at any queue."
        ),
        AlertRule(
            .deadLettersGrow,
            .warning,
            for: "0m",
            "sum(increase(flotilla_dead_letters_total[15m])) > 20",
            "{{ $value | humanize }} jobs died in a quarter of an hour."
        ),
        AlertRule(
            .budgetNearlySpent,
            .warning,
            for: "5m",
            "max by (platform, budget) (flotilla_budget_units_used / (flotilla_budget_units_limit > 0)) > 0.9 "
                + "and max by (platform, budget) (flotilla_budget_reset_seconds) > 600",
            "{{ $labels.platform }}: {{ $value | humanizePercentage }} of {{ $labels.budget }} is used, and it is long until more."
        ),
    ]

    private static let broker: [AlertRule] = [
        AlertRule(
            .publishBlocked,
            .critical,
            for: "0m",
            "sum by (job) (increase(flotilla_publish_blocked_seconds_total[5m])) > 30",
            "The broker takes no messages of {{ $labels.job }}."
        ),
        AlertRule(
            .messagesReturned,
            .warning,
            for: "0m",
            "sum by (job) (increase(flotilla_publish_returned_total[10m])) > 0",
            "{{ $value | humanize }} messages of {{ $labels.job }} found no queue, or a full one."
        ),
        AlertRule(
            .brokerAlarm,
            .critical,
            for: "0m",
            "max(rabbitmq_alarms_memory_used_watermark) > 0 or max(rabbitmq_alarms_free_disk_space_watermark) > 0",
            "The broker has an alarm and stops all publishers."
        ),
        AlertRule(
            .brokerDiskFills,
            .warning,
            for: "1h",
            "predict_linear(rabbitmq_disk_space_available_bytes[6h], 4 * 86400) < on (instance) "
                + "rabbitmq_disk_space_available_limit_bytes",
            "The broker's disk is full within four days."
        ),
    ]

    private static let data: [AlertRule] = [
        AlertRule(
            .outboxOld,
            .critical,
            for: "1m",
            "max(flotilla_outbox_oldest_seconds) > 60",
            "A job of the SQL door waits for {{ $value | humanizeDuration }} to be published."
        ),
        AlertRule(
            .rollupsLag,
            .warning,
            for: "5m",
            "max(flotilla_rollup_lag_seconds) > 300",
            "Roll-ups are {{ $value | humanizeDuration }} behind the readings."
        ),
        AlertRule(
            .changesWait,
            .warning,
            for: "5m",
            "max(flotilla_changes_oldest_seconds) > 300",
            "Changes wait for {{ $value | humanizeDuration }} to be told."
        ),
        AlertRule(
            .tokensBroken,
            .warning,
            for: "15m",
            "sum by (platform) (flotilla_tokens_broken) > 0",
            "{{ $value }} accounts on {{ $labels.platform }} must be connected again."
        ),
        AlertRule(
            .platformVersionEnds,
            .warning,
            for: "1h",
            "min by (platform) (flotilla_platform_version_days_left) < 30",
            "The version of {{ $labels.platform }} that is called ends in {{ $value }} days."
        ),
    ]

    /// The share of broken promises at which the month's allowance is used so many times too fast.
    private static func burn(_ speed: Double) -> Double {
        (speed * (1 - LanePromise.objective) * 10_000).rounded() / 10_000
    }
}
