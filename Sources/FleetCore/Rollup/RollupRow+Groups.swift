extension RollupRow {
    /// All posts of an account in one bucket.
    ///
    /// Posts without any figure in the bucket are not expected to have one: old posts are read seldom or never, and how
    /// many there are says nothing of the bucket.
    ///
    /// - Parameters:
    ///   - rows: the posts' rows of the bucket, as they are stored.
    ///   - published: how many posts were published in the bucket.
    public static func posts(
        _ rows: some Sequence<RollupRow>,
        dates: ClosedRange<CivilDate>,
        published: Int64,
        rules: MetricRules
    ) -> RollupRow {
        let members = rows.map { $0.member(of: dates, rules) }
        var row = combined(members, expected: members.reduce(0) { $0 + $1.expected }, rules: rules)
        if published > 0 {
            if members.isEmpty { row.expected = Int32(dates.count) }
            var cell = Cell(metric: .postsPublished, value: published)
            cell.count = row.expected
            row.cells = (row.cells + [cell]).sorted { $0.metric < $1.metric }
        }
        return row
    }

    /// All accounts of a workspace on one platform in one bucket.
    ///
    /// - Parameters:
    ///   - rows: the accounts' rows of the bucket, as they are stored.
    ///   - accounts: how many accounts should have one.
    public static func workspace(
        _ rows: some Sequence<RollupRow>,
        level: RollupLevel,
        dates: ClosedRange<CivilDate>,
        accounts: Int,
        rules: MetricRules
    ) -> RollupRow {
        switch level {
        case .subject:
            let members = rows.map { $0.member(of: dates, rules) }
            return combined(members, expected: Int32(clamping: accounts * dates.count), rules: rules)
        case .posts:
            let members = Array(rows)
            return combined(members, expected: members.reduce(0) { $0 + $1.expected }, rules: rules)
        }
    }

    /// This row of a subject as a part of a group's: of a day's levels only the last counts there.
    private func member(of dates: ClosedRange<CivilDate>, _ rules: MetricRules) -> RollupRow {
        guard dates.count == 1 else { return self }
        return .period([(day: dates.lowerBound, row: self)], dates: dates, rules: rules)
    }
}
