import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Testing

/// Browsing, choosing and closing dead letters in a real database.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct DeadDeskTests {
    @Test func `pages follow each other without a letter missing or twice`() async throws {
        try await DeadDeskLab.run { lab in
            let letters = try await lab.die(0..<25)
            var seen: [Int64] = []
            while true {
                let page = try await lab.desk.page(LetterFilter(), after: seen.last, limit: 10)
                seen += page.map(\.id)
                if page.count < 10 { break }
            }
            #expect(seen == letters.reversed())
        }
    }

    @Test func `letters are found by cause, group, account, time and words`() async throws {
        try await DeadDeskLab.run { lab in
            try await lab.die(0..<3)
            let other = try await lab.die(
                [3],
                cause: .permission,
                detail: #"the scope "read_insights" is missing: code 190"#
            )
            func found(_ change: (inout LetterFilter) -> Void) async throws -> [Int64] {
                var filter = LetterFilter()
                change(&filter)
                #expect(try await lab.desk.count(filter) == Int64(lab.desk.page(filter, limit: 100).count))
                return try await lab.desk.page(filter, limit: 100).map(\.id)
            }
            #expect(try await found { $0.cause = "permission" } == other)
            #expect(try await found { $0.text = "scope missing" } == other)
            #expect(try await found { $0.text = "190 -scope" } == [])
            #expect(try await found { $0.account = DeadDeskLab.job(3).account } == other)
            #expect(try await found { $0.job = OperatorLab.id(3) } == other)
            #expect(try await found { $0.until = DeadDeskLab.now - .seconds(60) } == [])
            #expect(try await found { $0.since = DeadDeskLab.now - .seconds(60) }.count == 4)
            let group = try #require(try await lab.desk.page(LetterFilter(), limit: 1).first?.group)
            #expect(try await found { $0.group = group } == other)
            #expect(try await found { $0.platform = "instagram" } == [])
        }
    }

    @Test func `what differs only in numbers, ids and quotations is one group, and totals follow every change`()
        async throws
    {
        try await DeadDeskLab.run { lab in
            for number in 0..<5 {
                try await lab.die(
                    [number],
                    detail: #"attempt \#(number): "Page \#(number)" of \#(OperatorLab.id(number))"#
                )
            }
            try await lab.die([9], detail: "something else")
            let groups = try await lab.desk.groups(LetterFilter())
            #expect(groups.map(\.letters) == [5, 1])
            #expect(groups[0].pattern == #"attempt #: "…" of ID"#)
            #expect(groups[0].lastDay == 5 && groups[0].dayBefore == 0 && groups[0].hours.count == 24)
            try await lab.resolve(0..<2)
            try await lab.pool.query(
                "delete from flotilla.dead_letters where job_id = $1",
                [.uuid(OperatorLab.id(2).parameter)]
            )
            #expect(try await lab.desk.groups(LetterFilter()).map(\.letters) == [2, 1])
            #expect(try await lab.count(.resolved) == 2)
            // The long way counts the same.
            var filter = LetterFilter()
            filter.text = "attempt"
            #expect(try await lab.desk.groups(filter).map(\.letters) == [2])
        }
    }

    @Test func `a selection is frozen, and what dies later is not swept in`() async throws {
        try await DeadDeskLab.run { lab in
            let first = try await lab.die(0..<5)
            let plan = try await lab.freeze(lab.order(.discard))
            let late = try await lab.die(10..<13)
            let begun = try await lab.store.start(plan.selection, terms: .init(rate: 1), reason: "test")
            while try await lab.store.close(begun, limit: 2) {}
            #expect(try await lab.store.progress(plan.selection).closed == 5)
            #expect(try await lab.store.selection(plan.selection)?.state == .finished)
            var filter = LetterFilter()
            filter.state = .discarded
            #expect(try await lab.desk.page(filter, limit: 9).map(\.id) == first.reversed())
            #expect(try await lab.desk.page(LetterFilter(), limit: 9).map(\.id) == late.reversed())
        }
    }

    @Test func `a dry run leaves no trace`() async throws {
        try await DeadDeskLab.run { lab in
            try await lab.die(0..<5)
            #expect(try await lab.freeze(lab.order(), isKept: false).accepted == 5)
            #expect(try await lab.store.recent(10) == [])
            #expect(try await AuditLog(pool: lab.pool).entries(limit: 10) == [])
        }
    }

    @Test func `a plan names what would be refused and why`() async throws {
        try await DeadDeskLab.run { lab in
            try await lab.die(0..<10)
            try await lab.die([0])  // The same job once more.
            try await lab.die([20], body: { _ in Array("{}".utf8) })
            try await lab.pool.query(
                "update flotilla.accounts set state = 'gone' where id = $1",
                [.int8(DeadDeskLab.job(1).account)]
            )
            try await lab.pool.query(
                "update flotilla.dead_letters set replays = 3 where job_id = $1",
                [.uuid(OperatorLab.id(2).parameter)]
            )
            try await lab.pool.query(
                """
                insert into flotilla.jobs (id, state, account_id, platform, collect, enqueued_at, finished_at)
                values ($1, 'done', 4, 'x', 'account_daily', now(), now())
                """,
                [.uuid(OperatorLab.id(3).parameter)]
            )
            let day = PlatformName.x.dayZone.startOfDay(DeadDeskLab.job(4).date)
            try await lab.pool.query(
                """
                insert into flotilla.current_values (subject_id, period, start_at, workspace_id, metrics, "values", sources,
                    source_jobs, source_times)
                values ($1, 1, $2, 1, '{1}', '{5}', '{}', array[gen_random_uuid()], array[now() + interval '1 minute'])
                """,
                [.int8(DeadDeskLab.job(4).account), .timestamp(day.microseconds)]
            )
            var order = lab.order()
            order.withoutMoney = []
            let plan = try await lab.freeze(order)
            let refused = Dictionary(uniqueKeysWithValues: plan.refused.map { ($0.reason, $0.letters) })
            #expect(
                refused == [
                    .twice: 1, .breaksContract: 1, .accountGone: 1, .loop: 1, .alreadyDone: 1, .newerSuccess: 1,
                ]
            )
            #expect(plan.letters == 12 && plan.accepted == 6)
            order.allowed = [.loop, .newerSuccess, .accountGone]
            #expect(try await lab.freeze(order).accepted == 9)
            order.withoutMoney = [SpentBudget(platform: "x", workspace: 1)]
            #expect(
                try await lab.freeze(order, isKept: false).refused.contains {
                    $0.reason == .budgetSpent && $0.letters == 9
                }
            )
        }
    }

    @Test func `two selections of the same letters close each of them once`() async throws {
        try await DeadDeskLab.run { lab in
            try await lab.die(0..<4)
            let (one, two) = (try await lab.freeze(lab.order(.discard)), try await lab.freeze(lab.order(.archive)))
            for plan in [one, two] {
                let begun = try await lab.store.start(plan.selection, terms: .init(rate: 1), reason: "test")
                while try await lab.store.close(begun) {}
            }
            #expect(try await lab.store.progress(one.selection).closed == 4)
            #expect(try await lab.store.progress(two.selection).skipped == 4)
            #expect(try await lab.count(.discarded) == 4)
        }
    }

    @Test func `a selection is begun once, and only what moves can be put off`() async throws {
        try await DeadDeskLab.run { lab in
            try await lab.die(0..<2)
            let id = try await lab.freeze(lab.order()).selection
            #expect(await lab.fault { try await lab.store.pause(id, reason: "no") } == .refused)
            #expect(try await lab.store.start(id, terms: .init(rate: 1, canary: 1), reason: "go").state == .canary)
            #expect(await lab.fault { try await lab.store.start(id, terms: .init(rate: 1), reason: "go") } == .refused)
            #expect(try await lab.store.pause(id, reason: "wait").state == .paused)
            #expect(try await lab.store.resume(id, rate: 7, reason: "on").state == .canary)
            #expect(try await lab.store.stop(id, reason: "enough").state == .stopped)
            #expect(await lab.fault { try await lab.store.resume(id, reason: "on") } == .refused)
            #expect(await lab.fault { try await lab.store.stop(99, reason: "on") } == .notFound)
            let acts = try await AuditLog(pool: lab.pool).entries(target: "selection \(id)", limit: 20).map(\.action)
            #expect(acts == ["replay.stop", "replay.resume", "replay.pause", "replay.start", "replay.select"])
            #expect(try await AuditLog(pool: lab.pool).verify().faults == [])
        }
    }
}

