import Adapters
import FleetCore

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
        let flags = (part.figure.cell?.flags ?? []).names
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
}
