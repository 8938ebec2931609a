internal import FleetCore
internal import Postgres

/// What retention took away, as far as an audit must know.
struct StoredFloors {
    private struct Key: Hashable {
        var kind: String
        var platform: String
        var isRealOnly: Bool
    }

    private var floors: [Key: Instant] = [:]
    private var sandboxes: Set<Int64> = []

    init(_ connection: Connection) async throws {
        let rows = try await connection.pipeline([
            Command("select class, platform, real_only, floor from flotilla.retention_floors"),
            Command("select id from flotilla.workspaces where sandbox"),
        ])
        for row in rows[0] {
            let key = Key(kind: try row.text(0), platform: try row.text(1), isRealOnly: try row.bool(2))
            floors[key] = Instant(microseconds: try row.timestamp(3))
        }
        sandboxes = Set(try rows[1].map { try $0.int8(0) })
    }

    /// Those of a subject.
    func floors(_ platform: PlatformName?, workspace: Int64?) -> AuditFloors {
        if floors.isEmpty { return AuditFloors() }
        let isReal = workspace.map { !sandboxes.contains($0) } ?? true
        func latest(_ kind: RetentionClass) -> Instant? {
            ["", platform?.rawValue ?? ""].flatMap { platform in
                (isReal ? [false, true] : [false]).compactMap { isRealOnly in
                    floors[Key(kind: kind.rawValue, platform: platform, isRealOnly: isRealOnly)]
                }
            }.max()
        }
        return AuditFloors(readings: latest(.observations), days: latest(.days))
    }
}
