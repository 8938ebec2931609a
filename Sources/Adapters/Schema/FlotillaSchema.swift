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
        Migration(number: 7, name: "rollups of every length, workspaces", sql: Migration0007.sql),
        Migration(number: 8, name: "row security", sql: Migration0008.sql),
        Migration(number: 9, name: "retention, erasure", sql: Migration0009.sql),
        Migration(number: 10, name: "change feed, imports", sql: Migration0010.sql),
        Migration(number: 11, name: "reasons of gaps, reconciliation", sql: Migration0011.sql),
        Migration(number: 12, name: "reconciliation", sql: Migration0012.sql),
        Migration(number: 13, name: "audit log, dead-letter desk", sql: Migration0013.sql),
        Migration(number: 14, name: "controls, workers, queue loads", sql: Migration0014.sql),
        Migration(number: 15, name: "doors", sql: Migration0015.sql),
        Migration(number: 16, name: "overlap of schedules, what runs came to", sql: Migration0016.sql),
        Migration(number: 17, name: "figures of the fleet", sql: Migration0017.sql),
        Migration(number: 18, name: "cancelled runs, a bound for fires", sql: Migration0018.sql),
        Migration(number: 19, name: "keys of the gateway", sql: Migration0019.sql),
    ]

    /// One role per process, and those that serve tenants and people.
    public static let roles = [
        "flotilla_aggregator", "flotilla_auditor", "flotilla_dispatcher", "flotilla_gateway", "flotilla_operator",
        "flotilla_publisher", "flotilla_reader", "flotilla_refresher", "flotilla_worker",
    ]

    /// Brings a database up to date.
    public static let migrator = MigrationRunner(migrations, roles: roles)
}
