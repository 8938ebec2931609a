internal import FleetCore
internal import JSON
internal import Platforms

extension FaultRule {
    static let members = [
        "kind", "platform", "endpoint", "account", "share", "until", "count", "seconds", "bytes", "text",
    ]

    init(_ entry: ControlReader) throws(ControlFault) {
        let word = try entry.required(try entry.text("kind"), "kind")
        guard let kind = Kind(rawValue: word) else {
            throw entry.fault("kind is one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.init(
            kind: kind,
            platform: try entry.platform(),
            endpoint: try entry.text("endpoint"),
            account: try entry.number("account"),
            millionths: try entry.millionths("share") ?? 1_000_000,
            until: try entry.instant("until"),
            left: try entry.number("count"),
            seconds: try entry.whole("seconds") ?? (kind == .latency ? 1 : 60),
            bytes: try entry.whole("bytes"),
            text: try entry.text("text")
        )
        guard seconds >= 0, bytes.map({ (0...(1 << 34)).contains($0) }) ?? true else {
            throw entry.fault("seconds and bytes are not negative")
        }
    }
}

extension BudgetRule {
    /// A rule as a command states it; what it leaves out stays as it was. Nil when the limit is null: the rule goes.
    init?(_ entry: ControlReader, _ name: String, _ old: BudgetRule?) throws(ControlFault) {
        if entry.has("limit") && !entry.holds("limit") { return nil }
        guard let limit = try entry.whole("limit") ?? old?.limit else { throw entry.fault("limit is missing") }
        let subject = try entry.text("subject") ?? old?.subject.rawValue ?? "account"
        let unit = try entry.text("unit") ?? old?.unit.rawValue ?? "calls"
        guard let subject = Subject(rawValue: subject), let unit = Unit(rawValue: unit) else {
            throw entry.fault("subject is app or account, unit is calls, units or micro_dollars")
        }
        self.init(
            name,
            subject,
            endpoint: entry.has("endpoint") ? try entry.text("endpoint") : old?.endpoint,
            unit: unit,
            limit: limit,
            window: try Window(entry) ?? old?.window ?? .sliding(.seconds(3600))
        )
    }
}

extension BudgetRule.Window {
    init?(_ entry: ControlReader) throws(ControlFault) {
        let length = try entry.duration("seconds")
        switch try entry.text("window") {
        case nil:
            guard let length else { return nil }
            self = .sliding(length)
        case "sliding"?: self = .sliding(try entry.required(length, "seconds"))
        case "aligned"?: self = .aligned(try entry.required(length, "seconds"))
        case "day"?: self = .day
        case "month"?: self = .month
        default: throw entry.fault("window is sliding, aligned, day or month")
        }
        if let length, length <= .zero { throw entry.fault("seconds must be positive") }
    }

    /// As a command states it.
    func write(_ writer: inout JSONWriter) {
        switch self {
        case .sliding(let length):
            writer.field("window", "sliding")
            writer.field("seconds", length.components.seconds)
        case .aligned(let length):
            writer.field("window", "aligned")
            writer.field("seconds", length.components.seconds)
        case .day: writer.field("window", "day")
        case .month: writer.field("window", "month")
        }
    }
}
