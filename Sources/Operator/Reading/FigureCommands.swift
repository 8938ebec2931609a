import Adapters
import Configuration
import FleetCore
import JSON
import Postgres

/// `flotilla metrics figures | growth | compare | freshness | top`.
enum FigureCommands {
    static let all: [Configuration.Command] = [figures, growth, compare, freshness, top]

    static let figures = Configuration.Command(
        "metrics figures",
        help:
            "Figures of an account, a post, all posts of an account or a workspace, over any days, now or as of a moment. "
            + "Each says what it is (value, zero, pending, gap, suppressed, unsupported, synthetic) and how many days it has.",
        example:
            "flotilla metrics figures --account 12 --from 2026-11-01 --to 2026-11-18 --grain stretch --as-of 2026-11-20",
        options: FigureOptions.scope + FigureOptions.span + [
            FigureOptions.grain, FigureOptions.metric, FigureOptions.asOf,
        ],
        exitCodes: [.notFound]
    ) { call in
        let series = try await call.withPool { pool in
            let reader = FigureReader(pool: pool)
            var question = try await FigureOptions.question(call, reader, pool)
            let workspace = try await FigureOptions.first(of: question.scope, reader).workspace
            question.cut = try await FigureOptions.cut(call, workspace: workspace, pool)
            question.metrics = Set(call[FigureOptions.metric].compactMap { MetricCatalogue[$0]?.id })
            question.asOf = call[FigureOptions.asOf]
            return try await reader.figures(question, now: call.now)
        }
        show(series, call)
        return .ok
    }

    /// Prints series in the form that the caller wants.
    static func show(_ series: [FigureSeries], _ call: CommandCall) {
        call.output.list(
            series.map(\.document),
            table: FigureTexts.table(series),
            empty: "nothing is known of these days"
        )
    }

    private static let level = Option(
        "level",
        ValueKind<String>.choice(MetricCatalogue.all.filter { $0.kind == .gauge }.map(\.name)),
        default: "followers",
        help: "Which level."
    )
    private static let account = Option("account", .number, help: "The account's number.")

    static let growth = Configuration.Command(
        "metrics growth",
        help:
            "How a level of an account grew: the last level known before the first day against the last one known at the end. "
            + "An end whose last level is older than 3 days is refused, and the days that are known are answered for.",
        example: "flotilla metrics growth --account 12 --days 28",
        options: [account, level, FigureOptions.asOf] + FigureOptions.span,
        exitCodes: [.notFound, .partial]
    ) { call in
        let metric = MetricCatalogue[call[level]]?.id ?? .followers
        let growth = try await call.withPool { pool in
            let reader = FigureReader(pool: pool)
            guard let subject = try await reader.subject(call[account]), subject.isAccount else {
                return FollowerGrowth?.none
            }
            let dates = try FigureOptions.dates(call, on: subject.platform)
            return try await reader.growth(
                ofAccount: subject.id,
                over: dates,
                metric: metric,
                asOf: call[FigureOptions.asOf]
            )
        }
        guard let growth else { throw CommandFailure.noAccount(call[account]) }
        GrowthText(growth: growth, metric: metric).show(call)
        return growth.verdict == .whole ? .ok : .partial
    }

    private static let basis = Option(
        "with",
        ValueKind<ComparisonBasis>.choice,
        default: .calendar,
        help:
            "The calendar's period before, as many days before, the year before, or 52 weeks before so that weekdays meet."
    )

    static let compare = Configuration.Command(
        "metrics compare",
        help:
            "Two stretches of days beside each other, per day where their lengths differ. Of a stretch that is not over, the "
            + "days that are over are compared with as many of the other. A ~ marks what may still change.",
        example: "flotilla metrics compare --account 12 --from 2026-11-01 --to 2026-11-30",
        options: FigureOptions.scope + FigureOptions.span + [basis, FigureOptions.metric, FigureOptions.asOf],
        exitCodes: [.notFound]
    ) { call in
        let compared = try await call.withPool { pool in
            let reader = FigureReader(pool: pool)
            var question = try await FigureOptions.question(call, reader, pool)
            question.metrics = Set(call[FigureOptions.metric].compactMap { MetricCatalogue[$0]?.id })
            question.asOf = call[FigureOptions.asOf]
            return try await reader.compare(question, by: call[basis], now: call.now)
        }
        ComparisonText.show(compared, call)
        return .ok
    }

    private static let subject = Option("subject", .number, help: "The number of an account or a post.")

    static let freshness = Configuration.Command(
        "metrics freshness",
        help:
            "How current each metric of an account or a post is: last try, last success, newest day, and the day up to which "
            + "every known day is settled.",
        example: "flotilla metrics freshness --subject 12",
        options: [subject],
        exitCodes: [.notFound]
    ) { call in
        let found = try await call.withPool { pool in
            try await FigureReader(pool: pool).freshness(of: call[subject], now: call.now)
        }
        guard let found else { throw CommandFailure(.notFound, "there is no account or post \(call[subject])") }
        FreshnessText.show(found, call)
        return .ok
    }

    private static let mode = Option(
        "mode",
        ValueKind<PostReview.Mode>.choice,
        default: .published,
        help: "Totals of the posts published in the days, or what all posts gained in the days."
    )
    private static let by = Option(
        "by",
        ValueKind<String>.choice(MetricCatalogue.all.map(\.name), shape: "the name of a metric"),
        default: "views",
        help: "What posts and days are ranked by."
    )

    static let top = Configuration.Command(
        "metrics top",
        help:
            "Best and worst posts and settled days of an account, how many posts were published, their rate together, and "
            + "the mean of their own rates, which is another number.",
        example: "flotilla metrics top --account 12 --days 28 --by views --mode activity",
        options: [account, by, mode, SharedOptions.limit, FigureOptions.asOf] + FigureOptions.span,
        exitCodes: [.notFound]
    ) { call in
        guard let metric = MetricCatalogue[call[by]]?.id else { return .usage }
        let (review, days) = try await call.withPool { pool in
            let reader = FigureReader(pool: pool)
            guard let subject = try await reader.subject(call[account]), subject.isAccount else {
                throw CommandFailure.noAccount(call[account])
            }
            let dates = try FigureOptions.dates(call, on: subject.platform)
            let moment = call[FigureOptions.asOf]
            let review = try await reader.posts(
                ofAccount: subject.id,
                over: dates,
                mode: call[mode],
                by: metric,
                asOf: moment,
                now: call.now
            )
            let question = FigureQuestion(.subject(subject.id), dates: dates, metrics: [metric], asOf: moment)
            let days = try await reader.figures(question, now: call.now).flatMap { $0.ranking(by: metric) }
            return (review, days)
        }
        ReviewText(review: review, days: days, limit: call[SharedOptions.limit]).show(call)
        return .ok
    }
}
