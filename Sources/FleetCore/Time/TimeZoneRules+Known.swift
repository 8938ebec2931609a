extension TimeZoneRules {
    /// UTC.
    public static let utc = TimeZoneRules(name: "UTC", offset: 0)

    /// Pacific time by the law in force since 2007, so that platforms which count Pacific days work on a machine without
    /// zone files. Dates before 2007 come out an hour wrong in spring and autumn: load the zone file for those.
    public static let pacific = TimeZoneRules(name: "America/Los_Angeles", rule: "PST8PDT,M3.2.0,M11.1.0")!

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
}
