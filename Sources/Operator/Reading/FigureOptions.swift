import Adapters
import Configuration
import FleetCore
import Postgres

extension ValueKind where Value == FleetCore.Instant {
    /// A moment.
    static var moment: ValueKind {
        ValueKind(
            shape: "a moment such as 2026-11-19T08:00:00Z, or a day for its start in UTC",
            parse: { text in
                Instant(text) ?? CivilDate(text).map { Instant(seconds: Int64($0.daysSinceEpoch) * 86_400) }
            }
        )
    }
}

/// How days are cut, as people name it.
enum NamedCut: String, Sendable, CaseIterable {
    case hour, day, week, month, stretch
    case weekFromSunday = "week_from_sunday"
    case weekFromSaturday = "week_from_saturday"

    /// - Parameter week: the week that the workspace counts by.
    func cut(_ week: Grain) -> FigureQuestion.Cut {
        if self == .week { return .grain(week) }
        return Grain(name: rawValue).map { .grain($0) } ?? .stretch
    }
}

/// The options of commands that read figures.
enum FigureOptions {
    static let account = Option("account", .number, help: "The account's number.").optional
    static let post = Option("post", .number, help: "A post's number.").optional
    static let workspace = Option(
        "workspace",
        ValueKind<String>.text(longest: 100),
        help: "A workspace's name: all its accounts together."
    ).optional
    static let posts = Option(
        "posts",
        ValueKind<Bool>.toggle,
        default: false,
        help: "All posts of the account or workspace together, instead of what the platform says of accounts."
    )
    static let from = Option("from", NamedDay.kind, help: "First day.").optional
    static let to = Option("to", NamedDay.kind, default: .today, help: "Last day.")
    static let days = Option(
        "days",
        .integer(1...732, unit: "days"),
        default: 7,
        help: "How many days up to --to, when --from is not given."
    )
    static let grain = Option(
        "grain",
        ValueKind<NamedCut>.choice,
        default: .day,
        help:
            "How the days are cut, weeks as the workspace counts them; stretch makes one bucket of exactly these days."
    )
    static let metric = Option("metric", SharedOptions.metrics, default: [], help: "Only these.")
    static let asOf = Option("as-of", ValueKind<FleetCore.Instant>.moment, help: "What was known then, instead of now.")
        .optional
    static let scope: [any DeclaredOption] = [account, post, workspace, posts]
    static let span: [any DeclaredOption] = [from, to, days]

    /// Whom a call is about.
    static func scope(_ call: CommandCall, _ pool: Pool) async throws -> FigureQuestion.Scope {
        switch (call[account], call[post], call[workspace]) {
        case (let account?, nil, nil): return call[posts] ? .posts(ofAccount: account) : .subject(account)
        case (nil, let post?, nil): return .subject(post)
        case (nil, nil, let name?):
            let id = try await Whose.workspace(name, pool)
            return call[posts] ? .postsOf(workspace: id) : .accounts(ofWorkspace: id)
        default: throw CommandFailure(.usage, "name one of --account, --post and --workspace")
        }
    }

    /// The days that a call is about, in the platform's zone.
    static func dates(_ call: CommandCall, on platform: PlatformName) throws -> ClosedRange<CivilDate> {
        let last = call[to].date(on: platform, now: call.now)
        let first = call[from]?.date(on: platform, now: call.now) ?? last - (call[days] - 1)
        guard first <= last else { throw CommandFailure(.usage, "--from \(first) is after --to \(last)") }
        return first...last
    }

    /// How a call's days are cut.
    static func cut(_ call: CommandCall, workspace: Int64, _ pool: Pool) async throws -> FigureQuestion.Cut {
        call[grain].cut(try await week(of: workspace, pool))
    }

    /// The week that a workspace counts by.
    static func week(of workspace: Int64, _ pool: Pool) async throws -> Grain {
        let rows = try await pool.query("select week_start from flotilla.workspaces where id = $1", [.int8(workspace)])
        return try rows.first.map { Grain(weekStart: try $0.text(0)) } ?? .weekFromMonday
    }

    /// Somebody whom a scope is about, for what all of them have in common.
    static func first(of scope: FigureQuestion.Scope, _ reader: FigureReader) async throws -> FigureSubject {
        guard let first = try await reader.members(of: scope).first else {
            throw CommandFailure(.notFound, "there is nothing of that number; see `flotilla accounts list`")
        }
        return first
    }

    /// The whole question of a call.
    static func question(_ call: CommandCall, _ reader: FigureReader, _ pool: Pool) async throws -> FigureQuestion {
        let scope = try await scope(call, pool)
        let first = try await first(of: scope, reader)
        return FigureQuestion(scope, dates: try dates(call, on: first.platform), cut: .stretch)
    }
}
