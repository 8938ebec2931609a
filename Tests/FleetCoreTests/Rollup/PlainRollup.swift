import FleetCore

/// The same buckets computed another way: straight from the list of fetches, for any stretch of days at once, with
/// dictionaries and loops. It shares nothing with the code under test but the types of the result.
struct PlainRollup {
    typealias Cell = RollupRow.Cell

    /// The newest value of a metric, and when it was fetched.
    struct Known {
        var value: Int64
        var fetched: Instant
    }

    let platform: PlatformName
    let birth: Instant?
    private var ofDays: [CivilDate: [MetricID: Known]] = [:]
    private var totals: [MetricID: [(at: Int64, value: Int64)]] = [:]
    private var levels: [MetricID: [(at: Int64, value: Int64)]] = [:]
    private var newest: Int64 = .min
    /// When days begin, counted from ``origin``; those around the history.
    private let origin: CivilDate
    private let starts: [Int64]
    private var rows: [CivilDate: RollupRow] = [:]

    init(_ history: GeneratedHistory) {
        platform = history.platform
        birth = history.birth
        let zone = history.platform.dayZone
        origin = history.first - 45
        starts = (0..<history.days + 90).map { [origin] in zone.startOfDay(origin + $0).microseconds }
        // Older fetches first, equal ones by job: what is written last stays.
        for fetch in history.fetches.sorted(by: { ($0.fetchedAt, $0.job) < ($1.fetchedAt, $1.job) }) {
            for reading in fetch.readings {
                for (metric, value) in zip(reading.metrics, reading.values) {
                    switch reading.start {
                    case .date(let date):
                        ofDays[date, default: [:]][metric] = Known(value: value, fetched: fetch.fetchedAt)
                    case .moment(let moment):
                        let point = (at: moment.microseconds, value: value)
                        newest = max(newest, moment.microseconds)
                        if reading.period == .lifetime {
                            totals[metric, default: []].append(point)
                        } else {
                            levels[metric, default: []].append(point)
                        }
                    }
                }
            }
        }
        for metric in totals.keys { totals[metric]!.sort { $0.at < $1.at } }
        for metric in levels.keys { levels[metric]!.sort { $0.at < $1.at } }
        for date in (history.first - 1)...(history.first + history.days) { rows[date] = computedDay(date) }
    }

    private func start(_ date: CivilDate) -> Int64 { starts[date - origin] }

    // MARK: Single days

    /// The difference of one counter over any stretch, told without days.
    private func difference(_ metric: MetricID, _ from: Int64, _ to: Int64) -> (net: Int64, start: Int64?, last: Int64)?
    {
        guard let points = totals[metric], let last = points.last(where: { $0.at <= to }), last.at > from else {
            return nil
        }
        if let anchor = points.last(where: { $0.at <= from }) { return (last.value - anchor.value, anchor.at, last.at) }
        if let birth, birth.microseconds <= points[0].at { return (last.value, birth.microseconds, last.at) }
        return points[0].at == last.at ? nil : (last.value - points[0].value, nil, last.at)
    }

    private func gross(_ metric: MetricID, _ from: Int64, _ to: Int64) -> Int64 {
        let points = totals[metric]!
        let memory: Int64 = 35 * 86_400_000_000
        var mark: Int64
        if let anchor = points.last(where: { $0.at <= from }) {
            mark = anchor.value
        } else if let birth, birth.microseconds <= points[0].at {
            mark = 0
        } else {
            mark = points[0].value
        }
        for point in points where point.at <= from && point.at >= from - memory { mark = max(mark, point.value) }
        var peak = mark
        for point in points where point.at > from && point.at <= to { peak = max(peak, point.value) }
        return peak - mark
    }

    private static let tolerance: Int64 = 7_200_000_000

    /// What happened on one day, every metric by itself.
    func day(_ date: CivilDate) -> RollupRow { rows[date] ?? RollupRow(cells: [], state: .open) }

