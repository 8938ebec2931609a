import FleetCore
import TestSupport

/// Subjects and readings of them whose defaults make something valid.
enum ReadingFixture {
    static let platform = PlatformName.instagram
    static let zone = platform.dayZone
    static let day = CivilDate("2026-11-16")!
    static let account = FigureSubject(id: 7, workspace: 3, platform: .instagram)

    static func job(_ number: Int) -> UUID { UUID(high: 0x01A1, low: UInt64(number)) }

    /// Metrics of a day, fetched so many hours after its end.
    static func daily(
        _ day: CivilDate,
        _ values: [MetricID: Int64],
        hours: Int = 72,
        job number: Int = 1
    ) -> ObservedReading {
        reading(.day, zone.startOfDay(day), values, at: zone.endOfDay(day) + .seconds(hours * 3600), number)
    }

    /// Metrics of the first day.
    static func daily(_ values: [MetricID: Int64], hours: Int = 72, job number: Int = 1) -> ObservedReading {
        daily(day, values, hours: hours, job: number)
    }

    /// Levels or totals at a moment, so many hours into a day.
    static func moment(
        _ day: CivilDate,
        hour: Int,
        _ values: [MetricID: Int64],
        period: Period = .instant,
        job number: Int = 1
    ) -> ObservedReading {
        let at = zone.startOfDay(day) + .seconds(hour * 3600)
        return reading(period, at, values, at: at, number)
    }

    static func reading(
        _ period: Period,
        _ start: Instant,
        _ values: [MetricID: Int64],
        at fetched: Instant,
        _ number: Int = 1
    ) -> ObservedReading {
        let metrics = values.keys.sorted()
        return ObservedReading(
            job: job(number),
            apiVersion: "v25.0",
            period: period,
            start: start,
            fetchedAt: fetched,
            metrics: metrics,
            values: metrics.map { values[$0]! }
        )
    }

    /// A history of two weeks: days read again while they settle, levels and running totals at odd hours; in the order of
    /// the fetches.
    static func history(using generator: inout SeededGenerator) -> [ObservedReading] {
        var readings: [ObservedReading] = []
        var followers = Int64.random(in: 0...5000, using: &generator)
        var total: Int64 = 0
        for step in 0..<14 {
            let now = zone.startOfDay(day + step) + .seconds(Int.random(in: 0..<86_400, using: &generator))
            followers += Int64.random(in: -40...60, using: &generator)
            total += Int64.random(in: -5...90, using: &generator)
            let number = readings.count + 1
            if Int.random(in: 0..<5, using: &generator) > 0 {
                for back in 0..<4 {
                    let values: [MetricID: Int64] = [
                        .views: .random(in: 0...900, using: &generator), .likes: .random(in: 0...90, using: &generator),
                        .comments: .random(in: 0...9, using: &generator),
                        .reach: .random(in: 0...500, using: &generator),
                    ]
                    let kept = values.filter { _ in Int.random(in: 0..<6, using: &generator) > 0 }
                    readings.append(reading(.day, zone.startOfDay(day + step - back), kept, at: now, number))
                }
            }
            if Int.random(in: 0..<4, using: &generator) > 0 {
                readings.append(reading(.instant, now, [.followers: followers], at: now, number))
            }
            if Int.random(in: 0..<3, using: &generator) > 0 {
                readings.append(reading(.lifetime, now, [.shares: total], at: now, number))
            }
            if step % 7 == 6 {
                let reach = Int64.random(in: 0...2000, using: &generator)
                readings.append(reading(.week, zone.startOfDay(day + step - 1), [.reach: reach], at: now, number))
            }
        }
        return readings.filter { !$0.metrics.isEmpty }
    }

    static func series(
        _ readings: [ObservedReading],
        _ dates: ClosedRange<CivilDate>,
        _ cut: FigureQuestion.Cut = .grain(.day),
        metrics: Set<MetricID> = [],
        notes: [GapNote] = [],
        offer: FigureOffer = FigureOffer(),
        now: Instant? = nil
    ) -> FigureSeries {
        FigureSeries(
            FigureQuestion(.subject(account.id), dates: dates, cut: cut, metrics: metrics),
            platform: platform,
            of: [SubjectReadings(account, readings.currentRows())],
            notes: [account.id: notes],
            offer: offer,
            now: now ?? zone.endOfDay(dates.upperBound) + .seconds(90 * 86_400)
        )
    }
}
