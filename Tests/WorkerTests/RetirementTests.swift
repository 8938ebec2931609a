import Beacon
import FleetCore
import Platforms
import Postgres
import Runtime
import Testing

@testable import Worker

@Suite("A metric that a platform retires", .enabled(if: WorkerLab.isAvailable))
struct RetirementTests {
    /// Eleven names, so 2·log2(11) + 2.
    static let bound = 8

    private static func metrics(_ result: JobResult) -> Set<MetricID> { Set(result.readings.flatMap(\.metrics)) }

    private static let all: Set<MetricID> = [
        .views, .reach, .likes, .comments, .shares, .saves, .profileViews, .clicks, .engagements, .followersGained,
        .followersLost, .followers,
    ]

    @Test(arguments: ["seen", "kept", "left"])
    func `is found by halving, everything else arrives, and there is one alert`(name: String) async throws {
        try await WorkerLab.run { lab in
            lab.beacon.rule { $0.figures = [name] }
            let first = try await lab.member()
            let result = try await first.result()
            #expect(Self.metrics(result).count == Self.all.count - 1)
            #expect(result.isPartial)
            #expect(result.skipped == [.init(metric: name, reason: "retired")])
            let calls = lab.beacon.calls.filter { $0.contains("/figures") }
            #expect(calls.count <= Self.bound, "\(calls)")
            #expect(first.alerts.count == 1, "\(first.log.lines)")

            lab.beacon.forget()
            let second = try await lab.member()
            let later = try await second.result()
            #expect(lab.beacon.calls.count == 2)
            #expect(later.isPartial && later.skipped == [.init(metric: name, reason: "retired")])
            #expect(Self.metrics(later) == Self.metrics(result))
            #expect(second.alerts.isEmpty)
            let row = try await lab.pool.query("select metric, found_by, scope, calls from flotilla.refused_metrics")
                .only()
            try #expect(row.text(0) == name && row.text(1) == "search" && row.text(2) == "figures")
            try #expect(Int(row.int4(3)) < calls.count + 1)
        }
    }

    @Test func `is found in one call when the platform names it`() async throws {
        try await WorkerLab.run { lab in
            lab.beacon.rule {
                $0.figures = ["kept", "acts"]
                $0.names = true
            }
            let member = try await lab.member()
            let result = try await member.result()
            #expect(Set(result.skipped.map(\.metric)) == ["kept", "acts"])
            #expect(lab.beacon.calls.filter { $0.contains("/figures") }.count == 2)
            #expect(member.alerts.count == 1)
        }
    }

    @Test(arguments: [["seen", "left"], ["seen", "seen_by"], ["joined", "left"], ["kept", "visits"]])
    func `may be two at once`(names: [String]) async throws {
        try await WorkerLab.run { lab in
            lab.beacon.rule { $0.figures = Set(names) }
            let result = try await lab.member().result()
            #expect(Set(result.skipped.map(\.metric)) == Set(names))
            #expect(Self.metrics(result).count == Self.all.count - 2)
            #expect(lab.beacon.calls.filter { $0.contains("/figures") }.count <= 2 * 4 + 2)
        }
    }

    @Test func `may be refused for one kind of post only`() async throws {
        try await WorkerLab.run { lab in
            lab.beacon.rule { $0.posts = [("r", ["kept"])] }
            let posts = (1...3).flatMap { number in
                [
                    Assignment.Post(externalID: "r\(number)", kind: .reel),
                    Assignment.Post(externalID: "v\(number)", kind: .video),
                ]
            }
            let member = try await lab.member()
            let result = try await member.result(.postMetrics, posts: posts)
            for readings in result.postReadings {
                let expected: [MetricID] =
                    readings.post.hasPrefix("r") ? [.views, .likes, .comments] : [.views, .likes, .comments, .saves]
                #expect(readings.readings.map(\.metrics) == [expected], "\(readings.post)")
            }
            #expect(result.postReadings.count == 6)
            #expect(result.skipped == [.init(metric: "kept", reason: "retired")])
            #expect(member.alerts.count == 1)
            lab.beacon.forget()
            let later = try await member.result(.postMetrics, posts: posts)
            #expect(later.postReadings.count == 6)
            #expect(lab.beacon.calls.count == 2, "one call for each set of names")
            // The account's metric of the same name is another one.
            #expect(Self.metrics(try await member.result()) == Self.all)
        }
    }

