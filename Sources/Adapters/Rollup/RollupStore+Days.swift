internal import FleetCore
internal import Postgres

extension RollupStore {
    /// Takes notes about days and computes what follows: the subjects' own rows, and those of all posts of an account.
    func computeDays(_ turn: inout Turn, on connection: Connection) async throws {
        let take = SubjectStatements.take(shard: turn.shard, after: turn.subject, limit: limit)
        let taken = try await connection.pipeline([take])[0]
        turn.taken = taken.count
        let subjects = Set(try taken.map { try $0.int8(2) })
        turn.isFull = subjects.count == limit || taken.count == limit * 8
        // Of the last one there may be more notes.
        if let last = subjects.max() { turn.subject = taken.count == limit * 8 ? last - 1 : last }
        var dirt: [RollupSubject: [DirtyDays]] = [:]
        for row in taken {
            guard try row.bool(9), let subject = try RollupSubject(row: row) else { continue }
            dirt[subject, default: []].append(try DirtyDays(row: row))
        }
        guard !dirt.isEmpty else { return }
        var rollups = dirt.map { SubjectRollup($0, $1) }
        try await Self.load(&rollups, on: connection)
        let entries = rollups.flatMap { $0.entries() }.sorted { $0.key < $1.key }
        turn.rows += try await Self.store(entries, on: connection)
        let buckets = PostsBuckets(dirt: dirt, entries: entries)
        let posts = try await buckets.entries(on: connection)
        turn.rows += try await Self.store(posts, on: connection)
        let groups = Self.groups(of: entries + posts, dirt)
        if !groups.isEmpty { _ = try await connection.pipeline([GroupStatements.mark(groups)]) }
    }

    private static func store(_ entries: [RollupEntry], on connection: Connection) async throws -> Int {
        try await connection.pipeline(RollupStatements.store(entries)).reduce(0) { $0 + $1.count }
    }

    /// The workspaces' buckets of which these rows are parts, and those of days that the writer put. Hours are not added up.
    private static func groups(of entries: [RollupEntry], _ dirt: [RollupSubject: [DirtyDays]]) -> [GroupKey] {
        let accounts = Dictionary(dirt.keys.map { ($0.account, $0) }) { first, _ in first }
        var keys: Set<GroupKey> = []
        func add(_ account: RollupSubject, _ level: RollupLevel, _ grain: Grain, _ day: CivilDate) {
            let (workspace, platform) = (account.workspace, account.platform)
            keys.insert(GroupKey(workspace: workspace, platform: platform, level: level, grain: grain, day: day))
        }
        for entry in entries where entry.key.subject == entry.account && entry.key.grain != .hour {
            if let account = accounts[entry.account] { add(account, entry.key.level, entry.key.grain, entry.day) }
        }
        for (subject, dirt) in dirt where !subject.isPost {
            for dirt in dirt where dirt.isComputed { for day in dirt.days { add(subject, .subject, .day, day) } }
        }
        return keys.sorted()
    }

    /// Loads what each subject asks for, all subjects together, step by step.
    private static func load(_ subjects: inout [SubjectRollup], on connection: Connection) async throws {
        var positions: [Int64: Int] = [:]
        for (position, rollup) in subjects.enumerated() { positions[rollup.subject.id] = position }
        func readings(_ rows: Rows) throws -> [Int: [SubjectDays.Reading]] {
            var found: [Int: [SubjectDays.Reading]] = [:]
            for row in rows {
                guard let position = positions[try row.int8(0)], let period = Period(rawValue: try row.int2(2)) else {
                    continue
                }
                let start = Instant(microseconds: try row.timestamp(1))
                found[position, default: []].append((start, period, try CurrentRow(stored: row, from: 3)))
            }
            return found
        }
        let changed = subjects.compactMap { rollup in rollup.readingsFrom.map { (rollup.subject.id, $0) } }
        if !changed.isEmpty {
            let rows = try await connection.pipeline([SubjectStatements.readings(changed)])[0]
            for (position, readings) in try readings(rows) { subjects[position].load(readings) }
            let older = subjects.compactMap { rollup in rollup.olderReadings.map { (rollup.subject.id, $0) } }
            if !older.isEmpty {
                let rows = try await connection.pipeline([SubjectStatements.moments(older)])[0]
                for (position, readings) in try readings(rows) { subjects[position].load(older: readings) }
                let sparse = subjects.flatMap { rollup in
                    rollup.sparseMetrics.map { (rollup.subject.id, $0, rollup.olderReadings!.lowerBound) }
                }
                if !sparse.isEmpty {
                    let rows = try await connection.pipeline([SubjectStatements.last(sparse)])[0]
                    for (position, readings) in try readings(rows) { subjects[position].load(older: readings) }
                }
            }
        }
        let ranges = subjects.flatMap { rollup in rollup.storedRanges.map { (rollup.subject.id, $0) } }
        let places = subjects.flatMap { rollup in rollup.nativePlaces.map { (rollup.subject.id, $0.start, $0.period) } }
        let answers = try await connection.pipeline([
            SubjectStatements.stored(ranges), SubjectStatements.natives(places),
        ])
        for row in answers[0] {
            guard let position = positions[try row.int8(0)], let grain = Grain(rawValue: try row.int2(1)),
                let content = try RollupRow(columns: row, from: 4)
            else { continue }
            let start = Instant(microseconds: try row.timestamp(2))
            subjects[position].load(stored: content, generation: try row.int4(3), grain: grain, start: start)
        }
        for (position, readings) in try readings(answers[1]) {
            for reading in readings {
                subjects[position].load(native: reading.row, period: reading.period, start: reading.start)
            }
        }
    }
}

