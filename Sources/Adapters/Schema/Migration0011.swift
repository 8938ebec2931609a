/// Reasons of gaps, settled figures that changed, and what is found at night. Each part stands in a file of its own.
enum Migration0011 {
    static let sql = [reading, securing].joined(separator: "\n")

    /// Brings the new tables under row security.
    private static let securing = #"""
        do $$
        begin
            if to_regprocedure('flotilla.secure()') is not null then perform flotilla.secure(); end if;
        end $$;
        """#
}
