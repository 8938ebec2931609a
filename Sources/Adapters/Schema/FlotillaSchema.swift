public import Postgres

/// The database's schema as this version of the fleet knows it.
public enum FlotillaSchema {
    /// All steps, in order. One that was released never changes.
    public static let migrations = [
        Migration(number: 1, name: "ledger, readings, rollups, schedules", sql: Migration0001.sql)
    ]
}
