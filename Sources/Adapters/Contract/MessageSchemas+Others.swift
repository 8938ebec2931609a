internal import FleetCore
internal import JSON

/// Posts, readings, answers and changes.
extension MessageSchemas {
    private typealias Words = SchemaWords

    var posts: Message {
        let post = Words.record(
            required: ["account", "external_id"],
            [
                ("account", Words.integer(1, about: "Our number of the account to which it was published.")),
                (
                    "external_id",
                    Words.text(JobContract.maximumPostID, shortest: 1, about: "The platform's id of the post.")
                ),
                (
                    "reference",
                    Words.orNull(
                        Words.text(
                            PostsContract.maximumReference,
                            shortest: 1,
                            about: "The publisher's own name for what it published, the same for all accounts."
                        )
                    )
                ),
                ("url", Words.orNull(Words.text(PostsContract.maximumURL, shortest: 1, format: "uri"))),
                ("kind", Words.orNull(Self.postKind("post"))),
                ("published_at", Words.orNull(Words.text(format: "date-time"))),
                (
                    "collect",
                    [
                        "type": ["boolean", "null"], "default": false,
                        "description": "Whether to collect its figures now.",
                    ]
                ),
            ]
        )
        let title = "Posts that a publishing service published"
        let schema = Words.record(
            required: ["version", "posts"],
            [
                ("version", ["const": .number(.integer(PostsContract.versions.upperBound))]),
                ("posts", Words.list(post, most: PostsContract.maximumPosts, least: 1)),
            ]
        )
        return Message(
            name: "posts.v1",
            type: PostsContract.messageType,
            title: title,
            schema: Words.document("posts", version: PostsContract.versions.upperBound, title, schema),
            example: [
                "version": 1,
                "posts": [
                    [
                        "account": 12, "external_id": "17900000000000001", "reference": "campaign-7/post-77",
                        "url": "https://www.instagram.com/p/C0ffee/", "kind": "reel",
                        "published_at": "2026-11-21T08:58:00Z", "collect": true,
                    ],
                    ["account": 31, "external_id": "112233_445566", "reference": "campaign-7/post-77"],
                ],
            ]
        )
    }

    var readings: Message {
        let postID = Words.text(PushContract.maximumPostID, shortest: 1)
        let reading = Words.record(
            required: ["values"],
            [
                ("post", Words.orNull(postID)),
                ("period", Words.word(Period.allCases.map(\.name), default: Period.day.name)),
                ("start", Words.text(about: "A day for windows, a time for lifetime and instant.")),
                (
                    "values",
                    ["type": "object", "minProperties": 1, "additionalProperties": ["type": "number"]]
                ),
            ]
        )
        let post = Words.record(
            required: ["id"],
            [
                ("id", postID), ("published_at", Words.text(format: "date-time")), ("kind", Self.postKind("article")),
            ]
        )
        let title = "Readings of a registered source"
        let schema = Words.record(
            required: ["version", "id", "account"],
            [
                ("version", ["const": .number(.integer(Push.version))]), ("id", Self.id("Of version 7.")),
                ("account", Words.integer(1)), ("fetched_at", Words.orNull(Words.text(format: "date-time"))),
                ("readings", Words.list(reading, most: PushContract.maximumReadings)),
                ("posts", ["type": ["array", "null"], "items": post]),
            ]
        )
        return Message(
            name: "readings.v1",
            type: Push.messageType,
            title: title,
            schema: Words.document("readings", version: Push.version, title, schema),
            example: [
                "version": 1, "id": "019aa5c6-3b7e-7c1a-9d2e-4f60718293a5", "account": 40,
                "readings": [["start": "2026-11-20", "values": ["views": 1234]]],
            ]
        )
    }

    var answer: Message {
        let verdict = Words.word(JobDoor.Verdict.allCases.map(\.rawValue))
        let post = Words.record(
            required: ["post", "verdict"],
            [
                ("post", Words.integer(1, about: "Our number of the post.")), ("verdict", verdict),
                ("job", Words.orNull(Words.text(format: "uuid", about: "The job that collects its figures."))),
            ]
        )
        let title = "What the door says to an order or to posts"
        let schema = Words.record(
            required: ["version", "outcome"],
            [
                ("version", ["const": 1]), ("outcome", Words.word(["accepted", "refused"])), ("verdict", verdict),
                ("id", Words.text(format: "uuid", about: "The job's id; of `same` and `conflict`, that of the first.")),
                ("posts", Words.list(post, most: PostsContract.maximumPosts)),
                ("cause", Words.word(DeadCause.allCases.map(\.rawValue))),
                ("path", Words.orNull(Words.text(about: "The field that is wrong, as a JSON pointer: /metrics/1"))),
                ("reason", Words.text(about: "One sentence.")),
            ]
        )
        return Message(
            name: "answer.v1",
            type: "flotilla.answer.v1",
            title: title,
            schema: Words.document("answer", version: 1, title, schema),
            example: [
                "version": 1, "outcome": "refused", "cause": "unknown_metric", "path": "/metrics/1",
                "reason": "/metrics/1: there is no metric \"karma\"",
            ]
        )
    }
}
