/// One step of the schema.
public struct Migration: Sendable, Hashable {
    /// Its place in the order, from 1. Never re-used.
    public let number: Int
    /// A short name for people.
    public let name: String
    /// One or more statements; they run in one transaction and must not hold one of their own.
    public let sql: String

    /// - Precondition: numbers ascend within one runner.
    public init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }
}

/// What is to be done, from what the program brings and what the database says it has. Pure.
struct MigrationPlan {
    struct Applied: Equatable {
        let number: Int
        let name: String
        let checksum: String
    }

    let pending: [Migration]

    /// - Parameter checksums: those of the migrations, in the same order.
    init(_ migrations: [Migration], checksums: [String], applied: [Applied]) throws(PostgresError) {
        precondition(migrations.count == checksums.count, "every migration has a checksum")
        for (left, right) in zip(migrations, migrations.dropFirst()) {
            precondition(left.number < right.number, "migrations are given in ascending order")
        }
        let known = Dictionary(uniqueKeysWithValues: zip(migrations.map(\.number), zip(migrations, checksums)))
        for one in applied {
            guard let (migration, checksum) = known[one.number] else {
                throw PostgresError(
                    .migrationNewer,
                    "the database has migration \(one.number) (\(one.name)), which this program does not know: "
                        + "the database is newer than the program"
                )
            }
            guard checksum == one.checksum else {
                throw PostgresError(
                    .migrationChanged,
                    "migration \(one.number) (\(migration.name)) was changed after it had been applied"
                )
            }
        }
        let done = Set(applied.map(\.number))
        pending = migrations.filter { !done.contains($0.number) }
        if let last = applied.map(\.number).max(), let early = pending.first(where: { $0.number < last }) {
            throw PostgresError(
                .migrationChanged,
                "migration \(early.number) (\(early.name)) is missing although a later one has been applied"
            )
        }
    }
}
