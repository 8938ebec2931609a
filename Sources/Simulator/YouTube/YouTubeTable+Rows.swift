internal import FleetCore
internal import JSON
internal import Platforms

extension YouTubeTable {
    /// One row: its dimensions, then for each metric a value in the catalogue's scale.
    private struct Row {
        var names: [String]
        var values: [Int64]
    }

    /// The table; without rows there is no `rows`, either.
    func body() -> [UInt8] {
        let rows = days.map(rows) ?? []
        var writer = JSONWriter(capacity: 512 + rows.count * metrics.count * 12)
        writer.beginObject()
        writer.field("kind", "youtubeAnalytics#resultTable")
        writer.array("columnHeaders") { writer in
            for name in dimensions { writeHeader(&writer, name, "DIMENSION", "STRING") }
            for (name, served) in metrics {
                writeHeader(&writer, name, "METRIC", served.isFraction ? "FLOAT" : "INTEGER")
            }
        }
        if !rows.isEmpty {
            writer.array("rows") { writer in
                for row in rows { write(&writer, row) }
            }
        }
        writer.endObject()
        return writer.finish()
    }

    private func writeHeader(_ writer: inout JSONWriter, _ name: String, _ type: String, _ data: String) {
        writer.beginObject()
        writer.field("name", name)
        writer.field("columnType", type)
        writer.field("dataType", data)
        writer.endObject()
    }

    private func write(_ writer: inout JSONWriter, _ row: Row) {
        writer.beginArray()
        for name in row.names { writer.string(name) }
        for ((_, served), value) in zip(metrics, row.values) {
            // Minutes and not seconds.
            let shown = served.metric == .watchTimeSeconds ? value / 60 : value
            writer.raw(FixedPoint.text(shown, scale: MetricCatalogue.scale(of: served.metric)).utf8)
        }
        writer.endArray()
    }

    private func rows(_ days: ClosedRange<CivilDate>) -> [Row] {
        switch dimensions.first {
        case nil: row([], over: days).map { [$0] } ?? []
        case "day"?:
            days.flatMap { day in
                dimensions.count == 1
                    ? row([day.description], over: day...day).map { [$0] } ?? [] : parts(of: day...day)
            }
        case "video"?: (videos ?? []).compactMap { row($0, over: days) }
        default: parts(of: days)
        }
    }

    private func row(_ names: [String], over days: ClosedRange<CivilDate>) -> Row? {
        let values = metrics.compactMap { value($0.served.metric, over: days) }
        return values.count == metrics.count ? Row(names: names, values: values) : nil
    }

    private func value(_ metric: MetricID, over days: ClosedRange<CivilDate>) -> Int64? {
        guard let videos else {
            return MetricCatalogue[metric]?.isAmount ?? false
                ? truth.shown(owner.number, metric, over: days, at: now)
                : mean(metric, over: days) { truth.shown(owner.number, $0, on: $1, at: now) }
        }
        return videos.isEmpty ? nil : sum(metric, of: videos, over: days)
    }

    /// A video's row; none when it came after the days.
    private func row(_ post: TruePost, over days: ClosedRange<CivilDate>) -> Row? {
        guard post.publishedAt < truth.zone.endOfDay(days.upperBound) else { return nil }
        let values = metrics.compactMap { sum($0.served.metric, of: [post], over: days) }
        return values.count == metrics.count ? Row(names: [post.id.externalID], values: values) : nil
    }

    private func sum(_ metric: MetricID, of posts: [TruePost], over days: ClosedRange<CivilDate>) -> Int64? {
        guard MetricCatalogue[metric]?.isAmount ?? false else {
            return posts.count == 1 ? mean(metric, over: days) { truth.shown(posts[0], $0, on: $1, at: now) } : 0
        }
        return days.reduce(Int64?.some(0)) { sum, day in
            posts.reduce(sum) { sum, post in
                guard let sum else { return nil }
                return truth.shown(post, metric, on: day, at: now).map { sum + $0 }
            }
        }
    }

    /// A mean over days is that of the last one: what exactly YouTube weighs with is not known.
    private func mean(
        _ metric: MetricID,
        over days: ClosedRange<CivilDate>,
        _ shown: (MetricID, CivilDate) -> Int64?
    ) -> Int64? {
        shown(metric, days.upperBound)
    }

    /// A row for each part of a dimension. Means are the same in every part.
    private func parts(of days: ClosedRange<CivilDate>) -> [Row] {
        guard let dimension = dimensions.last, let names = YouTubeTable.parts[dimension],
            let total = row([], over: days)
        else { return [] }
        let audience = Audience(curves: truth.curves, account: owner.number)
        let first = dimensions.count == 2 ? [days.lowerBound.description] : []
        let columns = zip(metrics, total.values).map { entry, total -> [String: Int64]? in
            guard MetricCatalogue[entry.served.metric]?.isAmount ?? false else { return nil }
            // Whole minutes stay whole.
            let unit: Int64 = entry.served.metric == .watchTimeSeconds ? 60_000 : 1
            let parts = audience.parts(of: total / unit, names, salt: 40 + UInt64(dimension.utf8.count))
            return Dictionary(uniqueKeysWithValues: parts.map { ($0.name, $0.value * unit) })
        }
        return names.compactMap { name in
            guard columns.contains(where: { $0?[name] != nil }) else { return nil }
            let values = zip(columns, total.values).map { column, total in column.map { $0[name] ?? 0 } ?? total }
            return Row(names: first + [name], values: values)
        }
    }
}
