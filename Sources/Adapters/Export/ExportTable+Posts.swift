internal import FleetCore
internal import Postgres
internal import Tables

extension ExportTable {
    static func posts(_ selection: ExportSelection, asOf: Instant) -> ExportTable {
        let (condition, parameters) = selection.scope
        return ExportTable(
            columns: owner + [
                TableColumn("kind", .text), TableColumn("published_at", .moment, optional: true),
                TableColumn("day", .date), TableColumn("discovered_at", .moment), TableColumn("state", .text),
                TableColumn("missed_at", .moment, optional: true), TableColumn("as_of", .moment),
            ],
            statement: Statement(
                dynamic: """
                    select w.name, a.platform, a.id, a.external_id, p.id, p.external_id, p.kind, p.published_at,
                        p.discovered_at, p.state, p.missed_at
                    from flotilla.posts p join flotilla.accounts a on a.id = p.account_id
                    join flotilla.workspaces w on w.id = a.workspace_id
                    where \(condition) order by p.account_id, p.id
                    """
            ),
            parameters: parameters,
            rows: { row in
                func moment(_ column: Int) throws -> TableValue {
                    try row.optionalTimestamp(column).map { .moment($0) } ?? .null
                }
                let platform = try row.text(1)
                let published = try row.optionalTimestamp(7)
                let known = Instant(microseconds: try published ?? row.timestamp(8))
                let day = (PlatformName(rawValue: platform)?.dayZone ?? .utc).date(at: known)
                guard selection.includes(day) else { return [] }
                return [
                    [
                        .text(try row.text(0)), .text(platform), .integer(try row.int8(2)), .text(try row.text(3)),
                        .integer(try row.int8(4)), .text("post"), .text(try row.text(5)), .text(try row.text(6)),
                        try moment(7), .date(day.daysSinceEpoch), try moment(8), .text(try row.text(9)), try moment(10),
                        .moment(asOf.microseconds),
                    ]
                ]
            }
        )
    }
}
