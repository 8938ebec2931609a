import FleetCore
import JSON

/// Shapes of answers, in the words of JSON Schema.
enum Schema {
    static let text: JSONValue = ["type": "string"]
    static let optionalText: JSONValue = ["type": ["string", "null"]]
    static let flag: JSONValue = ["type": "boolean"]
    static let count: JSONValue = ["type": "integer"]
    static let number: JSONValue = ["type": "integer", "minimum": 1]
    static let day: JSONValue = ["type": "string", "format": "date"]
    static let optionalDay: JSONValue = ["type": ["string", "null"], "format": "date"]
    static let moment: JSONValue = ["type": "string", "format": "date-time"]
    static let optionalMoment: JSONValue = ["type": ["string", "null"], "format": "date-time"]
    /// A figure: exact, and null where there is none.
    static let value: JSONValue = ["type": ["number", "null"]]

    static func choice(_ words: [String]) -> JSONValue {
        ["type": "string", "enum": .array(words.map { .string($0) })]
    }

    static func list(_ item: JSONValue) -> JSONValue { ["type": "array", "items": item] }

    static func optional(_ schema: JSONValue) -> JSONValue { ["oneOf": .array([schema, ["type": "null"]])] }

    /// A part of the description with a name.
    static func named(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    /// An object with exactly these members, of which some may be left out.
    static func object(_ members: KeyValuePairs<String, JSONValue>, optional: Set<String> = []) -> JSONValue {
        [
            "type": "object", "properties": .object(members.map { .init($0.key, $0.value) }),
            "required": .array(members.map(\.key).filter { !optional.contains($0) }.map { .string($0) }),
            "additionalProperties": false,
        ]
    }

    /// A page of items, and where the next one begins.
    static func page(_ item: JSONValue) -> JSONValue { object(["items": list(item), "next": optionalText]) }

    /// The named parts.
    static let components: KeyValuePairs<String, JSONValue> = [
        "Account": object([
            "id": number, "platform": text, "external_id": text,
            "state": choice(["active", "paused", "needs_reconnect", "gone"]), "created_at": moment, "zone": text,
            "last_synced_at": optionalMoment,
        ]),
        "Post": object([
            "id": number, "account": number, "external_id": text, "kind": text, "published_at": optionalMoment,
            "state": choice(["active", "missing", "gone"]),
        ]),
        "Figure": object(
            [
                "metric": text, "value": value,
                "state": choice(["value", "zero", "pending", "gap", "suppressed", "unsupported", "synthetic"]),
                "reason": optionalText, "days": count, "expected": count,
                "bounds": object(["lower": value, "upper": value]), "minimum": value, "maximum": value,
                "flags": list(text),
                "definition": object(["id": text, "version": count, "numerator": count, "denominator": count]),
            ],
            optional: ["bounds", "minimum", "maximum", "flags", "definition"]
        ),
        "Bucket": object([
            "label": text, "first": day, "last": day, "start": moment, "end": moment,
            "state": choice(["open", "provisional", "settled"]), "expected": count, "figures": list(named("Figure")),
        ]),
        "Series": object([
            "platform": text, "zone": text, "members": count, "synthetic": flag, "buckets": list(named("Bucket")),
        ]),
        "Freshness": object([
            "metric": text, "last_try": optionalMoment, "last_success": optionalMoment, "newest": optionalDay,
            "settled_through": optionalDay, "reason": optionalText,
        ]),
        "Level": object(["day": day, "value": count]),
        "Growth": object([
            "metric": text, "first": day, "last": day, "verdict": choice(["whole", "shortened", "refused"]),
            "start": optional(named("Level")), "end": optional(named("Level")), "growth": value, "rate": value,
            "flow": optional(object(["gained": count, "lost": count, "corrections": count])),
        ]),
        "Reading": object([
            "value": value, "period": text, "start": moment, "fetched_at": moment, "job": text, "collect": optionalText,
            "requests": ["type": ["integer", "null"]], "attempt": count, "api_version": text, "run": optionalText,
            "before": list(object(["value": value, "fetched_at": moment, "job": text])),
        ]),
        "ExplainedFigure": object([
            "metric": text, "subject": ["type": ["integer", "null"]], "first": day, "last": day, "value": value,
            "state": text, "formula": text, "words": text, "inputs": list(named("ExplainedFigure")),
            "readings": list(named("Reading")),
        ]),
        "Explanation": object([
            "platform": text, "zone": text, "bucket": text, "first": day, "last": day, "bucket_state": text,
            "figure": named("Figure"), "explanation": named("ExplainedFigure"),
            "note": optional(object(["reason": text, "said": text, "fetched_at": moment, "job": optionalText])),
            "checks": list(object(["topic": text, "applies": flag, "sentence": text])),
        ]),
        "Problem": object(
            [
                "type": choice(Refusal.Kind.allCases.map { "/problems/\($0.rawValue)" }), "title": text,
                "status": count, "detail": text, "errors": list(object(["at": text, "detail": text])),
            ],
            optional: ["detail", "errors"]
        ),
    ]
}
