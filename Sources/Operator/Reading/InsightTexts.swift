import Adapters
import Configuration
import FleetCore
import JSON

/// `flotilla metrics growth`.
struct GrowthText {
    let growth: FollowerGrowth
    let metric: MetricID

    func show(_ call: CommandCall) {
        call.output.show(document) {
            call.output.facts([
                ("asked for", "\(growth.dates.lowerBound) to \(growth.dates.upperBound)"),
                ("answer", verdict), ("from", text(growth.start)), ("to", text(growth.end)),
                ("growth", FigureTexts.number(growth.growth, metric)),
                ("rate", growth.rate.map { FixedPoint.text($0, scale: FollowerGrowth.rateScale) } ?? ""),
                ("gained", growth.flow.map { Words.number($0.gained) } ?? ""),
                ("lost", growth.flow.map { Words.number($0.lost) } ?? ""),
                ("platform's corrections", growth.flow.map { Words.number($0.corrections) } ?? ""),
            ])
        }
    }

    private var verdict: String {
        switch growth.verdict {
        case .whole: "whole"
        case .shortened: "shortened: an end is not known well enough, so these are the days that are"
        case .refused: "refused: fewer than two levels are known"
        }
    }

    private func text(_ level: FollowerGrowth.Level?) -> String {
        level.map { "\(FigureTexts.number($0.value, metric)) on \($0.day)" } ?? ""
    }

    private var document: JSONValue {
        func level(_ level: FollowerGrowth.Level?) -> JSONValue {
            level.map { ["day": .string($0.day.description), "value": .int($0.value)] } ?? .null
        }
        return [
            "metric": .string(metric.name), "first": .string(growth.dates.lowerBound.description),
            "last": .string(growth.dates.upperBound.description), "verdict": .string(growth.verdict.rawValue),
            "start": level(growth.start), "end": level(growth.end),
            "growth": growth.growth.map { .int($0) } ?? .null,
            "rate": growth.rate.map { .fixed($0, scale: FollowerGrowth.rateScale) } ?? .null,
            "flow": growth.flow.map {
                ["gained": .int($0.gained), "lost": .int($0.lost), "corrections": .int($0.corrections)]
            } ?? .null,
        ]
    }
}

/// `flotilla metrics compare`.
enum ComparisonText {
    static func show(_ compared: [FigureReader.Compared], _ call: CommandCall) {
        var table = TextTable("platform", "metric", ">this", ">other", ">change", "trend")
        for part in compared {
            for figure in part.figures {
                table.add(
                    part.platform.rawValue,
                    figure.metric.name,
                    FigureTexts.text(figure.current),
                    FigureTexts.text(figure.other),
                    figure.permille.map { "\(FixedPoint.text($0, scale: 1)) %" } ?? "",
                    figure.trend.map { $0.rawValue + (figure.isProvisional ? " ~" : "") } ?? ""
                )
            }
        }
        call.output.list(compared.map(document), table: table, empty: "no day of the stretch is over")
        for part in compared where call.output.format == .table {
            call.output.note("\(part.platform): \(text(part.period.elapsed)) beside \(text(part.period.other))")
        }
    }

    private static func text(_ dates: ClosedRange<CivilDate>?) -> String {
        dates.map { "\($0.lowerBound) to \($0.upperBound)" } ?? "nothing"
    }

    private static func document(_ part: FigureReader.Compared) -> JSONValue {
        let figures = part.figures.map { figure -> JSONValue in
            [
                "metric": .string(figure.metric.name), "current": FigureTexts.document(figure.current),
                "other": FigureTexts.document(figure.other),
                "change": figure.change.map { .fixed($0, scale: MetricCatalogue.scale(of: figure.metric)) } ?? .null,
                "percent": figure.permille.map { .fixed($0, scale: 1) } ?? .null,
                "trend": .text(figure.trend?.rawValue), "provisional": .bool(figure.isProvisional),
            ]
        }
        return [
            "platform": .string(part.platform.rawValue), "with": .string(part.period.basis.rawValue),
            "partial": .bool(part.period.isPartial), "current": FigureTexts.document(part.current),
            "other": FigureTexts.document(part.other), "figures": .array(figures),
        ]
    }
}

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

