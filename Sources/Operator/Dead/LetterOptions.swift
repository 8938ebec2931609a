import Adapters
import Configuration
import FleetCore
import YAML

/// A moment as people name it in a search.
enum NamedMoment: Sendable, CustomStringConvertible {
    case at(Instant)
    case ago(Duration)

    func instant(now: Instant) -> Instant {
        switch self {
        case .at(let moment): moment
        case .ago(let span): now - span
        }
    }

    var description: String {
        switch self {
        case .at(let moment): moment.text(.seconds)
        case .ago(let span): Quantity.text(span)
        }
    }

    static let kind = ValueKind<NamedMoment>(
        shape: "a moment such as 2026-11-19T08:00:00Z, a day for its start in UTC, or how long ago such as 2h or 7d",
        parse: { text in
            if let moment = Instant(text) { return .at(moment) }
            if let day = CivilDate(text) { return .at(Instant(seconds: Int64(day.daysSinceEpoch) * 86_400)) }
            return Quantity.duration(text).map { .ago($0) }
        }
    )
}

/// The options by which dead letters are found: the same for browsing and for what is done with them.
enum LetterOptions {
    static let state = Option("state", ValueKind<LetterState>.choice, default: .open, help: "Letters in this state.")
    static let cause = Option("cause", ValueKind<DeadCause>.choice, help: "One cause only.").optional
    static let group = Option(
        "group",
        .text(longest: 40),
        help: "One group only, by the fingerprint that `flotilla dead groups` shows."
    ).optional
    static let platform = Option(
        "platform",
        ValueKind<String>.text(longest: 60),
        help: "One platform only; ingest for what services pushed."
    ).optional
    static let account = Option("account", .number, help: "One account only, by its number.").optional
    static let since = Option("since", NamedMoment.kind, help: "Died at this moment or later.").optional
    static let until = Option("until", NamedMoment.kind, help: "Died before this moment.").optional
    static let text = Option(
        "text",
        .text(longest: 300),
        help: "Words of the detail, in any order; \"a phrase\" between quotes, -word for one that must not be there."
    ).optional
    static let job = Option("job", ValueKind<FleetCore.UUID>.id, help: "Deaths of one job only.").optional
    static let run = Option("run", ValueKind<FleetCore.UUID>.id, help: "Jobs of one run only.").optional
    static let letters = Option(
        "letters",
        ValueKind<Int64>.number.list(most: 1000),
        default: [],
        help: "These letters, by number, separated by commas."
    )

    static let all: [any DeclaredOption] = [
        state, cause, group, platform, account, since, until, text, job, run, letters,
    ]
}

extension CommandCall {
    /// The filter that the options say.
    var letterFilter: LetterFilter {
        var filter = LetterFilter()
        filter.state = self[LetterOptions.state]
        filter.cause = self[LetterOptions.cause]?.rawValue
        filter.group = self[LetterOptions.group]
        filter.platform = self[LetterOptions.platform]
        filter.account = self[LetterOptions.account]
        filter.since = self[LetterOptions.since]?.instant(now: now)
        filter.until = self[LetterOptions.until]?.instant(now: now)
        filter.text = self[LetterOptions.text]
        filter.job = self[LetterOptions.job]
        filter.run = self[LetterOptions.run]
        let letters = self[LetterOptions.letters]
        filter.letters = letters.isEmpty ? nil : letters
        return filter
    }
}
