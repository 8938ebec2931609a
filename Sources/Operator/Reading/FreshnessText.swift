import Configuration
import FleetCore
import JSON

/// `flotilla metrics freshness`.
enum FreshnessText {
    static func show(_ found: [Freshness], _ call: CommandCall) {
        var table = TextTable("metric", "last try", "last success", "newest day", "settled through", "missing because")
        for line in found {
            table.add(
                line.metric.name,
                Words.relative(line.lastTry, now: call.now),
                Words.relative(line.lastSuccess, now: call.now),
                line.newest?.description ?? "",
                line.settledThrough?.description ?? "",
                line.reason?.rawValue ?? ""
            )
        }
        let items = found.map { line -> JSONValue in
            [
                "metric": .string(line.metric.name), "last_try": .time(line.lastTry),
                "last_success": .time(line.lastSuccess), "newest": .text(line.newest?.description),
                "settled_through": .text(line.settledThrough?.description), "reason": .text(line.reason?.rawValue),
            ]
        }
        call.output.list(items, table: table, empty: "nothing was read of it in the last ninety days")
    }
}
