import Adapters
import FleetCore
import Platforms
import Runtime

/// Turns the fires of schedules that are due or were asked for into runs, and creates partitions ahead of time.
struct ScheduleKeeper: Service {
    let name = "schedules"
    let store: ScheduleStore
    let leadership: Leadership
    let logger: Logger

    private static let turn = Duration.seconds(1)
    private static let housekeeping = Duration.seconds(3600)
    private static let fires = MetricsRegistry.standard.counter(
        "flotilla_fires_total",
        "Fires of schedules that were decided, by verdict.",
        labels: [MetricLabel("verdict", FirePlan.Verdict.allCases.map(\.rawValue))]
    )
    private static let lag = MetricsRegistry.standard.gauge(
        "flotilla_schedule_lag_seconds",
        "How long the oldest fire that is due has not been decided; such a fire may wait for a run on purpose."
    )

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
                        let gone = try await store.tidyFires()
                        if gone > 0 { logger.info("old fires forgotten", ["count": .int(gone)]) }
                        partitionsDue = Deadline(after: Self.housekeeping)
                    }
                } catch {
                    logger.warning("schedules could not be kept", ["error.message": .string("\(error)")])
                }
            }
            try? await Task.sleep(for: Self.turn)
        }
    }

    /// Looks at everything that is due once, as the leader of an epoch.
    func keep(_ epoch: Int64) async throws {
        let due = try await store.due()
        let oldest = due.schedules.filter(\.isEnabled).compactMap(\.nextFire).min() ?? due.now
        Self.lag.set(Double(max(0, due.now.microseconds - oldest.microseconds)) / 1e6)
        for schedule in due.schedules {
            do {
                try await decide(schedule, due.waiting[schedule.id] ?? [], now: due.now, epoch: epoch)
            } catch let fault as ScheduleFault {
                // What is wrong with one schedule must not hold up the others.
                logger.error(
                    "schedule cannot be kept",
                    ["schedule": .string(schedule.name), "reason": .string(fault.description)]
                )
            }
        }
    }

    private func decide(
        _ schedule: StoredSchedule,
        _ waiting: [FirePlan.Pending],
        now: Instant,
        epoch: Int64
    ) async throws {
        let course = try FireCourse(schedule, now: now)
        let plan = FirePlan(
            pending: waiting + course.due.map { FirePlan.Pending(at: $0) },
            isWhole: course.isWhole,
            open: schedule.open,
            now: now,
            policy: schedule.policy
        )
        let next = course.next(after: plan.fires)
        guard !plan.fires.isEmpty || next != schedule.nextFire else { return }
        var decisions: [(fire: FirePlan.Fire, run: StoredRun?)] = []
        for fire in plan.fires {
            decisions.append((fire, fire.verdict == .run ? try await makeRun(schedule, fire, now: now) : nil))
        }
        let made = try await store.decide(
            decisions,
            of: schedule,
            cancelling: plan.cancelsOpenRuns,
            next: next,
            lease: Leadership.lease,
            epoch: epoch
        )
        for (fire, run) in decisions { note(fire, run, schedule, isNew: run.map(made.contains) ?? true) }
    }

    private func note(_ fire: FirePlan.Fire, _ run: StoredRun?, _ schedule: StoredSchedule, isNew: Bool) {
        guard isNew else { return }
        Self.fires[fire.verdict.rawValue].increment(by: 1)
        logger.info(
            "schedule fired",
            [
                "schedule": .string(schedule.name), "fire_at": .string(fire.at.text(.seconds)),
                "trigger": .string(fire.trigger.rawValue), "verdict": .string(fire.verdict.rawValue),
                "reason": .string(fire.reason.rawValue), "run": .string(run?.id.description ?? ""),
            ]
        )
    }

    private func makeRun(_ schedule: StoredSchedule, _ fire: FirePlan.Fire, now: Instant) async throws -> StoredRun {
        let request = try schedule.request(for: fire)
        let code = PlatformRegistry[request.platform]
        var generator = SystemRandomNumberGenerator()
        return try await store.run(
            request,
            // By the database's clock, as everything about schedules.
            id: UUID.version7(milliseconds: now.microseconds / 1000, using: &generator),
            daysPerJob: code?.daysPerJob ?? 1,
            postsPerJob: code?.postsPerJob ?? 1
        )
    }
}

/// The fires that a schedule's own expression asks for: those that are due, and the next one.
private struct FireCourse {
    var due: [Instant] = []
    /// Whether no further ones are due.
    var isWhole = true
    /// The first one that is not among those due; nil for never.
    var next: Instant?

    init(_ schedule: StoredSchedule, now: Instant) throws {
        let expression: (cron: CronExpression, zone: TimeZoneRules)?
        do { expression = try schedule.expression() } catch { throw ScheduleFault("\(error)") }
        next = schedule.nextFire
        // A paused schedule keeps its place: what comes due meanwhile counts as missed.
        guard let (cron, zone) = expression, schedule.isEnabled else { return }
        guard let first = schedule.nextFire else {
            next = cron.next(after: now, in: zone)
            return
        }
        guard first <= now else { return }
        due = cron.fires(from: first, through: now, in: zone, limit: FirePlan.limit)
        next = cron.next(after: due.last ?? now, in: zone)
        isWhole = next.map { $0 > now } ?? true
    }

    /// Where the schedule stands once these fires are decided.
    func next(after decided: [FirePlan.Fire]) -> Instant? {
        let moments = Set(decided.map(\.at))
        return due.first { !moments.contains($0) } ?? next
    }
}
