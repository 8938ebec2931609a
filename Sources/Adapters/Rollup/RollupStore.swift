internal import FleetCore
public import Postgres

/// Computes roll-ups again where readings changed. A turn claims a shard, takes notes of it, computes, writes and
/// forgets the notes in one transaction: a roller that dies in between has done nothing, and no two work on one shard.
public struct RollupStore: Sendable {
    /// What a turn came to.
    public struct Turn: Sendable, Equatable {
        public var shard: Int16
        /// The last subject that was looked at.
        public var subject = Int64.min
        /// Notes taken.
        public var taken = 0
        /// Rows that changed.
        public var rows = 0
        /// Whether the shard may have more.
        public var isFull = false

        public init(shard: Int16) {
            self.shard = shard
        }
    }

    /// What a sweep over all shards came to.
    public struct Sweep: Sendable, Equatable {
        public var taken = 0
        public var rows = 0
        public var groups = 0
    }

    let pool: Pool
    /// The most subjects in one transaction.
    let limit: Int
    /// The most buckets of workspaces in one transaction: each may have very many members.
    static let groupLimit = 16

    public init(pool: Pool, limit: Int = 128) {
        self.pool = pool
        self.limit = limit
    }

    /// Whether anything is to be done.
    public func isDirty() async throws -> Bool {
        try await pool.query(
            "select exists (select from flotilla.dirty_days) or exists (select from flotilla.dirty_groups)"
        ).only().bool(0)
    }

    /// Goes over all shards that nobody else holds, days first, then workspaces; over each subject once, so that those which
    /// change all the time keep nobody waiting.
    ///
    /// - Parameter goOn: asked before each turn.
    public func sweep(while goOn: () -> Bool = { true }) async throws -> Sweep {
        // A source may have been registered since this program began.
        try await SourceDirectory(pool: pool).introduceAll()
        var sweep = Sweep()
        for kind in Kind.allCases {
            var last = Turn(shard: -1)
            while goOn(), let turn = try await turn(kind, after: last) {
                last = turn
                sweep.taken += turn.taken
                if kind == .days { sweep.rows += turn.rows } else { sweep.groups += turn.rows }
            }
        }
        return sweep
    }

    /// Sweeps until nothing is left that this program could take.
    public func drain() async throws {
        while try await isDirty(), try await sweep().taken > 0 {}
    }

    /// What a shard holds notes of.
    public enum Kind: String, Sendable, CaseIterable {
        case days, groups
    }

    /// One transaction over the first free shard with notes that comes after another turn's; over the same one if that turn
    /// left something. Nil when there is none.
    public func turn(_ kind: Kind, after last: Turn) async throws -> Turn? {
        try await pool.withTransaction { connection in
            let above = last.isFull ? last.shard - 1 : last.shard
            guard let row = try await connection.query(Self.claim(kind), [.int2(above)]).first else { return nil }
            var turn = Turn(shard: try row.int2(0))
            if turn.shard == last.shard { turn.subject = last.subject }
            switch kind {
            case .days: try await computeDays(&turn, on: connection)
            case .groups: try await computeGroups(&turn, on: connection)
            }
            return turn
        }
    }

    private static func claim(_ kind: Kind) -> Statement {
        switch kind {
        case .days:
            """
            select s.shard from flotilla.rollup_shards s
            where s.kind = 'days' and s.shard > $1
                and exists (select from flotilla.dirty_days d where d.shard = s.shard)
            order by s.shard limit 1 for update of s skip locked
            """
        case .groups:
            """
            select s.shard from flotilla.rollup_shards s
            where s.kind = 'groups' and s.shard > $1
                and exists (select from flotilla.dirty_groups d where d.shard = s.shard)
            order by s.shard limit 1 for update of s skip locked
            """
        }
    }

    // MARK: Workspaces

    private func computeGroups(_ turn: inout Turn, on connection: Connection) async throws {
        let limit = min(limit, Self.groupLimit)
        let taken = try await connection.pipeline([GroupStatements.take(shard: turn.shard, limit: limit)])[0]
        turn.taken = taken.count
        turn.isFull = taken.count == limit
        let keys = Set(try taken.compactMap { try GroupKey(row: $0) }).sorted()
        guard !keys.isEmpty else { return }
        let answers = try await connection.pipeline([GroupStatements.members(keys), GroupStatements.connected(keys)])
        var members = [[RollupRow]](repeating: [], count: keys.count)
        var accounts = [Int](repeating: 0, count: keys.count)
        for row in answers[0] {
            let position = Int(try row.int8(0)) - 1
            guard let member = try RollupRow(columns: row, from: 2) else { continue }
            members[position].append(member)
            // An account connected later has figures of before: it is expected to.
            if try !row.bool(1) { accounts[position] += 1 }
        }
        for row in answers[1] { accounts[Int(try row.int8(0)) - 1] += Int(try row.int8(1)) }
        let entries = keys.indices.map { index in
            let key = keys[index]
            let row = RollupRow.workspace(
                members[index],
                level: key.level,
                dates: key.dates,
                accounts: accounts[index],
                rules: MetricRules.of(key.platform)
            )
            return GroupEntry(key: key, row: row)
        }
        turn.rows = try await connection.pipeline(GroupStatements.store(entries)).reduce(0) { $0 + $1.count }
    }
}

extension GroupKey {
    /// Reads workspace, platform, level, grain and day; nil when they make no sense any more.
    init?(row: Row) throws {
        guard let platform = PlatformName(rawValue: try row.text(1)),
            let level = RollupLevel(rawValue: try row.int2(2)),
            let grain = Grain(rawValue: try row.int2(3))
        else { return nil }
        self.init(
            workspace: try row.int8(0),
            platform: platform,
            level: level,
            grain: grain,
            day: CivilDate(daysSinceEpoch: try row.date(4))
        )
    }
}
