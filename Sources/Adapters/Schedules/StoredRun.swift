public import FleetCore
internal import Postgres

/// What a run is to collect.
public struct RunRequest: Sendable, Equatable {
    public var platform: PlatformName
    public var collect: CollectionKind
    public var lane: Lane
    public var dates: ClosedRange<CivilDate>

    public init(platform: PlatformName, collect: CollectionKind, lane: Lane, dates: ClosedRange<CivilDate>) {
        (self.platform, self.collect, self.lane, self.dates) = (platform, collect, lane, dates)
    }
}

/// A run as it is stored: one fire of a schedule, or one request of an operator.
public struct StoredRun: Sendable, Equatable {
    public var id: UUID
    public var platform: String
    public var collect: String
    public var lane: String
    public var firstDate: CivilDate
    public var lastDate: CivilDate
    public var state: String
    public var lastAccount: Int64
    public var cursor: Int64
    public var published: Int64
    public var stored: Int64
    public var partial: Int64
    public var dead: Int64
    /// Jobs that somebody did not want any more.
    public var cancelled: Int64 = 0
    /// Jobs in all, as counted when the run was made; what was published once it is.
    public var expected: Int64
    /// Accounts that it covers, as counted when it was made.
    public var accounts: Int64
    /// Figures that were stored.
    public var figures: Int64 = 0
    /// Figures that were asked for and that the platform did not give.
    public var missing: Int64 = 0
    public var trigger = FirePlan.Trigger.asked
    /// The schedule's name; nil for a run of no schedule, or of one that was removed.
    public var schedule: String?
    public var startedAt: Instant?
    public var finishedAt: Instant?
    /// Who ended it before its time, and why.
    public var endedBy = ""
    public var endedReason = ""

    /// A run that is yet to be published.
    public init(
        id: UUID,
        platform: String,
        collect: String,
        lane: String,
        dates: ClosedRange<CivilDate>,
        lastAccount: Int64,
        expected: Int64,
        accounts: Int64 = 0
    ) {
        self.id = id
        self.platform = platform
        self.collect = collect
        self.lane = lane
        firstDate = dates.lowerBound
        lastDate = dates.upperBound
        state = "planning"
        self.lastAccount = lastAccount
        (cursor, published, stored, partial, dead) = (0, 0, 0, 0, 0)
        self.expected = expected
        self.accounts = accounts
    }

    /// Jobs that ended, well or not.
    public var ended: Int64 { stored + partial + dead + cancelled }

    /// Whether nothing more of it is published or waited for.
    public var isOver: Bool { state == "finished" || state == "cancelled" }

    /// The ids between which those of its jobs lie, both included: the ledger is sorted and divided by them.
    public var jobIDs: ClosedRange<UUID> {
        let time = id.high & 0xFFFF_FFFF_FFFF_0000
        return UUID(high: time, low: 0)...UUID(high: time | 0xFFFF, low: .max)
    }

    /// Its jobs; nil when it names something that this version does not know.
    ///
    /// - Parameters:
    ///   - daysPerJob: the most days that one job covers on the platform.
    ///   - postsPerJob: the most posts that one job names there.
    public func plan(daysPerJob: Int = 1, postsPerJob: Int = 1) -> RunPlan? {
        guard let platform = PlatformName(rawValue: platform), let collect = CollectionKind(rawValue: collect),
            let lane = Lane(rawValue: lane), firstDate <= lastDate
        else { return nil }
        return RunPlan(
            run: id,
            platform: platform,
            collect: collect,
            lane: lane,
            dates: firstDate...lastDate,
            daysPerJob: daysPerJob,
            postsPerJob: postsPerJob
        )
    }

    static let columns = """
        r.id, r.platform, r.collect, r.lane, r.first_date, r.last_date, r.state, r.last_account, r.cursor, r.published,
        r.stored, r.partial, r.dead, r.expected, r.accounts, r.figures, r.missing, r."trigger",
        (select s.name from flotilla.schedules s where s.id = r.schedule_id), r.started_at, r.finished_at, r.ended_by,
        r.ended_reason, r.cancelled
        """

    init(_ row: Row) throws {
        self.init(
            id: UUID(try row.uuid(0)),
            platform: try row.text(1),
            collect: try row.text(2),
            lane: try row.text(3),
            dates: CivilDate(daysSinceEpoch: try row.date(4))...CivilDate(daysSinceEpoch: try row.date(5)),
            lastAccount: try row.int8(7),
            expected: try row.int8(13),
            accounts: try row.int8(14)
        )
        state = try row.text(6)
        cursor = try row.int8(8)
        published = try row.int8(9)
        stored = try row.int8(10)
        partial = try row.int8(11)
        dead = try row.int8(12)
        figures = try row.int8(15)
        missing = try row.int8(16)
        trigger = FirePlan.Trigger(rawValue: try row.text(17)) ?? .asked
        schedule = try row.optionalText(18)
        startedAt = try row.optionalTimestamp(19).map(Instant.init(microseconds:))
        finishedAt = try row.optionalTimestamp(20).map(Instant.init(microseconds:))
        endedBy = try row.text(21)
        endedReason = try row.text(22)
        cancelled = try row.int8(23)
    }
}

/// How a run ended, in one word.
public enum RunOutcome: String, Sendable, CaseIterable {
    case open, whole, partial, failed, cancelled

    public init(_ run: StoredRun) {
        self =
            switch run.state {
            case "cancelled": .cancelled
            case "finished": run.dead > 0 ? .failed : run.partial > 0 ? .partial : .whole
            default: .open
            }
    }
}
