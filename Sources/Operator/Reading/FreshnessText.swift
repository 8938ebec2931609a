import Adapters
import Configuration
import FleetCore

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
        call.output.list(found.map(\.document), table: table, empty: "nothing was read of it in the last ninety days")
    }
}
