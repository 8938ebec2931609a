public import FleetCore
internal import Postgres

/// A schedule as it is stored.
public struct StoredSchedule: Sendable, Equatable {
    public var id: Int64
    public var name: String
    /// Five fields, or ``onDemand``.
    public var cron: String
    public var zone: String
    public var platform: String
    public var collect: String
    public var lane: String
    public var lookbackDays: Int
    public var policy: FirePlan.Policy
    /// Whether it fires by itself; otherwise it is paused, until `pausedUntil` if that is set.
    public var isEnabled: Bool
    public var pausedUntil: Instant?
    public var pausedReason: String
    public var nextFire: Instant?
    /// Its runs that are not over.
    public var open: FirePlan.OpenRuns
    /// Fires that were asked for and wait.
    public var waiting: Int

    /// In the place of an expression: it fires only when somebody asks.
    public static let onDemand = "none"

    /// Whether it fires by an expression of its own.
    public var hasExpression: Bool { cron != Self.onDemand }

    /// When it fires by itself; nil for a schedule that fires only when asked. Throws when expression or zone make no sense.
    public func expression() throws -> (cron: CronExpression, zone: TimeZoneRules)? {
        hasExpression ? (try CronExpression(cron), try Zones.rules(zone)) : nil
    }

    /// The run of a fire, yet to be counted. Throws ``ScheduleFault`` when this version does not know what it names.
    public func request(for fire: FirePlan.Fire) throws -> RunRequest {
        guard let platform = PlatformName(rawValue: platform) else {
            throw ScheduleFault("unknown platform \(platform)")
        }
        guard let collect = CollectionKind(rawValue: collect) else {
            throw ScheduleFault("unknown collection \(collect)")
        }
        guard let lane = Lane(rawValue: lane) else { throw ScheduleFault("unknown lane \(lane)") }
        return RunRequest(
            platform: platform,
            collect: collect,
            // What is past must not stand in front of what is due.
            lane: fire.trigger == .backfill ? .bulk : lane,
            dates: RunPlan.dates(
                firedAt: fire.at,
                platform: platform,
                collect: collect,
                lookbackDays: lookbackDays
            )
        )
    }

    static let columns = """
        s.id, s.name, s.cron, s.zone, s.platform, s.collect, s.lane, s.lookback_days, extract(epoch from s.grace)::float8,
        s.catch_up, s.overlap, s.enabled, s.paused_until, s.paused_reason, s.next_fire_at,
        (select count(*) from flotilla.runs r where r.schedule_id = s.id and r.state in ('planning', 'published')
            and r."trigger" <> 'backfill'),
        (select count(*) from flotilla.runs r where r.schedule_id = s.id and r.state in ('planning', 'published')
            and r."trigger" = 'backfill'),
        (select count(*) from flotilla.fires f where f.schedule_id = s.id and f.verdict = 'waiting')
        """

    init(_ row: Row) throws {
        id = try row.int8(0)
        name = try row.text(1)
        cron = try row.text(2)
        zone = try row.text(3)
        platform = try row.text(4)
        collect = try row.text(5)
        lane = try row.text(6)
        lookbackDays = Int(try row.int4(7))
        policy = FirePlan.Policy(
            grace: .seconds(try row.float8(8)),
            catchUp: FirePlan.CatchUp(rawValue: try row.text(9)) ?? .once,
            overlap: FirePlan.Overlap(rawValue: try row.text(10)) ?? .wait
        )
        isEnabled = try row.bool(11)
        pausedUntil = try row.optionalTimestamp(12).map(Instant.init(microseconds:))
        pausedReason = try row.text(13)
        nextFire = try row.optionalTimestamp(14).map(Instant.init(microseconds:))
        open = FirePlan.OpenRuns(present: Int(try row.int8(15)), backfills: Int(try row.int8(16)))
        waiting = Int(try row.int8(17))
    }
}

/// A stored schedule that makes no sense.
public struct ScheduleFault: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
