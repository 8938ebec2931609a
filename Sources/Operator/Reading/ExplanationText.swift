import Adapters
import FleetCore
import JSON

/// An explanation as people and programs read it.
struct ExplanationText {
    private let part: FigureReader.Explanation
    private let moment: FleetCore.Instant?

    init(_ part: FigureReader.Explanation, asOf moment: FleetCore.Instant?) {
        self.part = part
        self.moment = moment
    }

    /// How many inputs are shown below one figure; the others are counted.
    private static let shown = 10

    private var metric: MetricID { part.figure.metric }

    var lines: [String] {
        var lines = [heading, "", "  \(FigureTexts.text(part.figure))  \(standing)", "  = \(part.explained.words)"]
        if let note = part.note, part.figure.value == nil {
            lines.append("  \(note.reason.sentence) (\(note.said), \(note.fetchedAt.text(.seconds)))")
        }
        let below = tree(part.explained, "  ")
        if !below.isEmpty { lines += [""] + below }
        lines += ["", "why \(part.series.platform)'s own page may show another number"]
        lines += part.checks.map { check in
            let name = check.topic.rawValue
            return
                "  \(check.applies ? "*" : " ") \(name)\(String(repeating: " ", count: 10 - name.count))  \(check.sentence)"
        }
        return lines
    }

    private var heading: String {
        let whose =
            switch part.series.scope {
            case .subject(let id): "\(part.explained.subject?.kind.name ?? "subject") \(id)"
            case .posts(let account): "all posts of account \(account)"
            case .accounts(let workspace): "all accounts of workspace \(workspace)"
            case .postsOf(let workspace): "all posts of workspace \(workspace)"
            }
        let dates = part.row.dates
        let span = dates.lowerBound == dates.upperBound ? "" : " (\(dates.lowerBound) to \(dates.upperBound))"
        let then = moment.map { ", as of \($0.text(.seconds))" } ?? ""
        return "\(metric.name) of \(whose) on \(part.series.platform), \(part.row.label)\(span)\(then)"
    }

    private var standing: String {
        let coverage = "\(part.figure.present) of \(part.figure.expected) days"
        let flags = FigureTexts.flags(part.figure.cell?.flags ?? [])
        return ([part.figure.state.name, "\(part.row.state)", coverage] + flags).joined(separator: ", ")
    }

    private func tree(_ figure: ExplainedFigure, _ indent: String) -> [String] {
        var lines = figure.evidence.flatMap { evidence($0, indent) }
        for input in figure.inputs.prefix(Self.shown) {
            lines.append("\(indent)\(name(of: input, below: figure)): \(input.words)")
            lines += tree(input, indent + "  ")
        }
        if figure.inputs.count > Self.shown {
            lines.append("\(indent)and \(figure.inputs.count - Self.shown) more (--json has all)")
        }
        return lines
    }

    private func name(of input: ExplainedFigure, below figure: ExplainedFigure) -> String {
        if input.metric != figure.metric { return input.metric.name }
        if input.subject?.id != figure.subject?.id, let subject = input.subject {
            return "\(subject.kind.name) \(subject.id)"
        }
        return "\(input.dates.lowerBound)"
    }

    private func evidence(_ found: ExplainedFigure.Evidence, _ indent: String) -> [String] {
        let job = part.jobs[found.source.job]
        let request = job.map { "\($0.collect), \(Words.count(Int64($0.requests), "request")), " } ?? ""
        let of = found.place.period.isWindow ? found.place.period.name : "read at \(found.place.start.text(.seconds))"
        let value = FixedPoint.text(found.value, scale: MetricCatalogue.scale(of: found.metric))
        let line =
            "\(indent)\(value)  \(of), fetched \(found.source.fetchedAt.text(.seconds)), job \(found.source.job) (\(request)"
            + "attempt \(found.attempt), \(found.apiVersion))"
        return [line]
            + found.before.map { old in
                let value = FixedPoint.text(old.value, scale: MetricCatalogue.scale(of: found.metric))
                return "\(indent)  was \(value), fetched \(old.source.fetchedAt.text(.seconds)), job \(old.source.job)"
            }
    }

    // MARK: JSON

    static func document(_ part: FigureReader.Explanation) -> JSONValue {
        [
            "platform": .string(part.series.platform.rawValue), "zone": .string(part.series.platform.dayZone.name),
            "bucket": .string(part.row.label), "first": .string(part.row.dates.lowerBound.description),
            "last": .string(part.row.dates.upperBound.description), "bucket_state": .string("\(part.row.state)"),
            "figure": FigureTexts.document(part.figure), "explanation": document(part.explained, part),
            "note": part.note.map { note in
                [
                    "reason": .string(note.reason.rawValue), "said": .string(note.said),
                    "fetched_at": .time(note.fetchedAt), "job": .text(note.job?.description),
                ]
            } ?? .null,
            "checks": .array(
                part.checks.map {
                    [
                        "topic": .string($0.topic.rawValue), "applies": .bool($0.applies),
                        "sentence": .string($0.sentence),
                    ]
                }
            ),
        ]
    }

    private static func document(_ figure: ExplainedFigure, _ part: FigureReader.Explanation) -> JSONValue {
        let scale = MetricCatalogue.scale(of: figure.metric)
        return [
            "metric": .string(figure.metric.name), "subject": figure.subject.map { .int($0.id) } ?? .null,
            "first": .string(figure.dates.lowerBound.description),
            "last": .string(figure.dates.upperBound.description),
            "value": figure.value.map { .fixed($0, scale: scale) } ?? .null, "state": .string("\(figure.state)"),
            "formula": .string(figure.formula.name), "words": .string(figure.words),
            "inputs": .array(figure.inputs.map { document($0, part) }),
            "readings": .array(figure.evidence.map { document($0, part) }),
        ]
    }

    private static func document(
        _ found: ExplainedFigure.Evidence,
        _ part: FigureReader.Explanation
    ) -> JSONValue {
        let scale = MetricCatalogue.scale(of: found.metric)
        let job = part.jobs[found.source.job]
        return [
            "value": .fixed(found.value, scale: scale), "period": .string(found.place.period.name),
            "start": .time(found.place.start), "fetched_at": .time(found.source.fetchedAt),
            "job": .string(found.source.job.description), "collect": .text(job?.collect),
            "requests": job.map { .int($0.requests) } ?? .null, "attempt": .int(found.attempt),
            "api_version": .string(found.apiVersion), "run": .text(job?.run?.description),
            "before": .array(
                found.before.map {
                    [
                        "value": .fixed($0.value, scale: scale), "fetched_at": .time($0.source.fetchedAt),
                        "job": .string($0.source.job.description),
                    ]
                }
            ),
        ]
    }
}