    private func computedDay(_ date: CivilDate) -> RollupRow {
        let (from, to) = (start(date), start(date + 1))
        var cells: [MetricID: Cell] = [:]
        for (metric, known) in ofDays[date] ?? [:] { cells[metric] = Cell(metric: metric, value: known.value) }
        for metric in totals.keys where cells[metric] == nil {
            guard let found = difference(metric, from, to) else { continue }
            var cell = Cell(metric: metric, value: found.net)
            cell.weight = gross(metric, from, to)
            cell.flags = [.gross]
            if found.start == nil || from - found.start! > Self.tolerance { cell.flags.insert(.startEstimated) }
            if to - found.last > Self.tolerance { cell.flags.insert(.endEstimated) }
            cells[metric] = cell
        }
        for (metric, points) in levels {
            let inside = points.filter { $0.at >= from && $0.at < to }.map(\.value)
            guard let last = inside.last else { continue }
            cells[metric] = Cell(
                metric: metric,
                value: last,
                count: Int32(inside.count),
                sum: inside.reduce(0, +),
                minimum: inside.min()!,
                maximum: inside.max()!
            )
        }
        return RollupRow(cells: cells.values.sorted { $0.metric < $1.metric }, state: state(date))
    }

    private func state(_ date: CivilDate) -> RollupRow.State {
        let end = start(date + 1)
        guard let own = ofDays[date], !own.isEmpty else { return newest >= end ? .settled : .open }
        let oldest = own.values.map(\.fetched.microseconds).min()!
        if oldest < end { return .open }
        return oldest - end < platform.settlingLag.wholeMicroseconds ? .provisional : .settled
    }

    // MARK: Stretches

    /// Which metrics count as engagement, of those that the histories hold.
    private var acts: [MetricID] {
        platform == .x ? [.likes, .comments] : [.likes, .comments, .shares]
    }
    private var actsInAll: Int { platform == .youtube ? 3 : 5 }
    private var displays: MetricID { platform == .x ? .impressions : .views }

    /// A stretch from the fetches alone. Its fields are those that sums over raw readings can tell.
    func stretch(_ dates: ClosedRange<CivilDate>, natives: [MetricID: Int64]) -> [MetricID: Cell] {
        let (from, to) = (start(dates.lowerBound), start(dates.upperBound + 1))
        var cells: [MetricID: Cell] = [:]
        for metric in GeneratedHistory.ofDays {
            let values = dates.compactMap { ofDays[$0]?[metric]?.value }
            guard !values.isEmpty else { continue }
            cells[metric] = Cell(
                metric: metric,
                value: values.reduce(0, +),
                count: Int32(values.count),
                sum: values.reduce(0, +),
                minimum: values.min()!,
                maximum: values.max()!
            )
        }
        if let native = natives[.reach] {
            var cell = cells[.reach] ?? Cell(metric: .reach, value: native)
            (cell.value, cell.count, cell.flags) = (native, Int32(dates.count), .native)
            cells[.reach] = cell
        } else if var cell = cells[.reach], dates.count > 1 {
            cell.value = platform == .youtube ? 0 : cell.maximum
            cell.flags = platform == .youtube ? .undefined : [.undefined, .bounded]
            cells[.reach] = cell
        }
        cells[.avgWatchSeconds] = watchTime(dates)
        for metric in totals.keys { cells[metric] = total(metric, dates, from, to) }
        for metric in levels.keys { cells[metric] = level(metric, dates, from, to) }
        return cells
    }

    private func total(_ metric: MetricID, _ dates: ClosedRange<CivilDate>, _ from: Int64, _ to: Int64) -> Cell? {
        guard let found = difference(metric, from, to) else { return nil }
        let days = dates.compactMap { difference(metric, start($0), start($0 + 1))?.net }
        var cell = Cell(metric: metric, value: found.net)
        cell.count = Int32(days.count)
        (cell.minimum, cell.maximum) = (days.min()!, days.max()!)
        cell.weight = dates.reduce(0) { sum, date in
            difference(metric, start(date), start(date + 1)) == nil
                ? sum : sum + gross(metric, start(date), start(date + 1))
        }
        cell.flags = [.gross]
        if isStartEstimated(metric, dates, from) { cell.flags.insert(.startEstimated) }
        if to - found.last > Self.tolerance { cell.flags.insert(.endEstimated) }
        return cell
    }

