import Adapters
import Configuration
import FleetCore
import JSON
import Platforms

/// `flotilla runs start | list | watch | cancel`, and in `RunsShowing` what runs came to.
enum RunsCommands {
    static let group = CommandGroup("runs", help: "One collection over all accounts of a platform.")
    static let all: [Command] = [start, list, show, accounts, summary, watch, cancel]

    /// A run by its id, or the newest.
    enum Reference: Sendable {
        case latest
        case id(FleetCore.UUID)
    }

    static let reference = Argument(
        "run",
        ValueKind<Reference>(
            shape: "a run's id, or latest",
            parse: { $0 == "latest" ? .latest : FleetCore.UUID($0).map { .id($0) } }
        ),
        help: "The run's id, or `latest`."
    )
    private static let from = Option("from", NamedDay.kind, default: .yesterday, help: "First day.")
    private static let to = Option("to", NamedDay.kind, help: "Last day; the first one when not given.").optional

    static let start = Command(
        "runs start",
        help:
            "Order a collection for every active account: account metrics of the days, or the posts, stories or demographics "
            + "of now, or the figures of all known posts. The dispatcher publishes the jobs; follow it with `runs watch`.",
        example: "flotilla runs start --platform instagram --from 2026-10-24 --to 2026-11-20 --lane bulk",
        options: [SharedOptions.platform, SharedOptions.collect, from, to, SharedOptions.lane],
        exitCodes: [.refused]
    ) { call in
        let run = try await call.withPool { pool in
            let store = ScheduleStore(pool: pool)
            let run = try await plan(call, store)
            try await store.start(run, at: call.now)
            return run
        }
        call.output.show(["run": .string(run.id.description), "expected": .int(run.expected)]) {
            call.output.print("run \(run.id)")
            call.output.note("\(Words.count(run.expected, "job")) to come; follow with `flotilla runs watch \(run.id)`")
        }
        return .ok
    }

    private static func plan(_ call: CommandCall, _ store: ScheduleStore) async throws -> StoredRun {
        let collect = call[SharedOptions.collect]
        let platform = call[SharedOptions.platform]
        let today = platform.dayZone.date(at: call.now)
        // Posts are looked for as far back as they are read by themselves, unless days are named.
        let looksBack = collect == .posts && call[from].isYesterday && call[to] == nil
        let first = looksBack ? today - 89 : call[from].date(on: platform, now: call.now)
        let last = call[to].map { $0.date(on: platform, now: call.now) } ?? (looksBack ? today : first)
        guard first <= last else { throw CommandFailure(.usage, "--from \(first) is after --to \(last)") }
        guard last <= today else {
            throw CommandFailure(
                .refused,
                "\(last) is in the future; today is \(today) where \(platform.rawValue) cuts its days"
            )
        }
        guard today - first <= JobContract.maximumAgeInDays else {
            throw CommandFailure(
                .refused,
                "\(first) is too long ago; platforms keep \(JobContract.maximumAgeInDays) days"
            )
        }
        if let code = PlatformRegistry[platform], !code.collections.contains(collect) {
            let offered = code.collections.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure(
                .refused,
                "\(code.title) has nothing to collect as \(collect.rawValue); it has \(offered)"
            )
        }
        let run = try await store.run(
            RunRequest(
                platform: platform,
                collect: collect,
                lane: call[SharedOptions.lane],
                // Everything but account metrics is of now, unless days are named.
                dates: collect == .accountDaily || call[to] != nil ? first...last : first...max(last, today)
            ),
            id: JobDraft.makeID(call.now),
            daysPerJob: PlatformRegistry[platform]?.daysPerJob ?? 1,
            postsPerJob: PlatformRegistry[platform]?.postsPerJob ?? 1
        )
        guard run.expected > 0 else {
            throw CommandFailure(
                .refused,
                collect == .postMetrics
                    ? "no post is known of an active account on \(platform.rawValue); a run of posts finds them"
                    : "there is no active account on \(platform.rawValue); `flotilla accounts add` makes one"
            )
        }
        return run
    }

    static let list = Command(
        "runs list",
        help: "The newest runs.",
        example: "flotilla runs list --limit 10",
        options: [SharedOptions.limit]
    ) { call in
        let runs = try await call.withPool { pool in
            try await ScheduleStore(pool: pool).recent(call[SharedOptions.limit])
        }
        var table = TextTable(
            "run",
            "started",
            "platform",
            "days",
            "lane",
            "state",
            ">expected",
            ">published",
            ">stored",
            ">partial",
            ">dead"
        )
        for run in runs {
            let started = Words.relative(Instant(milliseconds: run.id.milliseconds), now: call.now)
            let words = [run.id.description, started, run.platform, run.days, run.lane, run.state]
            let counts = [run.expected, run.published, run.stored, run.partial, run.dead]
            table.add(words + counts.map { Words.number($0) })
        }
        call.output.list(runs.map(\.document), table: table, empty: "no runs; `flotilla runs start` makes one")
        return .ok
    }

    static let cancel = Command(
        "runs cancel",
        help:
            "End a run before its time: no more of its jobs are published. Those that wait in queues are collected all the "
            + "same, and what was stored stays.",
        example: "flotilla runs cancel latest --reason \"the wrong days\"",
        arguments: [reference],
        options: [SchedulesCommands.reason],
        exitCodes: [.notFound, .refused]
    ) { call in
        let run = try await call.withPool { pool in
            let store = ScheduleStore(pool: pool)
            let run = try await find(call[reference], store)
            let note = AuditLog.command("run.cancel", target: "run \(run.id)", reason: call[SchedulesCommands.reason])
            guard try await store.cancel(run.id, by: AuditLog.person, reason: call[SchedulesCommands.reason], note)
            else {
                throw CommandFailure(.refused, "run \(run.id) is \(run.state) already")
            }
            return try await find(.id(run.id), store)
        }
        call.output.show(run.document) {
            call.output.print("cancelled run \(run.id): \(run.ended) of \(run.expected) jobs had ended")
        }
        return .ok
    }

    static func find(_ reference: Reference, _ store: ScheduleStore) async throws -> StoredRun {
        switch reference {
        case .latest:
            if let run = try await store.recent(1).first { return run }
            throw CommandFailure(.notFound, "there is no run yet; `flotilla runs start` makes one")
        case .id(let id):
            if let run = try await store.run(id) { return run }
            throw CommandFailure(.notFound, "there is no run \(id); see `flotilla runs list`")
        }
    }
}

extension StoredRun {
    var days: String { firstDate == lastDate ? firstDate.description : "\(firstDate) to \(lastDate)" }

    var document: JSONValue {
        [
            "run": .string(id.description), "schedule": .text(schedule), "trigger": .string(trigger.rawValue),
            "platform": .string(platform), "collect": .string(collect),
            "lane": .string(lane), "from": .string(firstDate.description), "to": .string(lastDate.description),
            "state": .string(state), "expected": .int(expected), "published": .int(published), "stored": .int(stored),
            "partial": .int(partial), "dead": .int(dead), "accounts": .int(accounts), "figures": .int(figures),
            "figures_missing": .int(missing), "started_at": .time(startedAt), "finished_at": .time(finishedAt),
            "ended_by": .string(endedBy), "ended_reason": .string(endedReason),
            "outcome": .string(RunOutcome(self).rawValue),
        ]
    }
}
