import Configuration
import FleetCore
import JSON

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
