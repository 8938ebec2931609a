internal import FleetCore
internal import JSON
internal import Platforms

/// The truth about many accounts as lines of JSON: what a fleet that missed nothing would hold. Values are integers in the
/// catalogue's scale, as the store keeps them.
struct TruthLines: Sendable {
    var platform: PlatformName
    var numbers: Range<Int>
    var days: ClosedRange<CivilDate>
    /// The instant for what is shown, for levels and for posts.
    var at: Instant
    /// Nil tells all that the platform states.
    var metrics: Set<MetricID>?
    var withPosts = false
    /// Whether posts are told day by day, too, where the platform states that.
    var withPostDays = false

    /// The lines of one account: a line per day, one for its levels and totals, and one per post.
    func lines(_ world: World, _ number: Int) -> [UInt8] {
        let account = SimulatedAccount(platform, number: number)
        guard world.has(account) else { return [] }
        let truth = world[platform]
        let served = truth.served(number)
        var lines: [UInt8] = []
        if !served.daily.isEmpty {
            for day in days { lines += dayLine(truth, account, day, served.daily) }
        }
        lines += levelLine(truth, account, served)
        guard withPosts else { return lines }
        for post in truth.posts(account, limit: .max, at: at) {
            lines += postLine(truth, post)
            guard withPostDays, !served.ofPostDaily.isEmpty else { continue }
            for day in days where truth.zone.endOfDay(day) > post.publishedAt {
                lines += postDayLine(truth, post, day, served.ofPostDaily)
            }
        }
        for story in truth.stories(account, at: at) where platform == .instagram {
            lines += postLine(truth, story)
        }
        return lines
    }

    private func dayLine(
        _ truth: PlatformTruth,
        _ account: SimulatedAccount,
        _ day: CivilDate,
        _ served: [MetricID]
    ) -> [UInt8] {
        let isSettled = truth.settlement.isSettled(day, at: at)
        return line("day", account) { writer in
            writer.field("date", day.description)
            writer.field("settled", isSettled)
            write(&writer, "values", served) { truth.value(account.number, $0, on: day, at: at) }
            if !isSettled { write(&writer, "shown", served) { truth.shown(account.number, $0, on: day, at: at) } }
        }
    }

    private func levelLine(_ truth: PlatformTruth, _ account: SimulatedAccount, _ served: ServedMetrics) -> [UInt8] {
        line("level", account) { writer in
            writer.field("at", at.text(.microseconds))
            write(&writer, "values", served.levels) { truth.level(account.number, $0, at: at) }
            if !served.totals.isEmpty {
                write(&writer, "totals", served.totals) { truth.total(account.number, $0, at: at) }
            }
        }
    }

    private func postLine(_ truth: PlatformTruth, _ post: TruePost) -> [UInt8] {
        line("post", post.id.account) { writer in
            writer.field("post", post.id.externalID)
            writer.field("post_kind", post.kind.rawValue)
            writer.field("published_at", post.publishedAt.text(.seconds))
            writer.field("at", at.text(.microseconds))
            write(&writer, "values", truth.served(post, at: at)) { truth.value(post, $0, at: at) }
        }
    }

    private func postDayLine(
        _ truth: PlatformTruth,
        _ post: TruePost,
        _ day: CivilDate,
        _ served: [MetricID]
    ) -> [UInt8] {
        let isSettled = truth.settlement.isSettled(day, at: at)
        return line("post_day", post.id.account) { writer in
            writer.field("post", post.id.externalID)
            writer.field("date", day.description)
            writer.field("settled", isSettled)
            write(&writer, "values", served) { truth.gained(post, $0, on: day) }
            if !isSettled { write(&writer, "shown", served) { truth.shown(post, $0, on: day, at: at) } }
        }
    }

    private func line(
        _ kind: String,
        _ account: SimulatedAccount,
        _ body: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.field("kind", kind)
        writer.field("platform", platform.rawValue)
        writer.field("account", account.externalID)
        body(&writer)
        writer.endObject()
        return writer.finish() + [UInt8(ascii: "\n")]
    }

    private func write(
        _ writer: inout JSONWriter,
        _ key: StaticString,
        _ served: [MetricID],
        _ value: (MetricID) -> Int64?
    ) {
        writer.key(key)
        writer.beginObject()
        for metric in served where metrics?.contains(metric) ?? true {
            guard let value = value(metric) else { continue }
            writer.key(dynamic: metric.name)
            writer.int(value)
        }
        writer.endObject()
    }
}
