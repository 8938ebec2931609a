import Configuration
import FleetCore

// Kinds of values that several commands take.

extension ValueKind where Value == CivilDate {
    /// A day.
    static var day: ValueKind { ValueKind(shape: "a day such as 2026-11-19", parse: { CivilDate($0) }) }
}

extension ValueKind where Value == FleetCore.UUID {
    /// An id.
    static var id: ValueKind { ValueKind(shape: "a UUID", parse: { FleetCore.UUID($0) }) }
}

extension ValueKind where Value == Int64 {
    /// A number from a database sequence.
    static var number: ValueKind {
        ValueKind(shape: "a whole number from 1", parse: { text in Int64(text).flatMap { $0 > 0 ? $0 : nil } })
    }
}

/// A day as people name it.
enum NamedDay: Sendable, CustomStringConvertible {
    case today, yesterday
    case day(CivilDate)

    var isYesterday: Bool { if case .yesterday = self { true } else { false } }

    init?(_ text: String) {
        switch text {
        case "today": self = .today
        case "yesterday": self = .yesterday
        default:
            guard let day = CivilDate(text) else { return nil }
            self = .day(day)
        }
    }

    /// The day in a platform's own zone.
    func date(on platform: PlatformName, now: Instant) -> CivilDate {
        let today = platform.dayZone.date(at: now)
        return switch self {
        case .today: today
        case .yesterday: today - 1
        case .day(let day): day
        }
    }

    var description: String {
        switch self {
        case .today: "today"
        case .yesterday: "yesterday"
        case .day(let day): day.description
        }
    }

    static let kind = ValueKind<NamedDay>(
        shape: "a day such as 2026-11-19, today or yesterday (in the platform's zone)",
        parse: { NamedDay($0) }
    )
}

/// Options that several commands take.
enum SharedOptions {
    static let platform = Option("platform", ValueKind<PlatformName>.choice, help: "Which platform.")
    static let anyPlatform = Option("platform", ValueKind<PlatformName>.choice, help: "One platform only.").optional
    static let collect = Option(
        "collect",
        ValueKind<CollectionKind>.choice,
        default: .accountDaily,
        help: "What to collect."
    )
    static let lane = Option("lane", ValueKind<Lane>.choice, default: .normal, help: "How urgent it is.")
    static let workspace = Option(
        "workspace",
        ValueKind<String>.text(longest: 100),
        default: "demo",
        help: "Which workspace; it is made if there is none of that name."
    )
    static let limit = Option("limit", .integer(1...10_000, unit: "rows"), default: 50, help: "Most rows to show.")
    static let yes = TopologyCommands.yes
    static let metrics = ValueKind<String>.choice(MetricCatalogue.all.map(\.name), shape: "the name of a metric")
        .list(most: JobContract.maximumMetrics)
}
