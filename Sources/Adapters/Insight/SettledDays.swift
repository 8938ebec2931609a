public import FleetCore
internal import Postgres

/// Settled days of subjects as they are stored.
public struct SettledDays: Sendable {
    /// What the days are of.
    public enum Level: Int16, Sendable {
        /// The subject itself.
        case subject = 0
        /// All posts of an account.
        case posts = 1
    }

    /// Figures by subject, metric and day; undefined ones are left out.
    public private(set) var values: [Int64: [MetricID: [CivilDate: Int64]]] = [:]

    static func read(
        _ subjects: [Int64],
        _ level: Level,
        _ days: ClosedRange<CivilDate>,
        on connection: Connection
    ) async throws -> SettledDays {
        let rows = try await connection.query(
            """
            select subject_id, day, metrics, "values", flags from flotilla.rollups
            where subject_id = any ($1) and level = $2 and grain = 1 and state = $3 and day between $4 and $5
            """,
            [
                .int8Array(subjects), .int2(level.rawValue), .int2(RollupRow.State.settled.rawValue),
                .date(days.lowerBound.daysSinceEpoch), .date(days.upperBound.daysSinceEpoch),
            ]
        )
        var found = SettledDays()
        for row in rows {
            let day = CivilDate(daysSinceEpoch: try row.date(1))
            let (metrics, values, flags) = (try row.int2Array(2), try row.int8Array(3), try row.int2Array(4))
            for index in metrics.indices where values.indices.contains(index) {
                let bits = RollupRow.Flags(rawValue: flags.indices.contains(index) ? flags[index] : 0)
                guard !bits.contains(.undefined) else { continue }
                found.values[try row.int8(0), default: [:]][MetricID(rawValue: metrics[index]), default: [:]][day] =
                    values[index]
                if !bits.isDisjoint(with: [.startEstimated, .endEstimated]) {
                    found.estimated[try row.int8(0), default: [:]][MetricID(rawValue: metrics[index]), default: []]
                        .insert(day)
                }
            }
        }
        return found
    }

    /// The days whose figures rest on readings that were far from their ends: their sum is right, the single day may not be.
    public private(set) var estimated: [Int64: [MetricID: Set<CivilDate>]] = [:]
}
