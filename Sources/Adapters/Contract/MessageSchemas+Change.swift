internal import FleetCore
internal import JSON

/// Committed changes.
extension MessageSchemas {
    private typealias Words = SchemaWords

    var change: Message {
        let title = "A bucket of a roll-up that changed or is gone"
        let moment = Words.text(format: "date-time")
        let schema = Words.record(
            required: [
                "version", "workspace", "platform", "scope", "subject", "grain", "label", "start", "end", "generation",
                "changed_at", "metrics",
            ],
            [
                ("version", ["const": 1]), ("workspace", ["type": "integer"]), ("platform", ["type": "string"]),
                ("scope", Words.word(StoredBucket.Scope.allCases.map(\.rawValue))), ("account", ["type": "integer"]),
                ("subject", ["type": "integer"]), ("post", ["type": "string"]),
                ("grain", Words.word(Grain.allCases.map(\.name))), ("label", ["type": "string"]), ("start", moment),
                ("end", moment), ("zone", ["type": "string"]),
                ("state", Words.word([RollupRow.State.open, .provisional, .settled].map(\.description))),
                ("expected", Words.integer(1)),
                ("generation", Words.integer(1)), ("changed_at", moment),
                ("metrics", ["type": "object", "additionalProperties": Self.cell]),
            ]
        )
        return Message(
            name: "metrics.updated.v1",
            type: ChangeEvent.Kind.updated.rawValue,
            title: title,
            schema: Words.document("metrics.updated", version: 1, title, schema),
            example: [
                "version": 1, "workspace": 3, "platform": "instagram", "scope": "account", "account": 12, "subject": 12,
                "grain": "day", "label": "2026-11-18", "start": "2026-11-18T08:00:00Z", "end": "2026-11-19T08:00:00Z",
                "zone": "America/Los_Angeles", "state": "provisional", "expected": 1, "generation": 7,
                "changed_at": "2026-11-20T01:02:03.000004Z",
                "metrics": ["views": ["value": 18234, "unit": "count", "count": 1, "coverage": 1, "flags": []]],
            ]
        )
    }

    private static var cell: JSONValue {
        let number: JSONValue = ["type": "number"]
        let details = [
            "sum", "minimum", "maximum", "opening", "gross", "numerator", "denominator", "weight", "lower", "upper",
        ]
        return SchemaWords.record(
            required: ["value", "unit", "count", "coverage", "flags"],
            [
                ("value", ["type": ["number", "null"]]), ("unit", Words.word(MetricUnit.allCases.map(\.rawValue))),
                ("count", Words.integer(0)), ("coverage", ["type": "number", "minimum": 0, "maximum": 1]),
                ("flags", ["type": "array", "items": Words.word(RollupRow.Flags(rawValue: 255).names)]),
            ] + details.map { ($0, number) }
        )
    }
}
