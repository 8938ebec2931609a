public import Postgres

/// How the fleet is, in the database's words.
public struct FleetFigures: Sendable, Equatable {
    /// Jobs of the SQL door that wait to be published, and the age of the oldest.
    public var outboxRows: Int64 = 0
    public var outboxOldest = Duration.zero
    /// Notes that wait to be computed into roll-ups, and the age of the oldest of subjects.
    public var dirtyBuckets: Int64 = 0
    public var rollupLag = Duration.zero
    /// Dead letters in the ledger.
    public var deadLetters: [DeadGroup] = []

    /// The dead letters of a platform that one cause has.
    public struct DeadGroup: Sendable, Equatable {
        public var platform: String
        public var cause: String
        public var count: Int64
    }

    /// Reads them as of now.
    public static func read(from pool: Pool) async throws -> FleetFigures {
        var figures = FleetFigures()
        for row in try await pool.query("select figure, platform, cause, value from flotilla.fleet_figures()") {
            let value = try row.float8(3)
            switch try row.text(0) {
            case "outbox_rows": figures.outboxRows = Int64(value)
            case "outbox_oldest": figures.outboxOldest = .seconds(max(0, value))
            case "dirty_buckets": figures.dirtyBuckets = Int64(value)
            case "rollup_lag": figures.rollupLag = .seconds(max(0, value))
            case "dead_letters":
                figures.deadLetters.append(
                    DeadGroup(platform: try row.text(1), cause: try row.text(2), count: Int64(value))
                )
            default: break  // of a newer schema
            }
        }
        return figures
    }
}
