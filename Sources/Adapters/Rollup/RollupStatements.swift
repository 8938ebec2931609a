internal import FleetCore
internal import Postgres

/// The statements through which every changed roll-up row goes, of subjects and of workspaces. Each returns the keys of the
/// rows that changed, with their new generations.
enum RollupStatements {
    /// Puts rows of subjects; sorted by key. A row that equals the stored one is not touched.
    ///
    /// - Parameter checked: write only over the generation that each entry names as known, so that a row which somebody
    ///   put meanwhile from newer readings stays. That one left its own mark, and everything is computed again.
    static func put(_ entries: [RollupEntry], checked: Bool) -> Command {
        Command(
            put,
            [
                .int8Array(entries.map(\.key.subject)),
                .int2Array(entries.map(\.key.level.rawValue)),
                .int2Array(entries.map(\.key.grain.rawValue)),
                .timestampArray(entries.map(\.key.start.microseconds)),
                .timestampArray(entries.map(\.end.microseconds)),
                .dateArray(entries.map(\.day.daysSinceEpoch)),
                .int8Array(entries.map(\.account)),
                .int8Array(entries.map(\.workspace)),
                .int4Array(entries.map { $0.known ?? 0 }),
                .bool(checked),
            ] + RollupColumns(entries.map(\.row)).parameters
        )
    }

    private static let put = ChangeNotes.subjects(
        """
        insert into flotilla.rollups as r (subject_id, level, grain, start_at, end_at, day, account_id, workspace_id,
            generation, state, expected, metrics, "values", counts, sums, minimums, maximums, weights, flags)
        select k.subject, k.level, k.grain, k.start, k.finish, k.day, k.account, k.workspace, k.known + 1, k.state,
            k.expected, $13[k.low:k.high], $14[k.low:k.high], $15[k.dlow:k.dhigh], $16[k.dlow:k.dhigh],
            $17[k.dlow:k.dhigh], $18[k.dlow:k.dhigh], $19[k.elow:k.ehigh], $20[k.elow:k.ehigh]
        from unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::timestamptz[], $5::timestamptz[], $6::date[],
            $7::bigint[], $8::bigint[], $9::integer[], $11::smallint[], $12::integer[], $21::integer[], $22::integer[],
            $23::integer[], $24::integer[], $25::integer[], $26::integer[])
            as k (subject, level, grain, start, finish, day, account, workspace, known, state, expected, low, high, dlow,
                dhigh, elow, ehigh)
        on conflict (subject_id, level, grain, start_at) do update
            set end_at = excluded.end_at, workspace_id = excluded.workspace_id, state = excluded.state,
                generation = r.generation + 1, expected = excluded.expected, metrics = excluded.metrics,
                "values" = excluded."values", counts = excluded.counts, sums = excluded.sums,
                minimums = excluded.minimums, maximums = excluded.maximums, weights = excluded.weights,
                flags = excluded.flags, changed_at = now()
            where (not $10 or r.generation = excluded.generation - 1)
                and (r.state, r.expected, r.metrics, r."values", r.counts, r.sums, r.minimums, r.maximums, r.weights,
                    r.flags) is distinct from (excluded.state, excluded.expected, excluded.metrics, excluded."values",
                    excluded.counts, excluded.sums, excluded.minimums, excluded.maximums, excluded.weights,
                    excluded.flags)
        returning r.subject_id, r.level, r.grain, r.start_at, r.generation
        """
    )

    /// Takes away rows of subjects that are not to be there; sorted by key.
    static func remove(_ entries: [RollupEntry]) -> Command {
        Command(
            remove,
            [
                .int8Array(entries.map(\.key.subject)),
                .int2Array(entries.map(\.key.level.rawValue)),
                .int2Array(entries.map(\.key.grain.rawValue)),
                .timestampArray(entries.map(\.key.start.microseconds)),
                .int4Array(entries.map { $0.known ?? 0 }),
            ]
        )
    }

    private static let remove = ChangeNotes.subjects(
        """
        delete from flotilla.rollups r
        using unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::timestamptz[], $5::integer[])
            as k (subject, level, grain, start, known)
        where r.subject_id = k.subject and r.level = k.level and r.grain = k.grain and r.start_at = k.start
            and r.generation = k.known
        returning r.subject_id, r.level, r.grain, r.start_at, r.generation + 1 as generation
        """
    )

    /// Puts or takes away what differs; nothing when nothing does.
    static func store(_ entries: [RollupEntry]) -> [Command] {
        let kept = entries.filter { !$0.row.cells.isEmpty }
        let gone = entries.filter(\.row.cells.isEmpty)
        return (kept.isEmpty ? [] : [put(kept, checked: true)]) + (gone.isEmpty ? [] : [remove(gone)])
    }

    /// Notes that days changed.
    static func mark(_ dirt: [DirtyDays]) -> Command {
        Command(
            """
            insert into flotilla.dirty_days (workspace_id, account_id, subject_id, low, high, computed)
            select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::date[], $5::date[], $6::boolean[])
            """,
            [
                .int8Array(dirt.map(\.workspace)),
                .int8Array(dirt.map(\.account)),
                .int8Array(dirt.map(\.subject)),
                .dateArray(dirt.map(\.days.lowerBound.daysSinceEpoch)),
                .dateArray(dirt.map(\.days.upperBound.daysSinceEpoch)),
                .boolArray(dirt.map(\.isComputed)),
            ]
        )
    }
}