    /// Whether the gain may belong to days before the stretch: the first day with a figure says so, unless the day before
    /// the stretch was read to its end.
    private func isStartEstimated(_ metric: MetricID, _ dates: ClosedRange<CivilDate>, _ from: Int64) -> Bool {
        let first = dates.first { difference(metric, start($0), start($0 + 1)) != nil }!
        let own = difference(metric, start(first), start(first + 1))!
        if let anchor = own.start, start(first) - anchor <= Self.tolerance { return false }
        guard let before = difference(metric, start(dates.lowerBound - 1), from) else { return true }
        return first == dates.lowerBound || from - before.last > Self.tolerance
    }

    private func level(_ metric: MetricID, _ dates: ClosedRange<CivilDate>, _ from: Int64, _ to: Int64) -> Cell? {
        let points = levels[metric]!
        let days = dates.compactMap { date -> (date: CivilDate, value: Int64)? in
            points.last { $0.at >= start(date) && $0.at < start(date + 1) }.map { (date, $0.value) }
        }
        guard let last = days.last else { return nil }
        let inside = points.filter { $0.at >= from && $0.at < to }.map(\.value)
        var cell = Cell(
            metric: metric,
            value: last.value,
            count: Int32(days.count),
            sum: days.reduce(0) { $0 + $1.value },
            minimum: inside.min()!,
            maximum: inside.max()!
        )
        if let opening = points.last(where: { $0.at < from && $0.at >= start(dates.lowerBound - 3) }) {
            cell.weight = opening.value
            cell.flags.insert(.opened)
        } else if days.count > 1 {
            cell.weight = days[0].value
            cell.flags.formUnion([.opened, .startEstimated])
        }
        if dates.upperBound - last.date >= 3 { cell.flags.insert(.endEstimated) }
        return cell
    }

    /// The mean over views, as an exact fraction of thousandths.
    private func watchTime(_ dates: ClosedRange<CivilDate>) -> Cell? {
        var (sum, weight, partial): (Int64, Int64, Bool) = (0, 0, false)
        var means: [Int64] = []
        for date in dates {
            guard let mean = ofDays[date]?[.avgWatchSeconds]?.value else { continue }
            means.append(mean)
            guard let views = ofDays[date]?[.views]?.value else {
                partial = true
                continue
            }
            sum += Self.nearest(Int128(mean) * Int128(views), 1_000_000)
            weight += views
        }
        guard let low = means.min(), let high = means.max() else { return nil }
        let isDay = dates.count == 1
        let value = weight > 0 ? Self.nearest(Int128(sum) * 1_000_000, Int128(weight)) : 0
        var flags: RollupRow.Flags = partial ? [.partial] : []
        if weight == 0, !isDay { flags.insert(.undefined) }
        return Cell(
            metric: .avgWatchSeconds,
            value: isDay ? means[0] : value,
            count: Int32(means.count),
            sum: sum,
            minimum: low,
            maximum: high,
            weight: weight,
            flags: flags
        )
    }

    /// The nearest whole number; of two that are equally near, the even one.
    static func nearest(_ dividend: Int128, _ divisor: Int128) -> Int64 {
        let below = dividend / divisor - (dividend % divisor < 0 ? 1 : 0)
        let low = dividend - below * divisor
        let high = divisor - low
        if low == high { return Int64(below % 2 == 0 ? below : below + 1) }
        return Int64(low < high ? below : below + 1)
    }

