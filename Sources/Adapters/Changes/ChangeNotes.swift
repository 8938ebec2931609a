internal import Postgres

/// Wraps the statements that put roll-ups, so that the same statement notes which rows it changed: one small row, whatever the
/// size of the batch, and none when nothing changed.
enum ChangeNotes {
    /// - Parameter change: returns subject_id, level, grain, start_at and generation of what it changed, and so does this.
    static func subjects(_ change: String) -> Statement {
        Statement(
            dynamic: """
                with changed as (\(change)),
                noted as (
                    insert into flotilla.changes_pending (subjects, levels, grains, starts, generations)
                    select array_agg(c.subject_id), array_agg(c.level), array_agg(c.grain), array_agg(c.start_at),
                        array_agg(c.generation)
                    from changed c having count(*) > 0)
                select subject_id, level, grain, start_at, generation from changed
                """
        )
    }

    /// - Parameter change: returns workspace_id, platform, level, grain, day and generation of what it changed, and so does
    ///   this.
    static func groups(_ change: String) -> Statement {
        Statement(
            dynamic: """
                with changed as (\(change)),
                noted as (
                    insert into flotilla.changes_pending (workspaces, platforms, levels, grains, days, generations)
                    select array_agg(c.workspace_id), array_agg(c.platform), array_agg(c.level), array_agg(c.grain),
                        array_agg(c.day), array_agg(c.generation)
                    from changed c having count(*) > 0)
                select workspace_id, platform, level, grain, day, generation from changed
                """
        )
    }
}
