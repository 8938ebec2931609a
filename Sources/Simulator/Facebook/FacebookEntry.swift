internal import FleetCore
internal import JSON
internal import Platforms

/// One entry of a page's insights: a value for each day that is over, stamped with its end.
struct FacebookEntry {
    private let metric: FacebookQuery.Served
    private let account: SimulatedAccount
    private let query: FacebookQuery
    private let page: GraphPage

    init(_ metric: FacebookQuery.Served, _ account: SimulatedAccount, _ query: FacebookQuery, _ page: GraphPage) {
        self.metric = metric
        self.account = account
        self.query = query
        self.page = page
    }

    func write(_ writer: inout JSONWriter) {
        let word = query.period == .range ? "total_over_range" : query.period.name
        writer.beginObject()
        writer.field("name", metric.native)
        writer.field("period", word)
        writer.array("values") { writer in
            if !query.isEmpty { writeValues(&writer) }
        }
        writer.field("title", metric.native)
        writer.field("description", "…")
        writer.field("id", "\(account.externalID)/insights/\(metric.native)/\(word)")
        writer.endObject()
    }

    private func writeValues(_ writer: inout JSONWriter) {
        let over = query.days.filter { page.truth.zone.endOfDay($0) <= page.now }
        switch query.period {
        case .range, .lifetime, .instant:
            guard let first = over.first, let last = over.last else { return }
            writeValue(over: first...last, &writer)
        case .day: for day in over { writeValue(over: day...day, &writer) }
        case .week: for day in over { writeValue(over: (day - 6)...day, &writer) }
        case .days28: for day in over { writeValue(over: (day - 27)...day, &writer) }
        }
    }

    /// A level is that of the last day, everything else is of all days.
    private func writeValue(over days: ClosedRange<CivilDate>, _ writer: inout JSONWriter) {
        let value =
            metric.metric == .followers
            ? page.truth.shown(account.number, .followers, on: days.upperBound, at: page.now)
            : page.truth.shown(account.number, metric.metric, over: days, at: page.now)
        guard let value else { return }
        guard let breakdown = query.breakdown else {
            writeRow(value, days.upperBound, &writer)
            return
        }
        // Flat rows, several with the same stamp.
        let part = value / 8
        writeRow(value - part, days.upperBound, &writer, (breakdown, "0"))
        writeRow(part, days.upperBound, &writer, (breakdown, "1"))
    }

    private func writeRow(
        _ value: Int64,
        _ day: CivilDate,
        _ writer: inout JSONWriter,
        _ part: (name: String, value: String)? = nil
    ) {
        writer.beginObject()
        writer.key("value")
        switch metric.shape {
        case .number: writer.amount(value, metric.metric, isMilliseconds: metric.isMilliseconds)
        case .object(let names): writer.parts(GraphServing.parts(of: value, names))
        case .paid: writer.parts([("total", value), ("paid", value / 6), ("unpaid", value - value / 6)])
        }
        writer.field("end_time", GraphServing.stamp(page.truth.zone.endOfDay(day)))
        if let part {
            writer.key(dynamic: part.name)
            writer.string(part.value)
        }
        writer.endObject()
    }
}
