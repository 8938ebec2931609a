internal import FleetCore
internal import JSON

/// What the usage headers of an answer say. They hold JSON text; what cannot be read counts as not said.
struct GraphUsage {
    /// One limit as the headers state it.
    struct Limit: Equatable {
        /// The highest percentage stated.
        var percent: Int?
        /// Seconds until calls are answered again: the longest wait stated, when it is not zero.
        var regainSeconds: Int?
    }

    /// The application's limit.
    private(set) var app = Limit()
    /// The limit of the account or page, in whichever of its use cases is nearest to the end.
    private(set) var account = Limit()

    /// Reads `X-App-Usage` and `X-Business-Use-Case-Usage`.
    init(_ response: PlatformResponse) {
        if let header = response.header("x-app-usage") {
            var reader = JSONReader(Array(header.utf8))
            try? GraphUsage.read(&reader, into: &app)
        }
        if let header = response.header("x-business-use-case-usage") {
            var reader = JSONReader(Array(header.utf8))
            try? readUseCases(&reader)
        }
    }

    /// The longest wait that any limit states.
    var regainSeconds: Int? { [app.regainSeconds, account.regainSeconds].compactMap(\.self).max() }

    /// The limits of every Graph interface: that of the application by the hour, and that of the account by the day. What
    /// they come to depends on how many people use the application or see the account; only the headers tell.
    static let rules = [
        BudgetRule("app", .app, limit: nil, window: .sliding(.seconds(3600))),
        BudgetRule("account", .account, limit: nil, window: .sliding(.seconds(86_400))),
    ]

    /// The limits as signals for those rules.
    func signals(at now: Instant) -> [LimitSignal] {
        [("app", app), ("account", account)].compactMap { rule, limit in
            guard limit.percent != nil || limit.regainSeconds != nil else { return nil }
            return LimitSignal(
                rule: rule,
                percent: limit.percent,
                resetsAt: limit.regainSeconds.map { now + .seconds($0) }
            )
        }
    }

    /// `{"<object id>": [limit, …]}`
    private mutating func readUseCases(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while try reader.nextKey() != nil {
            guard try reader.enterArray() else { continue }
            while try reader.nextElement() { try GraphUsage.read(&reader, into: &account) }
        }
    }

    private static func read(_ reader: inout JSONReader, into limit: inout Limit) throws(JSONError) {
        guard try reader.enterObject() else { return }
        while let key = try reader.nextKey() {
            switch key {
            case "call_count", "total_cputime", "total_time":
                if let value = try reader.smallInteger() { limit.percent = max(limit.percent ?? 0, value) }
            case "estimated_time_to_regain_access":
                // In minutes. A week is longer than any window the platform has.
                if let minutes = try reader.smallInteger(), (1...10_080).contains(minutes) {
                    limit.regainSeconds = max(limit.regainSeconds ?? 0, minutes * 60)
                }
            default: break
            }
        }
    }
}
