/// How long the buckets of a roll-up are. The numbers are stored and never change.
///
/// The three kinds of week are three grains, so that a workspace that changes its setting never mixes them.
public enum Grain: Int16, Sendable, CaseIterable, Hashable {
    case hour = 0
    case day = 1
    case weekFromMonday = 2
    case month = 3
    case weekFromSunday = 4
    case weekFromSaturday = 5

    /// The week that begins on a day, if it is one of the three that are used anywhere.
    public static func week(from first: Weekday) -> Grain? {
        switch first {
        case .monday: .weekFromMonday
        case .sunday: .weekFromSunday
        case .saturday: .weekFromSaturday
        default: nil
        }
    }

    /// The week that begins on a day, as the setting of a workspace names it: `monday`, `sunday` or `saturday`.
    public init(weekStart: String) {
        switch weekStart {
        case "sunday": self = .weekFromSunday
        case "saturday": self = .weekFromSaturday
        default: self = .weekFromMonday
        }
    }

    /// The name on command lines and in messages.
    public var name: String {
        switch self {
        case .hour: "hour"
        case .day: "day"
        case .weekFromMonday: "week"
        case .month: "month"
        case .weekFromSunday: "week_from_sunday"
        case .weekFromSaturday: "week_from_saturday"
        }
    }

    /// The grain with a name, or nil.
    public init?(name: String) {
        guard let grain = Grain.allCases.first(where: { $0.name == name }) else { return nil }
        self = grain
    }

    /// The days of the bucket that a day lies in; for hours, the day itself.
    public func dates(around date: CivilDate) -> ClosedRange<CivilDate> {
        switch self {
        case .hour, .day: return date...date
        case .weekFromMonday: return week(date, .monday)
        case .weekFromSunday: return week(date, .sunday)
        case .weekFromSaturday: return week(date, .saturday)
        case .month:
            let first = date.startOfMonth
            return first...(first.addingMonths(1) - 1)
        }
    }

    private func week(_ date: CivilDate, _ weekday: Weekday) -> ClosedRange<CivilDate> {
        let first = date.startOfWeek(beginningOn: weekday)
        return first...(first + 6)
    }

    /// What people call the bucket that begins on a date: `2026-W53`, `2026-03`, `2026-03-08`. A week that does not begin
    /// on Monday has no ISO number and is called by its first day.
    public func label(_ first: CivilDate) -> String {
        switch self {
        case .weekFromMonday: first.isoWeek.description
        case .month: String(first.description.prefix(7))
        case .hour, .day, .weekFromSunday, .weekFromSaturday: first.description
        }
    }
}
