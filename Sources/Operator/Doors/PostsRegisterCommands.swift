import Adapters
import Configuration
import FleetCore
import JSON
import Postgres

/// `flotilla posts register | refs`.
enum PostsRegisterCommands {
    static let all: [Configuration.Command] = [register, refs]

    private static let account = Option("account", .number, help: "The account to which it was published.")
    private static let externalID = Option(
        "external-id",
        ValueKind<String>.text(longest: JobContract.maximumPostID),
        help: "The platform's id of the post."
    )
    private static let reference = Option(
        "reference",
        ValueKind<String>.text(longest: PostsContract.maximumReference),
        help: "The publisher's own name for what it published, the same for all accounts that it went to."
    ).optional
    private static let url = Option(
        "url",
        ValueKind<String>.text(longest: PostsContract.maximumURL),
        help: "Where people see it."
    ).optional
    private static let kind = Option("kind", ValueKind<PostKind>.choice, default: .post, help: "What it is.")
    private static let published = Option(
        "published-at",
        ValueKind<Instant>(shape: "a time such as 2026-11-21T09:00:00Z", parse: { Instant($0) }),
        help: "When it was published."
    ).optional
    private static let collect = Option(
        "collect-now",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Collect its figures now."
    )

    static let register = Configuration.Command(
        "posts register",
        help:
            "Register a post that was published, so that it is followed before any listing names it. The same again changes "
            + "nothing; a reference that stands for another post of the account is a conflict.",
        example: "flotilla posts register --account 12 --external-id 17900000000000001 --reference campaign-7/post-77",
        options: [account, externalID, reference, url, kind, published, collect],
        exitCodes: [.refused]
    ) { call in
        var post = PublishedPost(account: call[account], externalID: call[externalID])
        (post.kind, post.publishedAt, post.reference) = (call[kind], call[published], call[reference])
        (post.url, post.collects) = (call[url], call[collect])
        let wanted = post
        let found = try await call.withPool { pool in
            do { return try await JobDoor(pool: pool).register([wanted])[0] } catch {
                guard let refusal = JobDoor.Refusal(error) else { throw error }
                throw CommandFailure(.refused, refusal.reason)
            }
        }
        call.output.show(document(found)) {
            call.output.print("\(found.verdict.rawValue): post \(found.post)")
            if let job = found.job { call.output.print("job \(job)") }
        }
        guard found.verdict == .conflict else { return .ok }
        throw CommandFailure(.refused, "the reference stands for post \(found.post) already")
    }

    private static func document(_ found: JobDoor.Registration) -> JSONValue {
        [
            "post": .int(found.post), "verdict": .string(found.verdict.rawValue),
            "job": .text(found.job?.description),
        ]
    }

    private static let name = Argument(
        "reference",
        ValueKind<String>.text(longest: PostsContract.maximumReference),
        help: "The publisher's own name."
    )

    static let refs = Configuration.Command(
        "posts refs",
        help: "What a publisher's reference stands for: one post per account.",
        example: "flotilla posts refs campaign-7/post-77 --json",
        arguments: [name],
        exitCodes: [.notFound]
    ) { call in
        let rows = try await call.withPool { pool in
            try await pool.query(
                """
                select w.name, p.platform, p.account_id, p.post_id, p.external_id, p.kind, p.url, p.published_at
                from flotilla.published_posts p join flotilla.workspaces w on w.id = p.workspace_id
                where p.reference = $1 order by w.name, p.account_id
                """,
                [.text(call[name])]
            )
        }
        guard !rows.isEmpty else { throw CommandFailure(.notFound, "nothing is registered under \(call[name])") }
        var table = TextTable("workspace", "platform", ">account", ">post", "external id", "kind", "url", "published")
        var items: [JSONValue] = []
        for row in rows {
            let published = try row.optionalTimestamp(7).map { Instant(microseconds: $0) }
            let (url, account, post) = (try row.optionalText(6), try row.int8(2), try row.int8(3))
            let texts = try [row.text(0), row.text(1), row.text(4), row.text(5)]
            let when = published.map { Words.relative($0, now: call.now) } ?? ""
            table.add(texts[0], texts[1], String(account), String(post), texts[2], texts[3], url ?? "", when)
            items.append([
                "workspace": .string(texts[0]), "platform": .string(texts[1]), "account": .int(account),
                "post": .int(post), "external_id": .string(texts[2]), "kind": .string(texts[3]), "url": .text(url),
                "published_at": .time(published),
            ])
        }
        call.output.list(items, table: table, empty: "")
        return .ok
    }
}