/// The buckets of all posts of an account that may have changed, and what they come to.
private struct PostsBuckets {
    typealias Bucket = SubjectStatements.PostsBucket

    private var accounts: [Bucket: RollupSubject] = [:]

    /// - Parameter entries: the rows of subjects that changed.
    init(dirt: [RollupSubject: [DirtyDays]], entries: [RollupEntry]) {
        var subjects: [Int64: RollupSubject] = [:]
        for (subject, dirt) in dirt {
            subjects[subject.id] = subject
            // A post that came, went or was dated changes these even without any figure.
            for day in subject.isPost ? dirt.flatMap({ Array($0.days) }) : [] {
                add(subject, [.day] + subject.grains, day)
            }
        }
        for entry in entries where entry.key.subject != entry.account && entry.key.grain != .hour {
            guard let subject = subjects[entry.key.subject] else { continue }
            add(subject, [entry.key.grain], entry.day)
        }
    }

    private mutating func add(_ subject: RollupSubject, _ grains: [Grain], _ day: CivilDate) {
        for grain in grains {
            let first = grain.dates(around: day).lowerBound
            accounts[Bucket(account: subject.account, grain: grain, day: first)] = subject
        }
    }

    /// The rows that differ from the stored ones.
    func entries(on connection: Connection) async throws -> [RollupEntry] {
        guard !accounts.isEmpty else { return [] }
        let buckets = accounts.keys.sorted()
        let zones = buckets.map { accounts[$0]!.platform.dayZone }
        let bounds = zip(buckets, zones).map { bucket, zone in
            let dates = bucket.grain.dates(around: bucket.day)
            return (bucket: bucket, moments: zone.startOfDay(dates.lowerBound)..<zone.endOfDay(dates.upperBound))
        }
        let answers = try await connection.pipeline([
            SubjectStatements.posts(buckets), SubjectStatements.published(bounds),
        ])
        var members = [[RollupRow]](repeating: [], count: buckets.count)
        for row in answers[0] {
            guard let member = try RollupRow(columns: row, from: 1) else { continue }
            members[Int(try row.int8(0)) - 1].append(member)
        }
        return try answers[1].compactMap { row -> RollupEntry? in
            let position = Int(try row.int8(0)) - 1
            let (bucket, subject) = (buckets[position], accounts[buckets[position]]!)
            let wanted = RollupRow.posts(
                members[position],
                dates: bucket.grain.dates(around: bucket.day),
                published: try row.int8(1),
                rules: MetricRules.of(subject.platform)
            )
            let known = try row.optionalInt4(2)
            let stored = known == nil ? nil : try RollupRow(columns: row, from: 3)
            if wanted.cells.isEmpty ? known == nil : stored == wanted { return nil }
            let moments = bounds[position].moments
            return RollupEntry(
                RollupKey(subject: bucket.account, level: .posts, grain: bucket.grain, start: moments.lowerBound),
                account: bucket.account,
                workspace: subject.workspace,
                day: bucket.day,
                end: moments.upperBound,
                row: wanted,
                known: known ?? 0
            )
        }.sorted { $0.key < $1.key }
    }
}

extension RollupSubject {
    /// Reads workspace, account, subject and, from the sixth column on, platform, first day of the week and birth.
    fileprivate init?(row: Row) throws {
        guard let platform = PlatformName(rawValue: try row.text(6)) else { return nil }
        self.init(
            id: try row.int8(2),
            account: try row.int8(1),
            workspace: try row.int8(0),
            platform: platform,
            week: Grain(weekStart: try row.text(7)),
            birth: try row.optionalTimestamp(8).map(Instant.init(microseconds:))
        )
    }
}

extension DirtyDays {
    fileprivate init(row: Row) throws {
        self.init(
            workspace: try row.int8(0),
            account: try row.int8(1),
            subject: try row.int8(2),
            days: CivilDate(daysSinceEpoch: try row.date(3))...CivilDate(daysSinceEpoch: try row.date(4)),
            isComputed: try row.bool(5)
        )
    }
}
