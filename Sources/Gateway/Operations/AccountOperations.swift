import Adapters
import Configuration
import FleetCore
import JSON

/// Accounts and posts of the caller's workspace.
enum AccountOperations {
    static let all: [Operation] = [list, one, posts]

    private static let platform = Field(
        "platform",
        .text(longest: 60),
        schema: Schema.text,
        help: "Of one platform or source only."
    )

    private static let list = Operation(
        "listAccounts",
        "/v1/accounts",
        "Accounts of the workspace, by their numbers.",
        fields: [platform, Fields.limit, Fields.cursor],
        answers: Schema.page(Schema.named("Account"))
    ) { question in
        let platform = question[platform]
        return try await question.page(of: "accounts \(platform ?? "")") { above, limit in
            try await question.store.accounts(question.holder.workspace, above: above, platform: platform, limit: limit)
        }
    }

    private static let one = Operation(
        "getAccount",
        "/v1/accounts/{account}",
        "One account: its state, and when something was last collected of it.",
        fields: [Fields.account],
        answers: Schema.named("Account")
    ) { question in
        let id = try question.number(Fields.account)
        guard let account = try await question.store.account(question.holder.workspace, id) else {
            throw Refusal.notFound("account \(id)")
        }
        return account
    }

    private static let posts = Operation(
        "listPosts",
        "/v1/accounts/{account}/posts",
        "Posts of an account, in the order in which they were found.",
        fields: [Fields.account, Fields.limit, Fields.cursor],
        answers: Schema.page(Schema.named("Post"))
    ) { question in
        let account = try await question.account().id
        return try await question.page(of: "posts \(account)") { above, limit in
            try await question.store.posts(question.holder.workspace, account: account, above: above, limit: limit)
        }
    }
}

extension Question {
    /// The account in the path.
    func account() async throws -> FigureSubject {
        let id = try number(Fields.account)
        guard let subject = try await reader.subject(id), subject.isAccount else {
            throw Refusal.notFound("account \(id)")
        }
        return subject
    }

    /// One page of a list, and the cursor of the next if there may be one.
    func page(
        of list: String,
        _ items: (_ above: Int64, _ limit: Int) async throws -> [(id: Int64, JSONValue)]
    ) async throws -> JSONValue {
        let limit = self[Fields.limit] ?? 100
        let above = try cursors.position(self[Fields.cursor], of: list, workspace: holder.workspace)
        let found = try await items(above, limit + 1)
        let shown = found.prefix(limit)
        let next = found.count > limit ? shown.last : nil
        return [
            "items": .array(shown.map(\.1)),
            "next": .text(next.map { cursors.text($0.id, of: list, workspace: holder.workspace) }),
        ]
    }
}
