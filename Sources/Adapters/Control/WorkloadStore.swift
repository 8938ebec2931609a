public import FleetCore
public import Postgres

/// What workers reported and what queues hold, put together by the leading dispatcher; and the ends of orders.
public struct WorkloadStore: Sendable {
    /// What the broker says of a work queue.
    public struct Seen: Sendable {
        public var platform: PlatformName
        public var lane: Lane
        public var ready: Int
        public var consumers: Int

        public init(platform: PlatformName, lane: Lane, ready: Int, consumers: Int) {
            self.platform = platform
            self.lane = lane
            self.ready = ready
            self.consumers = consumers
        }

        var key: String { "\(platform.rawValue).\(lane.rawValue)" }
    }

    private let pool: Pool

    public init(pool: Pool) {
        self.pool = pool
    }

    /// Adds what workers know of the queues: what they have in hand, how fast it went, and how old what they took last was.
    public func loads(_ seen: [Seen]) async throws -> [QueueLoad] {
        let rows = try await pool.query(
            """
            select k.key, coalesce(sum(q.holding) filter (where w.seen_at > now() - interval '30 seconds'), 0)::bigint,
                coalesce(sum(q.busy_ms), 0)::float8 / nullif(sum(q.ended), 0),
                coalesce(sum(q.requests), 0)::float8 / nullif(sum(q.ended), 0),
                extract(epoch from now() - (array_agg(nullif(q.enqueued_at, '-infinity')
                    order by q.taken_at desc nulls last))[1])::float8,
                extract(epoch from now() - (select l.busy_since from flotilla.queue_loads l where l.key = k.key))::float8,
                bool_or(q.taken_at > now() - interval '30 seconds')
            from unnest($1::text[]) as k (key)
            left join (flotilla.workers w cross join lateral unnest(w.keys, w.holding, w.ended, w.busy_ms, w.requests,
                    w.taken_at, w.enqueued_at)
                    as q (key, holding, ended, busy_ms, requests, taken_at, enqueued_at))
                on q.key = k.key and w.state <> 'ended' and w.seen_at > now() - interval '10 minutes'
            group by k.key
            """,
            [.textArray(seen.map(\.key))]
        )
        var known: [String: Row] = [:]
        for row in rows { known[try row.text(0)] = row }
        return try seen.map { queue in
            var load = QueueLoad(platform: queue.platform, lane: queue.lane, ready: queue.ready)
            guard let row = known[queue.key] else { return load }
            load.inHand = Int(try row.int8(1))
            load.meanRun = try row.optionalFloat8(2).map { .milliseconds($0) }
            load.requestsPerJob = try row.optionalFloat8(3) ?? 1
            load.oldest = try Self.oldest(queue, row)
            return load
        }
    }

    /// Where jobs are taken, the head of the queue is about as old as what was taken last. Where none is taken, it is at
    /// least as old as the time that the queue has not been empty.
    private static func oldest(_ queue: Seen, _ row: Row) throws -> Duration {
        guard queue.ready > 0 else { return .zero }
        let busy = try row.optionalFloat8(5) ?? 0
        guard try row.optionalBool(6) ?? false, let last = try row.optionalFloat8(4) else {
            return .seconds(max(0, busy))
        }
        return .seconds(max(0, last))
    }

    /// Notes what was seen, for workers and for people.
    public func note(_ seen: [Seen], _ loads: [QueueLoad], concurrency: [Lane: Int]) async throws {
        try await pool.query(
            """
            insert into flotilla.queue_loads as q (key, ready, consumers, busy_since, oldest_seconds, work_seconds, seen_at)
            select k.key, k.ready, k.consumers, case when k.ready > 0 then now() end, k.oldest, k.work, now()
            from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::float8[])
                as k (key, ready, consumers, oldest, work)
            on conflict (key) do update set ready = excluded.ready, consumers = excluded.consumers,
                busy_since = case when excluded.ready > 0 then coalesce(q.busy_since, excluded.busy_since) end,
                oldest_seconds = excluded.oldest_seconds, work_seconds = excluded.work_seconds,
                seen_at = excluded.seen_at
            """,
            [
                .textArray(seen.map(\.key)), .int8Array(seen.map { Int64($0.ready) }),
                .int8Array(seen.map { Int64($0.consumers) }),
                .int8Array(loads.map { $0.oldest.components.seconds }),
                .float8Array(loads.map { $0.remaining(concurrency: concurrency[$0.lane] ?? 16) / .seconds(1) }),
            ]
        )
    }

    /// Lets jobs go on whose order has ended; returns how many.
    public func releaseHeld() async throws -> Int {
        Int(try await pool.query("select flotilla.release_held()").only().int4(0))
    }

    /// Forgets what nobody asks for any more.
    public func tidy() async throws { try await pool.query("select flotilla.tidy_controls()") }
}
