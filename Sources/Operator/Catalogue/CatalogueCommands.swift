import Adapters
import Configuration
import FleetCore
import JSON
import Platforms
import Postgres
import Runtime

/// `flotilla catalogue list | versions | quarantine`.
enum CatalogueCommands {
    static let group = CommandGroup("catalogue", help: "What platforms serve, in which versions, and what they refuse.")
    static let all: [Configuration.Command] = [list, versions, quarantine]

    private static let retired = Option(
        "retired",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Also names that are no longer served, with their successors."
    )
    private static let released = Option(
        "released",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Also metrics that are served again."
    )

    private static func chosen(_ call: CommandCall) -> [Platform] {
        PlatformRegistry.all.filter {
            call[SharedOptions.anyPlatform] == nil || $0.name == call[SharedOptions.anyPlatform]
        }
    }

    static let list = Configuration.Command(
        "catalogue list",
        help:
            "Every metric by platform: its name there and here, what may be done with its values, and where it comes from.",
        example: "flotilla catalogue list --platform instagram",
        options: [SharedOptions.anyPlatform, retired]
    ) { call in
        let today = call.now.utcDate
        var table = TextTable(
            "platform",
            "group",
            "native",
            "metric",
            "kind",
            "unit",
            "traffic",
            "adds over",
            ">lag",
            "served"
        )
        var items: [JSONValue] = []
        for platform in chosen(call) {
            for entry in platform.metrics where call[retired] || entry.isServed(on: today) {
                let line = CatalogueLine(platform, entry)
                table.add(line.cells)
                items.append(line.document)
            }
        }
        call.output.list(items, table: table, empty: "no metrics")
        return .ok
    }

    static let versions = Configuration.Command(
        "catalogue versions",
        help:
            "The versions of the platforms' interfaces and their ends. Ends with 1 when one that is called is over or ends "
            + "within 30 days, with 0 otherwise.",
        example: "flotilla catalogue versions",
        options: [SharedOptions.anyPlatform]
    ) { call in
        let today = call.now.utcDate
        var table = TextTable("platform", "version", "called", "ends", ">days left", "")
        var items: [JSONValue] = []
        var isPressing = false
        for platform in chosen(call) {
            for version in platform.versions {
                let isCalled = version.name == platform.defaultVersion
                let notice = VersionNotice(version, on: today)
                if isCalled, let level = notice?.level, level != .planned { isPressing = true }
                table.add(
                    platform.name.rawValue,
                    version.name,
                    isCalled ? "yes" : "",
                    version.sunset?.description ?? "unknown",
                    notice.map { String($0.daysLeft) } ?? "",
                    notice?.level?.rawValue ?? ""
                )
                items.append([
                    "platform": .string(platform.name.rawValue), "version": .string(version.name),
                    "called": .bool(isCalled), "sunset": .text(version.sunset?.description),
                    "days_left": notice.map { .int(Int64($0.daysLeft)) } ?? .null,
                    "level": .text(notice?.level?.rawValue),
                ])
            }
        }
        call.output.list(items, table: table, empty: "no platform has versions")
        return isPressing ? .failed : .ok
    }

    static let quarantine = Configuration.Command(
        "catalogue quarantine",
        help:
            "Metrics that platforms refuse and that no worker asks for, each with when, why, and its next daily test.",
        example: "flotilla catalogue quarantine --platform facebook",
        options: [SharedOptions.anyPlatform, released]
    ) { call in
        let rows = try await call.withPool { pool in
            try await pool.query(
                """
                select platform, version, scope, metric, refused_at, reason, found_by, calls, job_id, tested_at, test_after,
                    released_at
                from flotilla.refused_metrics
                where ($1::text is null or platform = $1) and ($2 or released_at is null)
                order by platform, version, scope, metric
                """,
                [
                    call[SharedOptions.anyPlatform].map { .text($0.rawValue) } ?? .null,
                    .bool(call[released]),
                ]
            )
        }
        var table = TextTable("platform", "version", "where", "metric", "since", "found by", "next test", "why")
        var items: [JSONValue] = []
        for row in rows {
            let since = Instant(microseconds: try row.timestamp(4))
            let test = Instant(microseconds: try row.timestamp(10))
            let release = try row.optionalTimestamp(11).map { Instant(microseconds: $0) }
            table.add(
                try row.text(0),
                try row.text(1),
                try row.text(2),
                try row.text(3),
                Words.relative(since, now: call.now),
                try row.text(6) == "named" ? "its name" : "\(try row.int4(7)) calls",
                release.map { "released \(Words.relative($0, now: call.now))" } ?? Words.relative(test, now: call.now),
                try row.text(5)
            )
            items.append([
                "platform": .string(try row.text(0)), "version": .string(try row.text(1)),
                "scope": .string(try row.text(2)), "metric": .string(try row.text(3)), "refused_at": .time(since),
                "reason": .string(try row.text(5)), "found_by": .string(try row.text(6)),
                "calls": .int(Int64(try row.int4(7))), "job": .string(FleetCore.UUID(try row.uuid(8)).description),
                "tested_at": try row.optionalTimestamp(9).map { .time(Instant(microseconds: $0)) } ?? .null,
                "test_after": .time(test), "released_at": release.map { .time($0) } ?? .null,
            ])
        }
        call.output.list(items, table: table, empty: "no metric is in quarantine")
        return .ok
    }
}

/// One platform's name of a metric, with all that is known of it.
private struct CatalogueLine {
    let platform: Platform
    let entry: PlatformMetric

    init(_ platform: Platform, _ entry: PlatformMetric) {
        self.platform = platform
        self.entry = entry
    }

    private var metric: Metric? { MetricCatalogue[entry.metric] }

    /// What may be done with its values: a flow that is read as a running total is cumulative.
    private var kind: String {
        guard let kind = metric?.kind else { return entry.kind.rawValue }
        return kind == .delta && entry.kind == .cumulative ? MetricKind.cumulative.rawValue : kind.rawValue
    }

    private var additivity: [String] {
        (metric?.additiveOverTime == true ? ["time"] : []) + (metric?.additiveOverSubjects == true ? ["subjects"] : [])
    }

    private var served: String {
        let from = entry.validFrom.map { "from \($0)" }
        let to = entry.validTo.map { "until \($0)" + (entry.successor.map { ", then \($0)" } ?? "") }
        return [from, to].compactMap { $0 }.joined(separator: " ")
    }

    var cells: [String] {
        [
            platform.name.rawValue, entry.group, entry.native, entry.metric.name, kind, metric?.unit.rawValue ?? "",
            entry.traffic.rawValue, additivity.joined(separator: ", "), "\(entry.lagDays) d", served,
        ]
    }

    var document: JSONValue {
        [
            "platform": .string(platform.name.rawValue), "group": .string(entry.group), "native": .string(entry.native),
            "metric": .string(entry.metric.name), "kind": .string(kind), "sample_kind": .string(entry.kind.rawValue),
            "unit": .text(metric?.unit.rawValue), "traffic": .string(entry.traffic.rawValue),
            "additive_over_time": .bool(metric?.additiveOverTime ?? false),
            "additive_over_subjects": .bool(metric?.additiveOverSubjects ?? false),
            "valid_from": .text(entry.validFrom?.description), "valid_to": .text(entry.validTo?.description),
            "successor": .text(entry.successor), "lag_days": .int(Int64(entry.lagDays)),
            "day_zone": .string(platform.name.dayZone.name),
        ]
    }
}