    /// The stretch with engagement and its rates, from the days' own figures.
    func period(_ dates: ClosedRange<CivilDate>, natives: [MetricID: Int64]) -> RollupRow {
        var cells = stretch(dates, natives: natives)
        cells[.engagementTotal] = engagement(dates)
        if let total = cells[.engagementTotal] {
            cells[.engagementRateByViews] = rateByViews(dates)
            for (rate, divisor) in [
                (MetricID.engagementRateByReach, MetricID.reach), (.engagementRateByFollowers, .followers),
            ] {
                guard let divided = cells[divisor], !divided.flags.contains(.undefined), divided.value > 0 else {
                    continue
                }
                let value = Self.nearest(Int128(total.value) * 1_000_000_000_000_000, Int128(divided.value))
                var cell = Cell(metric: rate, value: value)
                (cell.count, cell.sum, cell.weight, cell.flags) = (total.count, total.value, divided.value, total.flags)
                cells[rate] = cell
            }
        }
        return RollupRow(
            cells: cells.values.sorted { $0.metric < $1.metric },
            state: state(dates),
            expected: Int32(dates.count)
        )
    }

    private func engagement(_ date: CivilDate) -> (value: Int64, flags: RollupRow.Flags)? {
        let row = day(date)
        let parts = acts.compactMap { row[$0] }
        if parts.isEmpty { return nil }
        var flags: RollupRow.Flags = parts.count < actsInAll ? [.partial] : []
        for part in parts { flags.formUnion(part.flags.intersection([.startEstimated, .endEstimated])) }
        return (parts.reduce(0) { $0 + $1.value }, flags)
    }

    private func engagement(_ dates: ClosedRange<CivilDate>) -> Cell? {
        let days = dates.compactMap(engagement)
        guard let first = days.first, let last = days.last else { return nil }
        let sum = days.reduce(0) { $0 + $1.value }
        return Cell(
            metric: .engagementTotal,
            value: sum,
            count: Int32(days.count),
            sum: sum,
            minimum: days.map(\.value).min()!,
            maximum: days.map(\.value).max()!,
            flags: Self.outer(days.map(\.flags), first.flags, last.flags)
        )
    }

    private static func outer(_ all: [RollupRow.Flags], _ first: RollupRow.Flags, _ last: RollupRow.Flags)
        -> RollupRow.Flags
    {
        var flags = all.reduce(RollupRow.Flags()) { $0.union($1) }
        flags.subtract([.startEstimated, .endEstimated])
        return flags.union(first.intersection(.startEstimated)).union(last.intersection(.endEstimated))
    }

    private func rateByViews(_ dates: ClosedRange<CivilDate>) -> Cell? {
        var days: [(value: Int64, views: Int64, rate: Int64, flags: RollupRow.Flags)] = []
        for date in dates {
            guard let acts = engagement(date), let views = ofDays[date]?[displays]?.value, views > 0 else { continue }
            let rate = Self.nearest(Int128(acts.value) * 1_000_000_000_000_000, Int128(views))
            days.append((acts.value, views, rate, acts.flags))
        }
        guard let first = days.first, let last = days.last else { return nil }
        let (sum, weight) = (days.reduce(0) { $0 + $1.value }, days.reduce(0) { $0 + $1.views })
        return Cell(
            metric: .engagementRateByViews,
            value: Self.nearest(Int128(sum) * 1_000_000_000_000_000, Int128(weight)),
            count: Int32(days.count),
            sum: sum,
            minimum: days.map(\.rate).min()!,
            maximum: days.map(\.rate).max()!,
            weight: weight,
            flags: Self.outer(days.map(\.flags), first.flags, last.flags)
        )
    }

    private func state(_ dates: ClosedRange<CivilDate>) -> RollupRow.State {
        let filled = dates.filter { !day($0).cells.isEmpty }
        let isLater = (1...3).contains { !day(dates.upperBound + $0).cells.isEmpty }
        let isOver = isLater || (filled.last == dates.upperBound && state(dates.upperBound) != .open)
        if !isOver { return .open }
        return max(filled.map { state($0) }.min() ?? .open, .provisional)
    }
}
