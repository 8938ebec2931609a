import Adapters
import FleetCore
import Platforms
import Runtime

/// Turns the fires of schedules that are due into runs, and creates partitions ahead of time.
struct ScheduleKeeper: Service {
    let name = "schedules"
    let store: ScheduleStore
    let leadership: Leadership
    let logger: Logger

    private static let turn = Duration.seconds(1)
    private static let housekeeping = Duration.seconds(3600)

    @concurrent
    func run() async {
        var partitionsDue = Deadline(nanoseconds: 0)
        while !Task.isCancelled {
            if let epoch = leadership.epoch {
                do {
                    try await keep(epoch)
                    if partitionsDue.isPast() {
                        let made = try await store.createPartitions()
                        if made > 0 { logger.info("partitions created", ["count": .int(made)]) }
                        partitionsDue = Deadline(after: Self.housekeeping)
                    }
                } catch {
                    logger.warning("schedules could not be kept", ["error.message": .string("\(error)")])
                }
            }
            try? await Task.sleep(for: Self.turn)
        }
    }

    private func keep(_ epoch: Int64) async throws {
        let (schedules, now) = try await store.due()
        for schedule in schedules {
            do {
                try await decide(schedule, now: now, epoch: epoch)
            } catch let fault as ScheduleFault {
                logger.error(
                    "schedule cannot be kept",
                    ["schedule": .string(schedule.name), "reason": .string(fault.description)]
                )
            }
        }
    }

    private func decide(_ schedule: StoredSchedule, now: Instant, epoch: Int64) async throws {
        let (cron, zone, platform) = try parts(of: schedule)
        guard var due = schedule.nextFire else {
            try await store.plan(schedule, next: cron.next(after: now, in: zone))
            return
        }
        var fires: [Instant] = []
        while due <= now, fires.count < FirePlan.limit {
            fires.append(due)
            guard let next = cron.next(after: due, in: zone) else { break }
            due = next
        }
        let plan = FirePlan(due: fires, now: now, grace: schedule.grace, catchUp: schedule.catchUp)
        var decisions: [(fire: FirePlan.Fire, run: StoredRun?)] = []
        for fire in plan.fires {
            let run = fire.verdict == .run ? try await makeRun(schedule, platform, fire.at) : nil
            decisions.append((fire, run))
        }
        try await store.decide(
            decisions,
            of: schedule,
            next: due > now ? due : cron.next(after: due, in: zone),
            lease: Leadership.lease,
            epoch: epoch
        )
        for decision in decisions {
            logger.info(
                "schedule fired",
                [
                    "schedule": .string(schedule.name), "fire_at": .string(decision.fire.at.text(.seconds)),
                    "verdict": .string(decision.fire.verdict.rawValue),
                    "run": .string(decision.run?.id.description ?? ""),
                ]
            )
        }
    }

    private func makeRun(_ schedule: StoredSchedule, _ platform: PlatformName, _ fire: Instant) async throws
        -> StoredRun
    {
        guard let collect = CollectionKind(rawValue: schedule.collect) else {
            throw ScheduleFault(description: "unknown collection \(schedule.collect)")
        }
        var generator = SystemRandomNumberGenerator()
        let code = PlatformRegistry[platform]
        return try await store.run(
            id: UUID.version7(milliseconds: ProcessClock.wallNow / 1000, using: &generator),
            platform: platform,
            collect: collect,
            lane: schedule.lane,
            dates: RunPlan.dates(
                firedAt: fire,
                platform: platform,
                collect: collect,
                lookbackDays: schedule.lookbackDays
            ),
            daysPerJob: code?.daysPerJob ?? 1,
            postsPerJob: code?.postsPerJob ?? 1
        )
    }

    private func parts(
        of schedule: StoredSchedule
    ) throws -> (cron: CronExpression, zone: TimeZoneRules, platform: PlatformName) {
        guard let platform = PlatformName(rawValue: schedule.platform) else {
            throw ScheduleFault(description: "unknown platform \(schedule.platform)")
        }
        do {
            return (try CronExpression(schedule.cron), try Zones.rules(schedule.zone), platform)
        } catch {
            throw ScheduleFault(description: "\(error)")
        }
    }
}

/// A stored schedule that makes no sense.
struct ScheduleFault: Error, CustomStringConvertible {
    let description: String
}
