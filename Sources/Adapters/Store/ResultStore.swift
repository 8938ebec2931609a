public import FleetCore
public import Postgres

/// Writes batches of results: ledger, observations, current values, rollups and the counts of runs, all in one
/// transaction. The same batch again changes nothing, so a batch whose commit is in doubt is simply written again.
public struct ResultStore: Sendable {
    /// What a batch came to.
    public struct Summary: Sendable, Equatable {
        /// Results recorded for the first time.
        public var recorded = 0
        /// Results whose job the ledger already knew as ended, or whose account was erased: nothing of them is stored.
        public var repeated = 0
        public var changedRows = 0
        public var rollups = 0
        /// Synthetic results for workspaces that are no sandboxes; they went to the dead letters.
        public var refused = 0
        /// Settled figures that changed beyond the threshold.
        public var restatements: [Restatement] = []
    }

    private let pool: Pool
    private let sandboxes = Sandboxes()

    public init(pool: Pool) {
        self.pool = pool
    }

    /// Session settings for the pool's address: the statements are all lookups by key, and while the tables are small the
    /// planner would choose scans, keep those plans, and start its compiler for them.
    public static let sessionSettings = [
        "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "jit": "off",
        "plan_cache_mode": "force_generic_plan",
    ]

    /// Stores the batch. `shard` is the one that all results belong to; no two writers of one shard work at once.
    public func store(_ results: [JobResult], shard: Int) async throws -> Summary {
        var batch = Self.unique(results)
        let refused = try await sandboxes.refused(batch, pool)
        if !refused.isEmpty {
            _ = try await DeadLetterStore(pool: pool).store(refused.map { DeadLetter(refused: $0) })
            let jobs = Set(refused.map(\.job))
            batch.removeAll { jobs.contains($0.job) }
        }
        guard !batch.isEmpty else { return Summary(refused: refused.count) }
        var summary = try await pool.withConnection { [batch] connection in
            return try await write(batch, shard: shard, on: connection)
        }
        summary.refused = refused.count
        return summary
    }

    /// One result per job, the last of equals, in the order of ids: two writers meet rows in the same order.
    private static func unique(_ results: [JobResult]) -> [JobResult] {
        var last: [FleetCore.UUID: Int] = [:]
        last.reserveCapacity(results.count)
        for (position, result) in results.enumerated() { last[result.job] = position }
        return last.values.map { results[$0] }.sorted { $0.job < $1.job }
    }

    private func write(
        _ results: [JobResult],
        shard: Int,
        on connection: Connection
    ) async throws -> Summary {
        // Turn one: who is new, and what is stored of the days they touch. Of posts, only their numbers: their days are
        // found by them. Making posts again that a repeated result names changes nothing.
        let touched = AggregationBatch(results)
        let posts = PostBatch(results)
        let answers = try await connection.pipeline(
            [
                Command("begin"),
                Command("select pg_advisory_xact_lock(7310, $1)", [.int4(Int32(shard))]),
                Self.ledger(results),
            ] + (posts.isEmpty ? [Self.existing(touched.buckets)] : [posts.insert(), posts.find()])
        )
        var fresh: Set<FleetCore.UUID> = []
        var revived: [UUIDValue] = []
        for row in answers[2] {
            let id = try row.uuid(0)
            fresh.insert(FleetCore.UUID(id))
            if try !row.bool(1) { revived.append(id) }
        }
        var summary = Summary(recorded: fresh.count, repeated: results.count - fresh.count)
        var writes: [Command] = []
        if summary.repeated > 0 {
            writes.append(ErasedStatements.bury(results.filter { !fresh.contains($0.job) }.map { .init($0) }))
        }
        if !fresh.isEmpty {
            let news = summary.repeated == 0 ? results : results.filter { fresh.contains($0.job) }
            let batch: AggregationBatch
            var numbers: [AggregationBatch.PostKey: Int64] = [:]
            if posts.isEmpty {
                // A batch without repetitions is the batch that was looked up.
                batch = try Self.merged(summary.repeated == 0 ? touched : AggregationBatch(news), answers[3])
            } else {
                numbers = try posts.numbers(answers[4])
                let whole = AggregationBatch(news, posts: numbers)
                batch = try Self.merged(whole, try await connection.pipeline([Self.existing(whole.buckets)])[0])
            }
            let rows = batch.changedRows
            let rollups = batch.rollups
            (summary.changedRows, summary.rollups) = (rows.count, rollups.count)
            if !revived.isEmpty { writes.append(Command(RunStatements.revive, [.uuidArray(revived)])) }
            if !batch.observations.isEmpty { writes.append(Self.observe(batch.observations)) }
            if !rows.isEmpty { writes.append(Self.put(rows)) }
            if !rollups.isEmpty { writes.append(RollupStatements.put(rollups, checked: false)) }
            if !rows.isEmpty { writes.append(RollupStatements.mark(batch.dirt)) }
            if let breakdowns = BreakdownStatements.archive(news, posts: numbers) { writes.append(breakdowns) }
            if !posts.isEmpty { writes += PostBatch(news).states(numbers) }
            if let notes = GapNoteStatements.note(news) { writes.append(notes) }
            summary.restatements = batch.restatements
            if let changes = GapNoteStatements.restate(summary.restatements) { writes.append(changes) }
            if let counts = RunStatements.count(news) { writes.append(counts) }
        }
        // The last turn: everything that follows from it.
        _ = try await connection.pipeline(writes + [Command("commit")])
        return summary
    }

    private static func merged(_ batch: AggregationBatch, _ stored: Rows) throws -> AggregationBatch {
        var batch = batch
        // Positions in the answer are positions in the buckets that were asked for; a smaller batch finds its own by key.
        for row in stored {
            let subject = try row.int8(0)
            let start = Instant(microseconds: try row.timestamp(1))
            guard let period = Period(rawValue: try row.int2(2)) else { continue }
            if !period.isWindow { batch.close(subject, at: start) }
            guard let bucket = batch.bucket(of: subject, containing: start) else { continue }
            let key = AggregationBatch.RowKey(subject: subject, start: start, period: period)
            batch.load(key, try CurrentRow(stored: row, from: 3), bucket: bucket)
        }
        batch.merge()
        return batch
    }
}

extension CurrentRow {
    /// Reads metrics, values, sources, source_jobs and source_times from five columns of a row.
    init(stored row: Row, from column: Int) throws {
        let metrics = try row.int2Array(column)
        let values = try row.int8Array(column + 1)
        let positions = try row.int2Array(column + 2)
        let jobs = try row.uuidArray(column + 3)
        let times = try row.timestampArray(column + 4)
        var entries: [Entry] = []
        entries.reserveCapacity(metrics.count)
        for index in metrics.indices {
            let position = positions.isEmpty ? 0 : Int(positions[index])
            entries.append(
                Entry(
                    metric: MetricID(rawValue: metrics[index]),
                    value: values[index],
                    source: Source(
                        fetchedAt: Instant(microseconds: times[position]),
                        job: FleetCore.UUID(jobs[position])
                    )
                )
            )
        }
        self.init(entries: entries)
    }
}