extension DeadDeskLab {
    /// How a selection refuses.
    func fault(_ body: () async throws -> StoredSelection) async -> SelectionFault.Kind? {
        do { _ = try await body() } catch {
            return ((error as? TransactionError)?.body as? SelectionFault)?.kind
        }
        return nil
    }
}

/// The commands of the desk.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct DeadCommandTests {
    @Test func `replay shows its plan, asks for --yes, and begins by number`() async throws {
        try await DeadDeskLab.run { desk in
            let lab = desk.lab
            try await desk.die(0..<6)
            #expect(await lab("dead replay --cause transient_too_often").code == .usage)
            let dry = await lab("dead replay --cause transient_too_often --reason well --dry-run --rate 2 --json")
            #expect(try dry.json["accepted"]?.int64 == 6)
            // The rate asks for three seconds, the platform's budgets perhaps for more.
            #expect(try (dry.json["seconds"]?.int64 ?? 0) >= 3)
            let shown = await lab("dead replay --cause transient_too_often --reason well --json")
            let id = try #require(try shown.json["selection"]?.int64)
            #expect(await lab("dead discard --selection \(id) --reason well --yes").code == .refused)
            let begun = await lab("dead replay --selection \(id) --reason well --rate 5 --canary 2 --yes --json")
            #expect(try begun.json["state"]?.string == "canary" && begun.json["waiting"]?.int64 == 6)
            #expect(begun.error.contains("no dispatcher leads"))
            #expect(try await lab("dead pause \(id) --reason lunch --json").json["state"]?.string == "paused")
            #expect(try await lab("dead resume \(id) --reason back --rate 9 --json").json["rate"]?.double == 9)
            #expect(try await lab("dead stop \(id) --reason enough --json").json["state"]?.string == "stopped")
            #expect(try await lab("dead selections --json").json.array?.count == 1)
            #expect(await lab("dead progress 77").code == .notFound)
            #expect(await lab("dead replay --cause permission --reason none --yes").code == .notFound)
        }
    }

    @Test func `discard closes at once, and the desk shows what is left`() async throws {
        try await DeadDeskLab.run { desk in
            let lab = desk.lab
            let letters = try await desk.die(0..<6)
            let done = await lab("dead discard --letters \(letters[0]),\(letters[1]) --reason no --yes --json")
            #expect(try done.json["state"]?.string == "finished" && done.json["closed"]?.int64 == 2)
            #expect(
                try await lab("dead archive --letters \(letters[2]) --reason later --yes --json").json["closed"]?.int64
                    == 1
            )
            #expect(try await lab("dead list --json").json.array?.count == 3)
            #expect(try await lab("dead list --state archived --json").json[0]?["id"]?.int64 == letters[2])
            let screen = try await lab("dead --json").json
            #expect(screen["states"]?["open"]?.int64 == 3 && screen["states"]?["discarded"]?.int64 == 2)
            #expect(await lab("dead").output.contains("transient_too_often"))
            #expect(try await lab("status --json").json["dead_letters"]?["transient_too_often"]?.int64 == 3)
            #expect(try await lab("top --json").json["platforms"]?.array?.count == 8)
            #expect(await lab("dead list --account 4711").code == .notFound)
            #expect(await lab("dead list --limit 2").error.contains("the next page: --after"))
        }
    }

    @Test func `an edit shows the difference and keeps the letter's own message`() async throws {
        try await DeadDeskLab.run { desk in
            let lab = desk.lab
            let broken = String(decoding: DeadDeskLab.job(1).encoded(), as: UTF8.self).replacing(
                "bulk",
                with: "express"
            )
            let letter = try await desk.die([1], cause: .unknownLane, body: { _ in Array(broken.utf8) })[0]
            #expect(await lab("dead edit \(letter) lane=fast --reason typo").code == .refused)
            #expect(await lab("dead edit \(letter) lane --reason typo").code == .usage)
            #expect(await lab("dead edit \(letter) account=5 lane=bulk --reason typo").code == .refused)
            let made = await lab("dead edit \(letter) lane=bulk --reason typo --json")
            #expect(made.error.contains(#"lane: "express" → "bulk""#))
            #expect(try made.json["accepted"]?.int64 == 1)
            let story = try await lab("dead show \(letter) --json").json
            #expect(story["body"]?.string == broken && story["selections"]?[0]?["edited"]?.bool == true)
            let entry = try #require(
                try await AuditLog(pool: desk.pool).entries(action: "replay.select", limit: 1).first
            )
            #expect(entry.details.contains("express") && entry.details.contains("bulk"))
        }
    }

    @Test func `tokens in letters are masked wherever they are shown`() async throws {
        try await DeadDeskLab.run { desk in
            let secret = "access_token=EAABsecret0123456789abcd"
            let letter = try await desk.die(
                [1],
                detail: "refused: \(secret)",
                body: { _ in Array("{\"note\":\"\(secret)\"}".utf8) }
            )[0]
            for line in [
                "dead list", "dead list --json", "dead show \(letter)", "dead show \(letter) --json", "dead groups",
                "dead",
            ] {
                let answer = await desk.lab(line)
                #expect(answer.code == .ok && !answer.output.contains("EAABsecret"), "\(line)")
            }
        }
    }
}
