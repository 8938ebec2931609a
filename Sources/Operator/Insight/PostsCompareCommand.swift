import Adapters
import Configuration
import FleetCore
import JSON
import Runtime

/// `flotilla posts compare`.
enum PostsCompareCommand {
    static let group = CommandGroup("posts", help: "What became of posts.")

    private static let account = Option("account", .number, help: "The account's number.")
    private static let metric = Option(
        "metric",
        ValueKind<String>.choice(
            MetricCatalogue.all.filter { $0.kind == .delta }.map(\.name),
            shape: "the name of a metric that is a count"
        ),
        default: MetricID.views.name,
        help: "Which counter."
    )
    private static let days = Option(
        "days",
        .integer(1...366, unit: "days"),
        default: 90,
        help: "Posts published within so many days."
    )

    static let command = Configuration.Command(
        "posts compare",
        help:
            "An account's posts at equal age: what each had an hour, a day, a week and four weeks after it was published, "
            + "and where that stands among the account's own posts of its kind. Where no reading is near, nothing is told.",
        example: "flotilla posts compare --account 12 --metric likes",
        options: [account, metric, days, SharedOptions.limit],
        exitCodes: [.notFound]
    ) { call in
        let number = call[account]
        let name = call[metric]
        let since = call.now - .seconds(call[days] * 86_400)
        let curves = try await call.withPool { pool in
            try await InsightStore(pool: pool).curves(number, MetricCatalogue[name]?.id ?? .views, since: since)
        }
        guard let curves else {
            throw CommandFailure.noAccount(number)
        }
        let lines = PostComparison(curves, now: call.now).lines.prefix(call[SharedOptions.limit])
        var table = TextTable(
            ["post", "kind", "published"] + Age.allCases.map { ">\($0.name)" } + [">of its kind", ">at 28d, likely"]
        )
        for line in lines { table.add(cells(line, now: call.now)) }
        call.output.list(
            lines.map(document),
            table: table,
            empty: "account \(number) has no post of the last \(call[days]) days whose publication is known"
        )
        return .ok
    }

    private static func text(_ figure: PostCurve.Figure?) -> String {
        switch figure {
        case .value(let value): Words.number(value)
        case .missing: "?"
        case .young, nil: ""
        }
    }

    private static func cells(_ line: PostComparison.Line, now: Instant) -> [String] {
        let oldest = line.standings.max { $0.key < $1.key }
        let standing = oldest.map { age, standing in
            "better than \(standing.hundredths / 100) % at \(age.name)"
        }
        let estimate = line.estimate.map { "\(Words.number($0.low)) to \(Words.number($0.high))" }
        return [String(line.post), line.kind.rawValue, Words.relative(line.publishedAt, now: now)]
            + Age.allCases.map { text(line.figures[$0]) } + [standing ?? "", estimate ?? ""]
    }

    private static func document(_ line: PostComparison.Line) -> JSONValue {
        let ages = Age.allCases.map { age -> JSONValue.Member in
            let standing = line.standings[age]
            let state: String =
                switch line.figures[age] {
                case .value: "value"
                case .missing: "missing"
                case .young, nil: "young"
                }
            return JSONValue.Member(
                age.name,
                [
                    "state": .string(state), "value": line.figures[age]?.value.map { .int($0) } ?? .null,
                    "percentile": standing.map { .fixed(Int64($0.hundredths), scale: 2) } ?? .null,
                    "others": .int(standing?.others ?? 0),
                ]
            )
        }
        let estimate = line.estimate.map { estimate -> JSONValue in
            [
                "from": .string(estimate.from.name), "low": .int(estimate.low), "middle": .int(estimate.middle),
                "high": .int(estimate.high), "others": .int(estimate.others),
            ]
        }
        return [
            "post": .int(line.post), "kind": .string(line.kind.rawValue), "published_at": .time(line.publishedAt),
            "ages": .object(ages), "estimate": estimate ?? .null,
        ]
    }
}
