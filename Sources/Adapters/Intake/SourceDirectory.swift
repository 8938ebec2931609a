public import FleetCore
public import Postgres

/// The sources that workspaces registered: whose figures no worker collects.
public struct SourceDirectory: Sendable {
    /// Whose readings an account takes.
    public struct Owner: Sendable, Equatable {
        public var workspace: Int64
        public var platform: String
        /// Whether the account belongs to a registered source, so that readings may be pushed to it.
        public var isSource: Bool
        public var isActive: Bool
    }

    private let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// Makes every registered source known to this program, as the platforms are.
    public func introduceAll() async throws {
        try await pool.withConnection { try await Self.introduceAll(on: $0) }
    }

    /// The same, as far as a connection sees sources.
    public static func introduceAll(on connection: Connection) async throws {
        let rows = try await connection.query(
            """
            select distinct name, day_zone, (extract(epoch from settling_lag) * 1000000)::bigint from flotilla.sources
            order by name
            """
        )
        for row in rows {
            _ = PlatformName.introducedSource(
                try row.text(0),
                dayZone: try Zones.rules(try row.text(1)),
                settlingLag: .microseconds(try row.int8(2))
            )
        }
    }

    /// What is known of accounts.
    public func owners(of accounts: [Int64]) async throws -> [Int64: Owner] {
        let rows = try await pool.query(
            """
            select a.id, a.workspace_id, a.platform, s.name is not null, a.state = 'active'
            from flotilla.accounts a left join flotilla.sources s on s.workspace_id = a.workspace_id and s.name = a.platform
            where a.id = any ($1)
            """,
            [.int8Array(accounts)]
        )
        var owners: [Int64: Owner] = [:]
        for row in rows {
            owners[try row.int8(0)] = Owner(
                workspace: try row.int8(1),
                platform: try row.text(2),
                isSource: try row.bool(3),
                isActive: try row.bool(4)
            )
        }
        return owners
    }

    /// Registers a source for a workspace, with an account of it if one is named; returns the account's number. The same
    /// again changes nothing. Throws when the name stands for another zone or lag already.
    public func add(
        _ name: String,
        workspace: Int64,
        zone: String,
        lag: Duration,
        account externalID: String?
    ) async throws -> Int64? {
        try await pool.query(
            "select flotilla.add_source($1, $2, $3, $4 * interval '1 us', $5)",
            [
                .int8(workspace), .text(name), .text(zone), .int8(lag.wholeMicroseconds),
                externalID.map { .text($0) } ?? .null,
            ]
        ).only().optionalInt8(0)
    }
}

extension SourceDirectory.Owner? {
    /// The result of a push to the account, or why there is none.
    public func result(_ push: Push, now: Instant) throws(Death) -> JobResult {
        guard let self else { throw Death(.unknownAccount, "there is no account \(push.account)") }
        guard self.isSource, let platform = PlatformName(rawValue: self.platform) else {
            throw Death(.notASource, "account \(push.account) is on \(self.platform), which is no registered source")
        }
        guard self.isActive else { throw Death(.accountNotActive, "account \(push.account) is not active") }
        return push.result(platform: platform, workspace: self.workspace, now: now)
    }
}
