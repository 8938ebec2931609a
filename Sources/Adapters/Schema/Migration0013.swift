/// What operators did, for ever; the dead-letter desk. Each part stands in a file of its own.
enum Migration0013 {
    static let sql = [auditLog, desk, securing].joined(separator: "\n")

    /// Brings the new tables under row security.
    private static let securing = #"""
        do $$
        begin
            if to_regprocedure('flotilla.secure()') is not null then perform flotilla.secure(); end if;
        end $$;
        """#
}