    @Test func `is looked for in vain when the error is about no metric`() async throws {
        try await WorkerLab.run { lab in
            lab.beacon.rule { $0.everything = "no_such_name" }
            let member = try await lab.member()
            guard case .retry(.deprecatedMetric, let detail, _) = try await member.attempt() else {
                Issue.record("the job did not wait for a later day")
                return
            }
            #expect(detail.contains("no metric of the call is at fault"))
            #expect(lab.beacon.calls.count <= 2 * 4 + 2)
            #expect(member.alerts.count == 1)
            try #expect(await lab.pool.query("select from flotilla.refused_metrics").count == 0)
            lab.beacon.forget()
            guard case .retry = try await lab.member().attempt() else {
                Issue.record("the job did not wait for a later day")
                return
            }
            #expect(lab.beacon.calls.count == 1, "nobody searches again at once")
        }
    }

    @Test func `is looked for by one worker while the others wait`() async throws {
        try await WorkerLab.run { lab in
            lab.beacon.rule { $0.figures = ["remarks"] }
            let members = [try await lab.member(), try await lab.member(), try await lab.member()]
            let outcomes = try await withThrowingTaskGroup(of: JobOutcome.self) { group in
                for member in members {
                    for _ in 0..<4 { group.addTask { try await member.attempt() } }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let finished = outcomes.filter { if case .finished = $0 { true } else { false } }
            let waiting = outcomes.filter { if case .snooze(.deprecatedMetric, _, _) = $0 { true } else { false } }
            #expect(finished.count >= 1 && finished.count + waiting.count == outcomes.count, "\(outcomes)")
            let narrower = lab.beacon.calls.filter { call in
                call.contains("/figures") && call.split(separator: ",").count < 11
            }
            let again = finished.count - 1
            #expect(narrower.count <= Self.bound + again, "\(narrower)")
            #expect(members.flatMap(\.alerts).count == 1)
            for member in members {
                await member.shield.refresh()
                #expect(try await member.result().isPartial)
            }
        }
    }

    @Test func `is tested once a day, and released when it is served again`() async throws {
        try await WorkerLab.run { lab in
            lab.beacon.rule { $0.figures = ["kept"] }
            let member = try await lab.member()
            _ = try await member.result()
            let due = "update flotilla.refused_metrics set test_after = now() - interval '1 second'"
            _ = try await lab.pool.query(Statement(dynamic: due))
            await member.shield.refresh()
            lab.beacon.forget()
            #expect(try await member.result().isPartial)
            #expect(lab.beacon.calls.filter { $0.hasSuffix(" kept") }.count == 1)
            lab.beacon.forget()
            _ = try await member.result()
            #expect(lab.beacon.calls.filter { $0.hasSuffix(" kept") }.isEmpty, "only one test a day")

            lab.beacon.rule { $0.figures = [] }
            _ = try await lab.pool.query(Statement(dynamic: due))
            await member.shield.refresh()
            let result = try await member.result()
            #expect(Self.metrics(result) == Self.all && !result.isPartial)
            lab.beacon.forget()
            #expect(try await !member.result().isPartial)
            #expect(lab.beacon.calls.count == 2)
        }
    }

    @Test func `comes back to quarantine with a new alert when it is refused again`() async throws {
        try await WorkerLab.run { lab in
            lab.beacon.rule { $0.figures = ["kept"] }
            let member = try await lab.member()
            _ = try await member.result()
            _ = try await lab.pool.query("update flotilla.refused_metrics set released_at = now()")
            await member.shield.refresh()
            _ = try await member.result()
            #expect(member.alerts.count == 2)
        }
    }
}
