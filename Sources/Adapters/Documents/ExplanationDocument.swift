internal import FleetCore
public import JSON

extension FigureReader.Explanation {
    /// The whole explanation, down to each reading.
    public var document: JSONValue {
        [
            "platform": .string(series.platform.rawValue), "zone": .string(series.platform.dayZone.name),
            "bucket": .string(row.label), "first": .string(row.dates.lowerBound.description),
            "last": .string(row.dates.upperBound.description), "bucket_state": .string("\(row.state)"),
            "figure": figure.document, "explanation": document(explained),
            "note": note.map { note in
                [
                    "reason": .string(note.reason.rawValue), "said": .string(note.said),
                    "fetched_at": .time(note.fetchedAt), "job": .text(note.job?.description),
                ]
            } ?? .null,
            "checks": .array(
                checks.map {
                    [
                        "topic": .string($0.topic.rawValue), "applies": .bool($0.applies),
                        "sentence": .string($0.sentence),
                    ]
                }
            ),
        ]
    }

    private func document(_ figure: ExplainedFigure) -> JSONValue {
        let scale = MetricCatalogue.scale(of: figure.metric)
        return [
            "metric": .string(figure.metric.name), "subject": figure.subject.map { .int($0.id) } ?? .null,
            "first": .string(figure.dates.lowerBound.description),
            "last": .string(figure.dates.upperBound.description),
            "value": figure.value.map { .fixed($0, scale: scale) } ?? .null, "state": .string("\(figure.state)"),
            "formula": .string(figure.formula.name), "words": .string(figure.words),
            "inputs": .array(figure.inputs.map { document($0) }),
            "readings": .array(figure.evidence.map { document($0) }),
        ]
    }

    private func document(_ found: ExplainedFigure.Evidence) -> JSONValue {
        let scale = MetricCatalogue.scale(of: found.metric)
        let job = jobs[found.source.job]
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
