public import Postgres

/// The database's schema as this version of the fleet knows it.
public enum FlotillaSchema {
    /// All steps, in order. One that was released never changes.
    public static let migrations = [
        Migration(number: 1, name: "ledger, readings, rollups, schedules", sql: Migration0001.sql),
        Migration(number: 2, name: "posts, breakdowns", sql: Migration0002.sql),
        Migration(number: 3, name: "budgets", sql: Migration0003.sql),
        Migration(number: 4, name: "credentials, connections", sql: Migration0004.sql),
        Migration(number: 5, name: "cadence", sql: Migration0005.sql),
        Migration(number: 6, name: "quarantine of refused metrics", sql: Migration0006.sql),
    ]
}
