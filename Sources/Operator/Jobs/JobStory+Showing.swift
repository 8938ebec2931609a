import Configuration
import FleetCore
import JSON
import Runtime

extension JobStory {
    func show(_ call: CommandCall) {
        let output = call.output
        output.show(document) {
            output.facts([("job", id.description)] + facts.map { ($0.name, text($0.value, call.now)) })
            if !readings.isEmpty {
                output.print("")
                readingTable.print(on: output)
            }
            for death in deaths {
                output.print("")
                output.print(
                    output.style(
                        .bad,
                        "died \(Words.relative(death.at, now: call.now)): \(Terminal.visible(death.cause))"
                    )
                )
                output.facts([
                    ("dead letter", String(death.id)), ("attempt", String(death.attempt)), ("detail", death.detail),
                    ("advice", DeadCause(rawValue: death.cause)?.advice ?? ""),
                ])
            }
        }
    }

    /// Times with how long ago they were.
    private func text(_ value: JSONValue, _ now: Instant) -> String {
        if let text = value.string, let moment = Instant(text) {
            return "\(text) (\(Words.relative(moment, now: now)))"
        }
        return value.string ?? value.int64.map { String($0) } ?? ""
    }

    private var readingTable: TextTable {
        var table = TextTable("metric", ">value", "period", "start", "fetched")
        for reading in readings {
            for (metric, value) in zip(reading.metrics, reading.values) {
                let text = FixedPoint.text(value, scale: MetricCatalogue.scale(of: metric))
                table.add(
                    metric.name,
                    Words.number(text),
                    reading.period?.name ?? "?",
                    reading.start.text(.seconds),
                    reading.fetchedAt.text(.seconds)
                )
            }
        }
        return table
    }

    var document: JSONValue {
        .object(
            [.init("id", .string(id.description))] + facts.map { .init($0.name, $0.value) } + [
                .init("readings", .array(readings.map(\.document))),
                .init(
                    "dead_letters",
                    .array(
                        deaths.map {
                            [
                                "id": .int($0.id), "at": .time($0.at), "cause": .string($0.cause),
                                "detail": .string($0.detail), "attempt": .int($0.attempt),
                            ]
                        }
                    )
                ),
            ]
        )
    }
}

extension JobStory.Reading {
    fileprivate var document: JSONValue {
        let members = zip(metrics, values).map { metric, value in
            JSONValue.Member(metric.name, .fixed(value, scale: MetricCatalogue.scale(of: metric)))
        }
        return [
            "period": .text(period?.name), "start": .time(start), "fetched_at": .time(fetchedAt),
            "api_version": .string(apiVersion), "values": .object(members),
        ]
    }
}
