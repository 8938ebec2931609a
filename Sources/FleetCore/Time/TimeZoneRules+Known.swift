extension TimeZoneRules {
    /// UTC.
    public static let utc = TimeZoneRules(name: "UTC", offset: 0)

    /// Pacific time by the law in force since 2007, so that platforms which count Pacific days work on a machine without
    /// zone files. Before 2007 it knows standard time only: load the zone file for that.
    public static let pacific = TimeZoneRules(name: "America/Los_Angeles", rule: "PST8PDT,M3.2.0,M11.1.0")!
        .expanded(from: CivilDate(unchecked: 2007, 1, 1), to: CivilDate(unchecked: 2050, 1, 1))

    /// The rules known without a zone file, by name: `UTC`, `Etc/UTC` and `America/Los_Angeles`.
    public static func known(_ name: String) -> TimeZoneRules? {
        switch name {
        case "UTC", "Etc/UTC", "Z": .utc
        case "America/Los_Angeles": .pacific
        default: nil
        }
    }

    /// A zone that never changes, `offset` seconds east of UTC.
    public init(name: String, offset: Int) {
        self.init(name: name, transitions: [], offsets: [], initialOffset: Int32(offset), continuation: nil)
    }

    /// A zone that follows one POSIX rule for all time, or nil when the rule cannot be read.
    public init?(name: String, rule: String) {
        guard let continuation = PosixZoneRule(Array(rule.utf8)) else { return nil }
        self.init(
            name: name,
            transitions: [],
            offsets: [],
            initialOffset: Int32(continuation.standardOffset),
            continuation: continuation
        )
    }

    /// The same rules with the changes of some years written out, which are found faster than the rule is worked out.
    private func expanded(from first: CivilDate, to last: CivilDate) -> TimeZoneRules {
        let end = startOfDay(last).seconds
        var second = startOfDay(first).seconds
        let before = Int32(offset(atSecond: second))
        var transitions: [Int64] = []
        var offsets: [Int32] = []
        while let next = nextTransition(after: second), next < end {
            transitions.append(next)
            offsets.append(Int32(offset(atSecond: next)))
            second = next
        }
        return TimeZoneRules(
            name: name,
            transitions: transitions,
            offsets: offsets,
            initialOffset: before,
            continuation: continuation
        )
    }
}
