public import FleetCore
public import JSON
internal import Postgres

/// Which dead letters somebody asks for. Whatever is nil does not matter.
public struct LetterFilter: Sendable, Equatable {
    public var state: LetterState? = .open
    public var platform: String?
    public var account: Int64?
    public var cause: String?
    /// The fingerprint of what they have in common.
    public var group: String?
    /// Died at this moment or later.
    public var since: Instant?
    /// Died before this moment.
    public var until: Instant?
    /// Words of the detail: all of them, a phrase between quotes, none after a minus.
    public var text: String?
    public var job: UUID?
    public var run: UUID?
    /// These letters, by number.
    public var letters: [Int64]?

    public init() {}

    /// Conditions on `d`, the letters, and the parameters that they use, numbered from 1.
    var conditions: (sql: String, parameters: [Parameter]) {
        var texts = ["true"]
        var parameters: [Parameter] = []
        func add(_ value: Parameter?, _ condition: (String) -> String) {
            guard let value else { return }
            parameters.append(value)
            texts.append(condition("$\(parameters.count)"))
        }
        add(state.map { .text($0.rawValue) }) { "d.state = \($0)" }
        add(platform.map { .text($0) }) { "d.platform = \($0)" }
        add(account.map { .int8($0) }) { "d.account_id = \($0)" }
        add(cause.map { .text($0) }) { "d.cause = \($0)" }
        add(group.map { .text($0) }) { "d.fingerprint = \($0)" }
        add(since.map { .timestamp($0.microseconds) }) { "d.dead_at >= \($0)" }
        add(until.map { .timestamp($0.microseconds) }) { "d.dead_at < \($0)" }
        add(text.map { .text($0) }) { "to_tsvector('simple', d.detail) @@ websearch_to_tsquery('simple', \($0))" }
        add(job.map { .uuid($0.parameter) }) { "d.job_id = \($0)" }
        add(run.map { .uuid($0.parameter) }) { "d.run_id = \($0)" }
        add(letters.map { .int8Array($0) }) { "d.id = any (\($0))" }
        return (texts.joined(separator: " and "), parameters)
    }

    /// As it is stored and shown.
    public var document: JSONValue {
        var members: [JSONValue.Member] = []
        func add(_ name: String, _ value: JSONValue?) { if let value { members.append(.init(name, value)) } }
        add("state", state.map { .string($0.rawValue) })
        add("platform", platform.map { .string($0) })
        add("account", account.map { .number(.integer($0)) })
        add("cause", cause.map { .string($0) })
        add("group", group.map { .string($0) })
        add("since", since.map { .string($0.text(.milliseconds)) })
        add("until", until.map { .string($0.text(.milliseconds)) })
        add("text", text.map { .string($0) })
        add("job", job.map { .string($0.description) })
        add("run", run.map { .string($0.description) })
        add("letters", letters.map { .array($0.prefix(1000).map { .number(.integer($0)) }) })
        return .object(members)
    }

    /// Whether the totals can answer for it: they know cause, group, platform and state.
    var isTallied: Bool {
        account == nil && text == nil && job == nil && run == nil && letters == nil && since == nil && until == nil
    }
}