/// `flotilla metrics top`.
struct ReviewText {
    let review: PostReview
    let days: [FigureRow]
    let limit: Int

    func show(_ call: CommandCall) {
        call.output.show(document) {
            call.output.facts([
                ("posts published", published), ("ranked by", "\(review.metric.name), \(review.mode.rawValue)"),
                ("rate of all", review.rates.first.map(text) ?? ""),
                ("mean_of_post_rates", review.meanOfPostRates.map { FixedPoint.text($0, scale: 15) } ?? ""),
            ])
            var posts = TextTable(">rank", "post", "kind", "published", ">\(review.metric.name)")
            for (rank, post) in ranked {
                posts.add(
                    "\(rank)",
                    "\(post.post.id)",
                    post.post.kind.name,
                    post.post.publishedAt?.text(.seconds) ?? "",
                    FigureTexts.number(post.value, review.metric)
                )
            }
            call.output.print("")
            posts.print(on: call.output)
            var best = TextTable(">rank", "day", ">\(review.metric.name)")
            for (rank, row) in ends(days) {
                best.add("\(rank)", row.label, FigureTexts.number(row[review.metric]?.value, review.metric))
            }
            call.output.print("")
            best.print(on: call.output)
        }
    }

    /// The first and the last of a ranking, each with its rank.
    private func ends<Item>(_ items: [Item]) -> [(Int, Item)] {
        let ranked = items.enumerated().map { ($0.offset + 1, $0.element) }
        return items.count <= limit ? ranked : ranked.prefix((limit + 1) / 2) + ranked.suffix(limit / 2)
    }

    private var ranked: [(Int, PostReview.Ranked)] { ends(review.ranking) }

    private var published: String {
        let total = review.published.values.reduce(0, +)
        let kinds = review.published.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            "\($0.value) \($0.key.rawValue)"
        }
        return total == 0 ? "none" : "\(total) (\(kinds.joined(separator: ", ")))"
    }

    private func text(_ rate: PostReview.Rate) -> String {
        "\(FixedPoint.text(rate.value, scale: 15)) (\(rate.numerator) / \(rate.denominator), \(rate.definition.name) "
            + "version \(rate.version))"
    }

    private var document: JSONValue {
        let scale = MetricCatalogue.scale(of: review.metric)
        let kinds = review.published.sorted { $0.key.rawValue < $1.key.rawValue }
        return [
            "metric": .string(review.metric.name), "mode": .string(review.mode.rawValue),
            "published": .object(kinds.map { .init($0.key.rawValue, .int($0.value)) }),
            "posts": .array(
                ranked.map { rank, post in
                    [
                        "rank": .int(rank), "post": .int(post.post.id), "external_id": .string(post.post.externalID),
                        "kind": .string(post.post.kind.name), "published_at": .time(post.post.publishedAt),
                        "value": .fixed(post.value, scale: scale),
                    ]
                }
            ),
            "days": .array(
                ends(days).map { rank, row in
                    [
                        "rank": .int(rank), "day": .string(row.label),
                        "value": row[review.metric]?.value.map { .fixed($0, scale: scale) } ?? .null,
                    ]
                }
            ),
            "rates": .array(
                review.rates.map {
                    [
                        "definition": .string($0.definition.name), "version": .int($0.version),
                        "numerator": .int($0.numerator), "denominator": .int($0.denominator),
                        "value": .fixed($0.value, scale: 15),
                    ]
                }
            ),
            "mean_of_post_rates": review.meanOfPostRates.map { .fixed($0, scale: 15) } ?? .null,
        ]
    }
}
