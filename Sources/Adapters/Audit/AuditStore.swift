public import FleetCore
public import Postgres

/// Reads the store for an audit: everything as of one moment, in the memory of one subject.
public struct AuditStore: Sendable {
    let pool: Pool

    /// How many connections an audit takes at once.
    public static let connections = 3

    /// - Parameter pool: must have room for ``connections``.
    public init(pool: Pool) {
        self.pool = pool
    }

    /// Holds the ledger, the observations, the current values, the rollups and the runs' counts against each other.
    ///
    /// - Parameter progress: told now and then how many subjects were examined.
    public func examine(progress: (Int64) -> Void = { _ in }) async throws -> AuditReport {
        try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) { connection in
            var report = AuditReport()
            try await Self.examineLedger(connection, into: &report)
            try await Self.examineRuns(connection, into: &report)
            try await Self.examinePosts(connection, into: &report)
            // The other connections see what this one sees.
            let snapshot = try await connection.query("select pg_export_snapshot()").only().text(0)
            let pending = try await PendingRollups(connection)
            let floors = try await StoredFloors(connection)
            report.add(try await examineSubjects(connection, snapshot: snapshot, pending.subjects, floors, progress))
            try await withSnapshot(snapshot) { second in
                try await examineGroups(connection, second, pending, into: &report)
            }
            return report
        }
    }

    private func examineSubjects(
        _ connection: Connection,
        snapshot: String,
        _ pending: Set<Int64>,
        _ floors: StoredFloors,
        _ progress: (Int64) -> Void
    ) async throws -> AuditReport {
        try await withSnapshot(snapshot) { second in
            try await withSnapshot(snapshot) { third in
                try await connection.withStream(SubjectReader.readings) { readings in
                    try await second.withStream(SubjectReader.rows) { rows in
                        try await third.withStream(SubjectReader.rollups) { rollups in
                            var reader = SubjectReader(
                                readings: readings,
                                rows: rows,
                                rollups: rollups,
                                pending: pending,
                                floors: floors
                            )
                            var report = AuditReport()
                            var count: Int64 = 0
                            while let subject = try await reader.next() {
                                subject.examine(into: &report)
                                count += 1
                                if count % 1000 == 0 { progress(count) }
                            }
                            return report
                        }
                    }
                }
            }
        }
    }

    private func withSnapshot<Value>(
        _ snapshot: String,
        _ body: (Connection) async throws -> Value
    ) async throws -> Value {
        try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) { connection in
            // The statement takes no parameters; the name is the server's own.
            let name = snapshot.filter { $0.isHexDigit || $0 == "-" }
            try await connection.execute(script: "set transaction snapshot '\(name)'")
            return try await body(connection)
        }
    }
}
