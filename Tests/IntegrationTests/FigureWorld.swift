import Adapters
import Configuration
import FleetCore
import Postgres
import Testing

/// One account in a database of its own, and results about it as workers would send them.
struct FigureWorld {
    let lab: OperatorLab
    let account: Int64
    let workspace: Int64
    static let day = CivilDate("2026-11-16")!
    static let zone = PlatformName.instagram.dayZone

    static func run(_ body: (FigureWorld) async throws -> Void) async throws {
        try await OperatorLab.run { lab in
            #expect(await lab("accounts seed --count 1 --platform instagram --without-credentials").code == .ok)
            let row = try await lab.pool.query("select id, workspace_id from flotilla.accounts").only()
            // The account was connected before everything that the tests speak of.
            try await lab.pool.query("update flotilla.accounts set created_at = '2026-11-01'")
            try await body(FigureWorld(lab: lab, account: try row.int8(0), workspace: try row.int8(1)))
        }
    }

    var reader: FigureReader { FigureReader(pool: lab.pool) }

    /// What a job found that ended so many hours after the start of the first day.
    func result(
        _ number: Int,
        hours: Int,
        _ collect: CollectionKind = .accountDaily,
        days: [Int: [MetricID: Int64]] = [:],
        levels: [MetricID: Int64] = [:],
        posts: [String: [MetricID: Int64]] = [:],
        skipped: [JobResult.Skip] = []
    ) -> JobResult {
        let fetched = Self.zone.startOfDay(Self.day) + .seconds(hours * 3600)
        func reading(_ period: Period, _ start: Reading.Start, _ values: [MetricID: Int64]) -> Reading {
            let metrics = values.keys.sorted()
            return Reading(period: period, start: start, metrics: metrics, values: metrics.map { values[$0]! })
        }
        var readings = days.sorted { $0.key < $1.key }.map { reading(.day, .date(Self.day + $0.key), $0.value) }
        if !levels.isEmpty { readings.append(reading(.instant, .moment(fetched), levels)) }
        var result = JobResult(
            job: OperatorLab.id(number),
            platform: .instagram,
            account: account,
            workspace: workspace,
            collect: collect,
            isPartial: !skipped.isEmpty,
            enqueuedAt: fetched,
            fetchedAt: fetched,
            apiVersion: "v25.0",
            requests: 2,
            skipped: skipped,
            readings: readings
        )
        let last = Self.zone.date(at: fetched)
        if collect == .accountDaily, !skipped.isEmpty { result.dates = last - 3...last }
        result.postReadings = posts.sorted { $0.key < $1.key }.map { post, values in
            PostReadings(post: post, readings: [reading(.lifetime, .moment(fetched), values)])
        }
        return result
    }

    /// Stores results as an aggregator does.
    @discardableResult
    func store(_ results: [JobResult]) async throws -> ResultStore.Summary {
        try await ResultStore(pool: lab.pool).store(results, shard: 0)
    }

    func figures(
        _ scope: FigureQuestion.Scope? = nil,
        _ dates: ClosedRange<CivilDate> = day...day + 13,
        _ cut: FigureQuestion.Cut = .grain(.day),
        asOf moment: Instant? = nil,
        now: Instant
    ) async throws -> [FigureSeries] {
        let question = FigureQuestion(scope ?? .subject(account), dates: dates, cut: cut, asOf: moment)
        return try await reader.figures(question, now: now)
    }
}
