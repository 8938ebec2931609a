public import FleetCore
public import JSON

/// The messages of the doors as JSON Schema: made from what the readers of these messages hold to, so that none can say
/// something else than the code.
public struct MessageSchemas: Sendable {
    /// One message in one version.
    public struct Message: Sendable {
        /// `job.v1`
        public var name: String
        /// The type property of the message.
        public var type: String
        public var title: String
        public var schema: JSONValue
        /// A message that the contract takes.
        public var example: JSONValue
    }

    private typealias Words = SchemaWords
    private let topology: Topology

    public init(topology: Topology) { self.topology = topology }

    /// All messages of the doors.
    public var all: [Message] { Job.versions.map(job) + [posts, readings, answer, change] }

    // MARK: Jobs

    private func job(_ version: Int64) -> Message {
        let title = "A collection job, version \(version)"
        var members: [(String, JSONValue)] = [
            ("version", ["const": .number(.integer(version))]),
            ("id", Self.id("Of version 7; its time divides the ledger. The same id again is the same job.")),
            ("run", Words.orNull(Words.text(format: "uuid"))),
            ("platform", Words.word(topology.specification.platforms)),
            ("account", Words.integer(1, about: "Our number of the account.")),
            ("collect", Words.word(CollectionKind.allCases.map(\.rawValue))),
            (
                "date",
                Words.text(
                    format: "date",
                    about: "A day in the platform's own zone; the last one when there are several."
                )
            ),
            (
                "days",
                Words.orNull(Words.integer(1, Int64(JobContract.maximumDays), default: 1, about: "How many days."))
            ),
            ("metrics", metrics), ("posts", posts(version)),
            ("lane", Words.word(topology.specification.lanes.map(\.name))),
            ("reason", Words.text(JobContract.maximumReason)),
            ("enqueued_at", Words.text(format: "date-time")),
        ]
        members += uniqueness
        var schema = Words.record(
            required: ["version", "id", "platform", "account", "collect", "date", "lane", "enqueued_at"],
            members
        )
        if case .object(let parts) = schema { schema = .object(parts + Self.postsExactlyWhenWanted) }
        return Message(
            name: "job.v\(version)",
            type: Job.messageType(version),
            title: title,
            schema: Words.document("job", version: version, title, schema),
            example: jobExample(version)
        )
    }

    private var uniqueness: [(String, JSONValue)] {
        [
            (
                "idempotency_key",
                Words.orNull(
                    Words.text(
                        JobContract.maximumKey,
                        shortest: 1,
                        about:
                            "The publisher's own name for the order, within its workspace. Kept by doors that answer, not by workers."
                    )
                )
            ),
            (
                "unique_for",
                Words.orNull(
                    Words.integer(
                        1,
                        Int64(JobContract.maximumUniqueFor),
                        about:
                            "Seconds for which the key counts; without a key, seconds for which the same content is the same order."
                    )
                )
            ),
        ]
    }

    private var metrics: JSONValue {
        Words.orNull(
            Words.list(
                Words.word(MetricCatalogue.all.map(\.name)),
                most: JobContract.maximumMetrics,
                unique: true,
                about: "Only these; all that the collection offers when there are none."
            )
        )
    }

    private func posts(_ version: Int64) -> JSONValue {
        let number = Words.integer(1, about: "Our number of a post.")
        let named = Words.record(
            required: ["external_id"],
            [
                ("external_id", Words.text(JobContract.maximumPostID, shortest: 1, about: "The platform's id.")),
                ("kind", Words.orNull(Self.postKind("post"))),
            ]
        )
        let item: JSONValue = version < 2 ? number : ["oneOf": [number, named]]
        return Words.orNull(
            Words.list(
                item,
                most: JobContract.maximumPosts,
                unique: true,
                about: "For post_metrics, and for nothing else."
            )
        )
    }

    private static let postsExactlyWhenWanted: [JSONValue.Member] = [
        .init("if", ["properties": ["collect": ["const": .string(CollectionKind.postMetrics.rawValue)]]]),
        .init("then", ["required": ["posts"], "properties": ["posts": ["type": "array", "minItems": 1]]]),
        .init("else", ["properties": ["posts": ["type": ["array", "null"], "maxItems": 0]]]),
    ]

    private func jobExample(_ version: Int64) -> JSONValue {
        let platform = JSONValue.string(topology.specification.platforms.first ?? "instagram")
        var members: [JSONValue.Member] = [
            .init("version", .number(.integer(version))), .init("id", "019aa5c6-3b7e-7c1a-9d2e-4f60718293a4"),
            .init("platform", platform), .init("account", 12),
        ]
        members +=
            version < 2
            ? [.init("collect", "account_daily"), .init("date", "2026-11-20"), .init("metrics", ["views", "reach"])]
            : [
                .init("collect", "post_metrics"), .init("date", "2026-11-20"),
                .init("posts", [["external_id": "17900000000000001", "kind": "reel"], 4711]),
                .init("idempotency_key", "post-77-published"), .init("unique_for", 3600),
            ]
        members += [
            .init("lane", .string(topology.specification.lanes.first?.name ?? "normal")),
            .init("reason", "published"), .init("enqueued_at", "2026-11-21T09:00:00Z"),
        ]
        return .object(members)
    }

    // MARK: What they share

    static func id(_ said: String) -> JSONValue {
        SchemaWords.object([
            ("type", "string"), ("format", "uuid"),
            ("pattern", "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-7[0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$"),
            ("description", .string(said)),
        ])
    }

    static func postKind(_ usual: String) -> JSONValue {
        SchemaWords.word(PostKind.allCases.map(\.rawValue), default: usual)
    }
}
