internal import FleetCore
internal import Postgres

// What the dispatcher that leads does with replays. Every write carries its lease's epoch.
extension SelectionStore {
    /// Claims the next letters of a selection that moves. From then on they are replaying, whatever happens to this process:
    /// who leads after it finds them and sends them.
    func claim(_ selection: Int64, limit: Int, fence: Command) async throws {
        try await pool.withTransaction { connection in
            let rows = try await connection.pipeline([
                fence,
                // Whoever pauses or stops it waits for this transaction, and finds all of it done.
                Command("select state from flotilla.selections where id = $1 for share", [.int8(selection)]),
            ])
            guard let row = rows[1].first, let state = SelectionState(rawValue: try row.text(0)), state.isMoving else {
                return
            }
            try await connection.query(
                """
                with next as (
                    select place, letter_id from flotilla.selection_items
                    where selection = $1 and state = 'waiting' order by place limit $2),
                taken as (
                    update flotilla.dead_letters d set state = 'replaying', selection = $1, changed_at = now() from next n
                    where d.id = n.letter_id and d.state in ('open', 'archived') and not exists (
                        select from flotilla.jobs j where j.id = d.job_id and j.state in ('done', 'partial', 'cancelled'))
                    returning d.id)
                update flotilla.selection_items i
                set state = case when t.id is null then 'skipped' else 'claimed' end,
                    refusal = case when t.id is null then 'changed' end
                from next n left join taken t on t.id = n.letter_id
                where i.selection = $1 and i.place = n.place
                """,
                [.int8(selection), .int8(Int64(limit))]
            )
        }
    }

    /// The letters that were claimed and are not known to be sent, each with a new copy.
    func claimed(_ selection: Int64, limit: Int, fence: Command) async throws -> [ClaimedLetter] {
        let rows = try await pool.atomically([
            fence,
            Command(
                """
                update flotilla.selection_items i set copies = i.copies || gen_random_uuid() from flotilla.dead_letters d
                where i.selection = $1 and d.id = i.letter_id and i.place in (
                    select k.place from flotilla.selection_items k where k.selection = $1 and k.state = 'claimed'
                    order by k.place limit $2)
                returning i.place, d.id, d.platform, d.cause, d.headers::text, d.properties::text,
                    coalesce(i.body, d.body), i.copies[cardinality(i.copies)]
                """,
                [.int8(selection), .int8(Int64(limit))]
            ),
        ])
        return try rows[1].map { row in
            ClaimedLetter(
                place: try row.int4(0),
                letter: try row.int8(1),
                platform: try row.text(2),
                cause: try row.text(3),
                headers: try row.text(4),
                properties: try row.text(5),
                body: try row.bytes(6),
                copy: FleetCore.UUID(try row.uuid(7))
            )
        }.sorted { $0.place < $1.place }
    }

    /// Notes what the broker has confirmed, and gives back what can never be sent.
    func note(
        sent: [ClaimedLetter],
        impossible: [(letter: ClaimedLetter, reason: ReplayRefusal, detail: String)],
        of selection: Int64,
        fence: Command
    ) async throws {
        var commands = [fence]
        if !sent.isEmpty {
            commands.append(
                Command(
                    """
                    update flotilla.selection_items set state = 'sent', sent_at = now()
                    where selection = $1 and place = any ($2) and state = 'claimed'
                    """,
                    [.int8(selection), .int4Array(sent.map(\.place))]
                )
            )
        }
        if !impossible.isEmpty {
            commands.append(
                Command(
                    """
                    with back as (
                        update flotilla.selection_items i set state = 'skipped', refusal = k.reason, detail = k.detail
                        from unnest($2::integer[], $3::text[], $4::text[]) as k (place, reason, detail)
                        where i.selection = $1 and i.place = k.place and i.state = 'claimed' returning i.letter_id)
                    update flotilla.dead_letters d set state = 'open', selection = null, changed_at = now()
                    from back where d.id = back.letter_id and d.state = 'replaying'
                    """,
                    [
                        .int8(selection), .int4Array(impossible.map(\.letter.place)),
                        .textArray(impossible.map(\.reason.rawValue)),
                        .textArray(impossible.map { String($0.detail.prefix(300)) }),
                    ]
                )
            )
        }
        _ = try await pool.atomically(commands)
    }

    /// How the canary stands, and whether anything waits.
    func counts(_ selection: StoredSelection) async throws -> ReplayPace.Counts {
        let row = try await pool.query(
            """
            select exists (select from flotilla.selection_items where selection = $1 and state = 'waiting'),
                count(*), count(*) filter (where k.state = 'resolved'), count(*) filter (where k.state = 'died_again')
            from (select d.state from flotilla.selection_items i join flotilla.dead_letters d on d.id = i.letter_id
                where $2 and i.selection = $1 and i.state in ('sent', 'claimed') order by i.place limit $3) k
            """,
            [.int8(selection.id), .bool(selection.state == .canary), .int8(Int64(selection.terms.canary))]
        ).only()
        return ReplayPace.Counts(
            hasWaiting: try row.bool(0),
            sent: Int(try row.int8(1)),
            resolved: Int(try row.int8(2)),
            diedAgain: Int(try row.int8(3))
        )
    }

    /// Moves a canary on, or puts it off, with an entry in the audit log; nothing when an operator was faster.
    func decide(_ selection: StoredSelection, passed: Bool, note: String?, fence: Command) async throws {
        let verb = passed ? "canary_passed" : "canary_failed"
        let moved = Command(
            """
            with moved as (
                update flotilla.selections set state = $2, passed = $3, note = $4 where id = $1 and state = 'canary'
                returning id)
            insert into flotilla.audit_log (person, action, target, reason)
            select 'dispatcher', $5, $6, $7 from moved
            """,
            [
                .int8(selection.id), .text(passed ? SelectionState.running.rawValue : SelectionState.paused.rawValue),
                .bool(passed), note.map { .text($0) } ?? .null, .text("replay.\(verb)"), .text(selection.target),
                .text(note ?? "every letter of the canary that had to ended well"),
            ]
        )
        _ = try await pool.atomically([fence, moved])
    }
}
