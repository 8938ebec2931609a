public import FleetCore
internal import Postgres

extension BudgetStore {
    static let rules = Command(
        """
        select platform, name, subject, endpoint, unit, "limit", window_kind, window_seconds, reserve
        from flotilla.budget_rules order by platform, name
        """
    )

    /// What an operator set.
    public func overrides() async throws -> [BudgetPlan.Override] {
        try await pool.withConnection { connection in
            try await connection.pipeline([Self.rules])[0].compactMap { try Self.override($0) }
        }
    }

    static func override(_ row: Row) throws -> BudgetPlan.Override? {
        guard let platform = PlatformName(rawValue: try row.text(0)),
            let subject = BudgetRule.Subject(rawValue: try row.text(2)),
            let unit = BudgetRule.Unit(rawValue: try row.text(4)),
            let window = BudgetRule.Window(kind: try row.text(6), seconds: try row.int8(7))
        else { return nil }
        let rule = BudgetRule(
            try row.text(1),
            subject,
            endpoint: try row.optionalText(3),
            unit: unit,
            limit: try row.optionalInt8(5),
            window: window
        )
        return BudgetPlan.Override(platform: platform, rule: rule, reserve: Int64(try row.int4(8)))
    }

    /// Sets a rule, in place of the one of the same name.
    public func set(_ override: BudgetPlan.Override) async throws {
        let rule = override.rule
        try await pool.query(
            """
            insert into flotilla.budget_rules
                (platform, name, subject, endpoint, unit, "limit", window_kind, window_seconds, reserve)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (platform, name) do update
                set subject = excluded.subject, endpoint = excluded.endpoint, unit = excluded.unit,
                    "limit" = excluded."limit", window_kind = excluded.window_kind,
                    window_seconds = excluded.window_seconds, reserve = excluded.reserve, changed_at = now()
            """,
            [
                .text(override.platform.rawValue), .text(rule.name), .text(rule.subject.rawValue),
                rule.endpoint.map { .text($0) } ?? .null, .text(rule.unit.rawValue),
                rule.limit.map { .int8($0) } ?? .null, .text(rule.window.kind), .int8(rule.window.seconds),
                .int4(Int32(override.reserve)),
            ]
        )
    }

    /// Removes what was set; false when nothing was.
    public func unset(_ platform: PlatformName, _ name: String) async throws -> Bool {
        let rows = try await pool.query(
            "delete from flotilla.budget_rules where platform = $1 and name = $2 returning name",
            [.text(platform.rawValue), .text(name)]
        )
        return !rows.isEmpty
    }
}

extension BudgetRule.Window {
    /// The window's word in the database and in files.
    public var kind: String {
        switch self {
        case .sliding: "sliding"
        case .aligned: "aligned"
        case .day: "day"
        case .month: "month"
        }
    }

    /// Its length in seconds, where it has a fixed one.
    public var seconds: Int64 {
        switch self {
        case .sliding(let length), .aligned(let length): length.components.seconds
        case .day, .month: 0
        }
    }

    /// The window of a word and a length; nil when they fit no window.
    public init?(kind: String, seconds: Int64) {
        switch kind {
        case "sliding" where seconds > 0: self = .sliding(.seconds(seconds))
        case "aligned" where seconds > 0: self = .aligned(.seconds(seconds))
        case "day": self = .day
        case "month": self = .month
        default: return nil
        }
    }
}
