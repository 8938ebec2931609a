public import FleetCore
internal import Postgres

extension ChangeStore {
    /// Which buckets to tell of again.
    public struct Selection: Sendable {
        /// Written since; a writer's transaction may have begun a little before it committed.
        public var since: Instant
        public var workspace: Int64?
        public var platform: String?
        public var account: Int64?
        public var grain: Grain?

        public init(
            since: Instant,
            workspace: Int64? = nil,
            platform: String? = nil,
            account: Int64? = nil,
            grain: Grain? = nil
        ) {
            (self.since, self.workspace, self.platform) = (since, workspace, platform)
            (self.account, self.grain) = (account, grain)
        }

        var parameters: [Parameter] {
            [
                .timestamp(since.microseconds), workspace.map { .int8($0) } ?? .null,
                platform.map { .text($0) } ?? .null, account.map { .int8($0) } ?? .null,
                grain.map { .int2($0.rawValue) } ?? .null,
            ]
        }
    }

    private static let condition = """
        r.changed_at >= $1 and ($2::bigint is null or r.workspace_id = $2) and ($3::text is null or a.platform = $3)
            and ($4::bigint is null or a.id = $4) and ($5::smallint is null or r.grain = $5)
        """

    /// How many buckets a selection has.
    public func count(_ selection: Selection) async throws -> Int64 {
        let statement = "select count(*) from \(BucketColumns.source) where \(Self.condition)"
        return try await pool.query(Statement(dynamic: statement), selection.parameters).only().int8(0)
    }

    /// Hands the events of a selection to `publish`, in constant memory, until it says no; returns how many.
    public func replay(_ selection: Selection, publish: ([ChangeEvent]) async throws -> Bool) async throws -> Int64 {
        let statement = "select \(BucketColumns.list) from \(BucketColumns.source) where \(Self.condition)"
        return try await pool.withStream(Statement(dynamic: statement), selection.parameters, chunk: 500) { stream in
            var count: Int64 = 0
            for try await rows in stream {
                guard try await publish(try rows.map { ChangeEvent(try BucketColumns.bucket($0)) }) else { break }
                count += Int64(rows.count)
            }
            return count
        }
    }
}
