/// One check per alert: the same question, asked of what can be seen from here. Pure.
public struct Doctor: Sendable {
    private let facts: FleetFacts

    public init(_ facts: FleetFacts) { self.facts = facts }

    /// Looks at one thing. What cannot be seen otherwise is decided by the alert's own rule, where Prometheus was asked.
    public func check(_ alert: Alert) -> Verdict {
        let verdict = look(at: alert)
        guard case .unknown = verdict, let firing = facts.firing else { return verdict }
        return firing[alert].map { .wrong("Prometheus: the rule holds, \($0)") }
            ?? .fine("Prometheus: the rule does not hold")
    }

    private func look(at alert: Alert) -> Verdict {
        switch alert {
        case .processMissing: broker(missing)
        case .noLeader:
            database { .of(!$0.hasLeader, $0.hasLeader ? "a dispatcher leads" : "no dispatcher holds the lease") }
        case .versionSkew: broker(versions)
        case .jobsTooOld: database(age)
        case .nothingFinishes: database(idle)
        case .promiseBurns: database(promises)
        case .queueWithoutConsumer: broker(consumers)
        case .deadLettersGrow:
            database { .of($0.diedLately > 20, "\(count($0.diedLately, "job")) died within a quarter of an hour") }
        case .budgetNearlySpent: budgets
        case .publishBlocked: broker(blocked)
        case .messagesReturned, .seriesRefused: .unknown("only Prometheus knows: give --prometheus")
        case .brokerAlarm: broker(alarms)
        case .brokerDiskFills: broker(disks)
        case .outboxOld:
            database {
                .of(
                    $0.outboxOldest > 60,
                    "\(count($0.outboxRows, "job")) wait in the outbox, the oldest for \(time($0.outboxOldest))"
                )
            }
        case .rollupsLag:
            database { .of($0.rollupLag > 300, "roll-ups are \(time($0.rollupLag)) behind the readings") }
        case .changesWait:
            database { .of($0.changesOldest > 300, "the oldest change waits for \(time($0.changesOldest))") }
        case .tokensBroken: database(tokens)
        case .platformVersionEnds: ends
        }
    }

    private func database(_ check: (FleetFacts.Database) -> Verdict) -> Verdict {
        facts.database.map(check) ?? .unknown("no database is configured, or it does not answer")
    }

    private func broker(_ check: (FleetFacts.Broker) -> Verdict) -> Verdict {
        facts.broker.map(check) ?? .unknown("no management address is configured, or it does not answer")
    }

    // MARK: Checks

    private func missing(_ broker: FleetFacts.Broker) -> Verdict {
        let roles = Set(broker.connections.map(\.role))
        let absent = FleetMetric.Program.needed.map(\.rawValue).filter { !roles.contains($0) }
        guard absent.isEmpty else { return .wrong("at the broker there is no \(list(absent))") }
        return .fine("dispatcher, worker and aggregator are at the broker")
    }

    private func versions(_ broker: FleetFacts.Broker) -> Verdict {
        let found = Set(broker.connections.map(\.version).filter { !$0.isEmpty }).sorted()
        return .of(found.count > 2, found.isEmpty ? "no process says its version" : "running: \(list(found))")
    }

    private func age(_ database: FleetFacts.Database) -> Verdict {
        for (lane, seconds) in database.oldestJobs {
            guard let promise = LanePromise.seconds.first(where: { $0.lane == lane })?.seconds else { continue }
            if seconds > Double(promise) { return .wrong("a job of lane \(lane) waits for \(time(seconds))") }
        }
        let oldest = database.oldestJobs.map(\.seconds).max() ?? 0
        return .fine(oldest == 0 ? "no job waits" : "the oldest job waits for \(time(oldest))")
    }

    private func idle(_ database: FleetFacts.Database) -> Verdict {
        if database.finishedLately { return .fine("jobs have finished within ten minutes") }
        return .of(database.waitingJobs > 0, "no job has finished for ten minutes, and \(database.waitingJobs) wait")
    }

    private func promises(_ database: FleetFacts.Database) -> Verdict {
        guard database.ended > 0 else { return .fine("no job has ended within an hour") }
        let share = Double(database.late) / Double(database.ended)
        // A handful of jobs is no rate.
        let isBurning = share > 14.4 * (1 - LanePromise.objective) && database.late > 10
        return .of(
            isBurning,
            "\(database.late) of \(count(database.ended, "job")) of the last hour took longer than promised"
        )
    }

    private func consumers(_ broker: FleetFacts.Broker) -> Verdict {
        let alone = broker.queues.filter { $0.messages > 0 && $0.consumers == 0 }.map(\.name)
        return .of(
            !alone.isEmpty,
            alone.isEmpty ? "every queue with messages has a consumer" : "nobody reads \(list(alone))"
        )
    }

    private func blocked(_ broker: FleetFacts.Broker) -> Verdict {
        let found = broker.connections.filter(\.isBlocked).map(\.role)
        return .of(
            !found.isEmpty,
            found.isEmpty ? "no connection is blocked" : "blocked: \(list(Array(Set(found)).sorted()))"
        )
    }

    private func alarms(_ broker: FleetFacts.Broker) -> Verdict {
        let found = broker.nodes.flatMap { node in node.alarms.map { "\($0) of \(node.name)" } }
        return .of(!found.isEmpty, found.isEmpty ? "no alarm" : "alarm: \(list(found))")
    }

    private func disks(_ broker: FleetFacts.Broker) -> Verdict {
        let tight = broker.nodes.filter { node in
            if let free = node.diskFree, let limit = node.diskLimit { free < 2 * limit } else { false }
        }
        let room =
            broker.nodes.compactMap(\.diskFree).min().map { "\($0 >> 20) MiB are free" } ?? "no node tells its disk"
        return .of(!tight.isEmpty, tight.isEmpty ? room : "nearly full: \(list(tight.map(\.name)))")
    }

    private func tokens(_ database: FleetFacts.Database) -> Verdict {
        let broken = database.brokenTokens.filter { $0.count > 0 }
        return .of(
            !broken.isEmpty,
            broken.isEmpty
                ? "no account must be connected again"
                : list(broken.map { "\($0.platform): \(count($0.count, "account"))" })
        )
    }

    private var budgets: Verdict {
        let tight = facts.budgets.filter { $0.used > 0.9 && $0.reset > 600 }.map(\.name)
        return .of(!tight.isEmpty, tight.isEmpty ? "no budget is nearly spent" : "nearly spent: \(list(tight))")
    }

    private var ends: Verdict {
        let soon = facts.versionDays.filter { $0.days < 30 }
        return .of(
            !soon.isEmpty,
            soon.isEmpty
                ? "no version that is called ends within 30 days"
                : list(soon.map { "\($0.platform): \($0.days < 0 ? "over" : "\($0.days) days left")" })
        )
    }
}

private func list(_ words: [String]) -> String { words.joined(separator: ", ") }

private func count(_ number: Int64, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

private func time(_ seconds: Double) -> String {
    switch Int64(max(0, seconds)) {
    case let s where s < 120: "\(s) s"
    case let s where s < 7200: "\(s / 60) min"
    case let s where s < 172_800: "\(s / 3600) h"
    case let s: "\(s / 86_400) days"
    }
}
