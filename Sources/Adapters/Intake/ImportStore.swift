public import FleetCore
public import Postgres

/// Keeps the ledger of imported files, and reads what a file is held against.
public struct ImportStore: Sendable {
    /// Whose history a file is.
    public struct Target: Sendable {
        public var account: Int64
        public var workspace: Int64
        public var platform: PlatformName
        public var isActive: Bool
        /// By the database's clock, taken before anything else is read.
        public var now: Instant
    }

    /// One file with what it means.
    public struct File: Sendable {
        public var name: String
        public var sha256: [UInt8]
        public var mapping: ImportMapping
        /// When the platform made it, if that is known.
        public var exportedAt: Instant?

        public init(name: String, sha256: [UInt8], mapping: ImportMapping, exportedAt: Instant?) {
            (self.name, self.sha256, self.mapping, self.exportedAt) = (name, sha256, mapping, exportedAt)
        }

        /// What decides what the content means: a file is taken once on the same terms.
        var terms: String { mapping.fingerprint + (exportedAt.map { "@\($0.text(.microseconds))" } ?? "") }
    }

    /// An import as the ledger has it.
    public struct Entry: Sendable, Equatable {
        public var id: FleetCore.UUID
        public var fetchedAt: Instant
        public var finishedAt: Instant?
    }

    private let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// The account, or nil when there is none or its platform is unknown.
    public func target(_ account: Int64) async throws -> Target? {
        let rows = try await pool.query(
            """
            select workspace_id, platform, state in ('active', 'paused', 'needs_reconnect'), clock_timestamp()
            from flotilla.accounts where id = $1
            """,
            [.int8(account)]
        )
        guard let row = rows.first, let platform = PlatformName(rawValue: try row.text(1)) else { return nil }
        return Target(
            account: account,
            workspace: try row.int8(0),
            platform: platform,
            isActive: try row.bool(2),
            now: Instant(microseconds: try row.timestamp(3))
        )
    }

    /// The same file on the same terms, if it was begun before.
    public func entry(_ file: File, of account: Int64) async throws -> Entry? {
        try await pool.query(
            """
            select id, fetched_at, finished_at from flotilla.imports
            where account_id = $1 and sha256 = $2 and mapping = $3
            """,
            [.int8(account), .bytes(file.sha256), .text(file.terms)]
        ).first.map { row in
            Entry(
                id: UUID(try row.uuid(0)),
                fetchedAt: Instant(microseconds: try row.timestamp(1)),
                finishedAt: try row.optionalTimestamp(2).map(Instant.init(microseconds:))
            )
        }
    }

    /// Notes that a file is being imported; when somebody noted it meanwhile, that entry stays.
    public func begin(
        _ file: File,
        _ target: Target,
        fetchedAt: Instant,
        readings: Int,
        refused: Int,
        using generator: inout some RandomNumberGenerator
    ) async throws {
        let id = UUID.version7(milliseconds: target.now.milliseconds, using: &generator)
        _ = try await pool.query(
            """
            insert into flotilla.imports (id, workspace_id, account_id, sha256, mapping, file_name, fetched_at, is_stated,
                readings, refused)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing
            """,
            [
                .uuid(id.parameter), .int8(target.workspace), .int8(target.account), .bytes(file.sha256),
                .text(file.terms), .text(file.name), .timestamp(fetchedAt.microseconds),
                .bool(file.exportedAt != nil), .int4(Int32(clamping: readings)), .int4(Int32(clamping: refused)),
            ]
        )
    }

    /// Notes that everything of an import is stored.
    public func finish(_ id: FleetCore.UUID) async throws {
        _ = try await pool.query(
            "update flotilla.imports set finished_at = clock_timestamp() where id = $1 and finished_at is null",
            [.uuid(id.parameter)]
        )
    }

    /// Holds a file's values against what is stored in their places.
    public func plan(
        _ values: [ImportReading.Value],
        _ target: Target,
        period: Period,
        fetchedAt: Instant,
        isStated: Bool
    ) async throws -> ImportPlan {
        let stored = period == .day ? try await stored(values, target) : [:]
        var plan = ImportPlan(fetchedAt: fetchedAt, isStated: isStated, period: period)
        for value in values {
            let place = value.day.map { Place(post: value.post, start: target.platform.dayZone.startOfDay($0)) }
            plan.take(value, stored: place.flatMap { stored[$0]?[value.metric] })
        }
        return plan
    }

    private struct Place: Hashable {
        var post: String?
        var start: Instant
    }

    /// The stored days of the account, and of its posts, in the span of the values.
    private func stored(
        _ values: [ImportReading.Value],
        _ target: Target
    ) async throws -> [Place: [MetricID: ImportPlan.Stored]] {
        let days = values.compactMap(\.day)
        guard let first = days.min(), let last = days.max() else { return [:] }
        let zone = target.platform.dayZone
        let ofPosts = values.contains { $0.post != nil }
        let statement: Statement =
            ofPosts
            ? """
            select p.external_id, c.start_at, c.metrics, c."values", c.sources, c.source_jobs, c.source_times
            from flotilla.posts p join flotilla.current_values c on c.subject_id = p.id
            where p.account_id = $1 and c.period = 1 and c.start_at >= $2 and c.start_at < $3
            """
            : """
            select null::text, c.start_at, c.metrics, c."values", c.sources, c.source_jobs, c.source_times
            from flotilla.current_values c
            where c.subject_id = $1 and c.period = 1 and c.start_at >= $2 and c.start_at < $3
            """
        let rows = try await pool.query(
            statement,
            [
                .int8(target.account), .timestamp(zone.startOfDay(first).microseconds),
                .timestamp(zone.endOfDay(last).microseconds),
            ]
        )
        var stored: [Place: [MetricID: ImportPlan.Stored]] = [:]
        for row in rows {
            let place = Place(post: try row.optionalText(0), start: Instant(microseconds: try row.timestamp(1)))
            for entry in try CurrentRow(stored: row, from: 2).entries {
                stored[place, default: [:]][entry.metric] = ImportPlan.Stored(
                    value: entry.value,
                    fetchedAt: entry.source.fetchedAt,
                    job: entry.source.job
                )
            }
        }
        return stored
    }
}
