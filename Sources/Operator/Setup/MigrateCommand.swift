import Adapters
import Configuration
import FleetCore
import JSON
import Postgres

/// `flotilla migrate`.
enum MigrateCommand {
    static let command = Configuration.Command(
        "migrate",
        help: "Bring the database's schema up to date, its catalogue of metrics and its partitions. Safe to run again "
            + "and from several machines at once. Needs the login that owns the schema.",
        example: "flotilla migrate --postgres postgresql://owner@db.example/flotilla"
    ) { call in
        var address = try call.database()
        address.silenceLimit = nil
        do {
            let applied = try await FlotillaSchema.migrator.run(on: address) { migration in
                if call.output.format == .table { call.output.print("applied \(migration.number)  \(migration.name)") }
            }
            let (metrics, partitions) = try await call.withPool { pool in
                let metrics = try await seedCatalogue(pool)
                return (metrics, try await ScheduleStore(pool: pool).createPartitions())
            }
            report(applied, metrics: metrics, partitions: partitions, call.output)
            return .ok
        } catch {
            throw DatabaseFailure.explained(error)
        }
    }

    /// Writes what differs from this program's catalogue; returns how many entries that were.
    private static func seedCatalogue(_ pool: Pool) async throws -> Int {
        let all = MetricCatalogue.all
        return try await pool.query(
            """
            insert into flotilla.metric_catalogue as m (id, name, kind, unit, scale, additive_over_time,
                additive_over_subjects)
            select * from unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::smallint[], $6::boolean[],
                $7::boolean[])
            on conflict (id) do update set name = excluded.name, kind = excluded.kind, unit = excluded.unit,
                scale = excluded.scale, additive_over_time = excluded.additive_over_time,
                additive_over_subjects = excluded.additive_over_subjects
            where (m.name, m.kind, m.unit, m.scale, m.additive_over_time, m.additive_over_subjects)
                is distinct from (excluded.name, excluded.kind, excluded.unit, excluded.scale,
                    excluded.additive_over_time, excluded.additive_over_subjects)
            """,
            [
                .int2Array(all.map(\.id.rawValue)),
                .textArray(all.map(\.name)),
                .textArray(all.map(\.kind.rawValue)),
                .textArray(all.map(\.unit.rawValue)),
                .int2Array(all.map { Int16($0.scale) }),
                .boolArray(all.map(\.additiveOverTime)),
                .boolArray(all.map(\.additiveOverSubjects)),
            ]
        ).affected
    }

    private static func report(_ applied: [Migration], metrics: Int, partitions: Int, _ output: CommandOutput) {
        let document: JSONValue = [
            "applied": .array(applied.map { ["number": .int($0.number), "name": .string($0.name)] }),
            "metrics": .int(metrics),
            "partitions": .int(partitions),
        ]
        output.show(document) {
            if metrics > 0 { output.print("wrote \(metrics) metrics to the catalogue") }
            if partitions > 0 { output.print("made \(partitions) partitions") }
            if applied.isEmpty, metrics == 0, partitions == 0 { output.print("nothing to do") }
        }
    }
}
