internal import FleetCore
public import Postgres
internal import Runtime

/// Takes dead letters into the ledger, where people browse them. The same letter again changes nothing; a letter of a job
/// that meanwhile ended well is dropped, since its work is done, and so is one of an account that was erased.
public struct DeadLetterStore: Sendable {
    private let pool: Pool

    public init(pool: Pool) {
        self.pool = pool
    }

    /// Stores the letters in one transaction; returns how many were new.
    public func store(_ letters: [DeadLetter]) async throws -> Int {
        try await pool.withConnection { connection in
            return try await write(letters, on: connection)
        }
    }

    private func write(_ all: [DeadLetter], on connection: Connection) async throws -> Int {
        let now = Instant(microseconds: ProcessClock.wallNow)
        let accounts = Set(all.compactMap(\.account)).sorted()
        let marked = try await connection.pipeline([Command("begin"), ErasedStatements.erased(accounts)])[1]
        let erased = Set(try marked.map { try $0.int8(0) })
        let letters = all.filter { letter in letter.account.map { !erased.contains($0) } ?? true }
        let dropped = all.filter { letter in letter.account.map { erased.contains($0) } ?? false }
        let stored = try await connection.pipeline(
            [Self.insert(letters.filter { !$0.isCancelled }), Self.follow(letters)]
                + (dropped.isEmpty ? [] : [ErasedStatements.bury(dropped.compactMap { .init($0, now: now) })])
        )[0]
        let newIdentities = Set(try stored.map { try $0.text(0) })
        var seen: Set<FleetCore.UUID> = []
        let news = letters.filter { letter in
            (newIdentities.contains(letter.identity) || letter.isCancelled) && letter.isLedgerEntry(now: now)
                && seen.insert(letter.job!).inserted
        }
        guard !news.isEmpty else {
            _ = try await connection.query("commit")
            return stored.count
        }
        let died = try await connection.pipeline([Self.die(news)])[0]
        var counts: [FleetCore.UUID: RunStatements.Counts] = [:]
        for row in died {
            guard let run = try row.optionalUUID(0).map({ FleetCore.UUID($0) }) else { continue }
            if try row.bool(1) {
                counts[run, default: .init()].cancelled += 1
            } else {
                counts[run, default: .init()].dead += 1
            }
        }
        let writes = counts.isEmpty ? [] : [RunStatements.add(counts)]
        _ = try await connection.pipeline(writes + [Command("commit")])
        return stored.count
    }

    private static func insert(_ letters: [DeadLetter]) -> Command {
        Command(
            """
            insert into flotilla.dead_letters (job_id, run_id, account_id, platform, cause, detail, attempt, routing_key,
                headers, body, identity, properties, parent, replays)
            select k.job::uuid, k.run::uuid, k.account, k.platform, k.cause, k.detail, k.attempt, k.key,
                k.headers::jsonb, k.body, k.identity, k.properties::jsonb, p.id, coalesce(p.replays + 1, 0)
            from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::integer[],
                $8::text[], $9::text[], $10::bytea[], $11::text[], $12::text[], $13::bigint[])
                as k (job, run, account, platform, cause, detail, attempt, key, headers, body, identity, properties, parent)
            left join flotilla.dead_letters p on p.id = k.parent and p.job_id is not distinct from k.job::uuid
            where not exists (select from flotilla.jobs j where j.id = k.job::uuid and j.state in ('done', 'partial'))
            on conflict (identity) do nothing
            returning identity
            """,
            [
                .optionalTextArray(letters.map { $0.job?.description }),
                .optionalTextArray(letters.map { $0.run?.description }),
                .optionalInt8Array(letters.map(\.account)),
                .textArray(letters.map(\.platform)),
                .textArray(letters.map(\.cause)),
                .textArray(letters.map(\.detail)),
                .int4Array(letters.map { Int32(clamping: $0.attempt) }),
                .textArray(letters.map(\.routingKey)),
                .textArray(letters.map(\.headers)),
                .bytesArray(letters.map(\.body)),
                .textArray(letters.map(\.identity)),
                .textArray(letters.map(\.properties)),
                .optionalInt8Array(letters.map(\.parent)),
            ]
        )
    }

    /// Letters whose job died again: the new ones stand for them.
    private static func follow(_ letters: [DeadLetter]) -> Command {
        Command(
            """
            update flotilla.dead_letters p set state = 'died_again', changed_at = now()
            from flotilla.dead_letters c
            where c.identity = any ($1) and p.job_id = c.job_id and p.id < c.id and p.state = 'replaying'
            """,
            [.textArray(letters.map(\.identity))]
        )
    }

    /// Marks jobs dead that were not, or cancelled; returns the run of each, and whether it was cancelled.
    private static func die(_ letters: [DeadLetter]) -> Command {
        Command(
            """
            insert into flotilla.jobs as j (id, state, run_id, account_id, platform, collect, attempt, enqueued_at,
                finished_at, cause)
            select k.id, (case k.cause when 'cancelled' then 'cancelled' else 'dead' end)::flotilla.job_state, k.run::uuid, k.account, k.platform, k.collect, k.attempt, now(), now(), k.cause
            from unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::smallint[], $7::text[])
                as k (id, run, account, platform, collect, attempt, cause)
            order by k.id
            on conflict (id) do update set state = excluded.state, finished_at = now(), cause = excluded.cause,
                attempt = excluded.attempt
                where j.state = 'accepted'
            returning run_id, state = 'cancelled'
            """,
            [
                .uuidArray(letters.map { $0.job!.parameter }),
                .optionalTextArray(letters.map { $0.run?.description }),
                .int8Array(letters.map { $0.account! }),
                .textArray(letters.map(\.platform)),
                .textArray(letters.map { $0.collect! }),
                .int2Array(letters.map { Int16(clamping: $0.attempt) }),
                .textArray(letters.map(\.cause)),
            ]
        )
    }
}
