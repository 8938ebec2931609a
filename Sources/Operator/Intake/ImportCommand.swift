import Adapters
import Configuration
import Crypto
import FleetCore
import JSON
import Postgres
import Runtime
import Tables

/// `flotilla import csv`.
enum ImportCommands {
    static let group = CommandGroup("import", help: "A platform's own files as history.")
    static let all = [csv]

    private static let longestFile = 64 << 20
    private static let path = Argument("file", ValueKind<String>.path, help: "The file as the platform made it.")
    private static let account = Option("account", .number, help: "Whose figures they are.")
    private static let mapping = Option(
        "mapping",
        ValueKind<String>.text(longest: 4096),
        help:
            "A ready mapping (\(ImportMapping.ready.map(\.name).joined(separator: ", "))), a JSON file, or pairs such "
            + "as Date=date,Views=views."
    )
    private static let exportedAt = Option(
        "exported-at",
        ValueKind<Instant>(shape: "a time such as 2026-11-19T08:00:00Z", parse: { Instant($0) }),
        help: "When the platform made the file. Without it, the file fills gaps and changes nothing that is stored."
    ).optional
    private static let dryRun = Option(
        "dry-run",
        .toggle,
        default: false,
        help: "Say what would be stored, refused and in conflict, and store nothing."
    )
    private static let compare = Option(
        "compare",
        .toggle,
        default: false,
        help: "Only report where the file and the store differ."
    )

    static let csv = Configuration.Command(
        "import csv",
        help: "Take a platform's own CSV file in as history, with its provenance. The same file again changes nothing.",
        example: "flotilla import csv views.csv --account 12 --mapping youtube-studio --dry-run",
        arguments: [path],
        options: [account, mapping, exportedAt, dryRun, compare],
        exitCodes: [.notFound, .refused, .partial]
    ) { call in
        let bytes: [UInt8]
        do throws(FileError) { bytes = try readFile(call[path], limit: longestFile) } catch {
            throw CommandFailure(.usage, "\(call[path]) \(error)")
        }
        let file = ImportStore.File(
            name: String(call[path].split(separator: "/").last ?? "file"),
            sha256: sha256(bytes),
            mapping: try ImportMapping(command: call[mapping]),
            exportedAt: call[exportedAt]
        )
        return try await call.withPool { pool in
            let store = ImportStore(pool: pool)
            guard let target = try await store.target(call[account]) else {
                throw CommandFailure.noAccount(call[account])
            }
            guard target.isActive else { throw CommandFailure(.refused, "account \(target.account) is gone") }
            if let exportedAt = file.exportedAt, exportedAt > target.now {
                throw CommandFailure(.usage, "--exported-at lies in the future")
            }
            let reading = try read(bytes, file.mapping, target)
            let known = try await store.entry(file, of: target.account)
            let fetchedAt = file.exportedAt ?? known?.fetchedAt ?? target.now
            let plan = try await store.plan(
                reading.values,
                target,
                period: file.mapping.period,
                fetchedAt: fetchedAt,
                isStated: file.exportedAt != nil
            )
            var report = ImportReport(reading: reading, plan: plan, file: file, fetchedAt: fetchedAt)
            if call[compare] || call[dryRun] {
                report.kind = call[compare] ? .comparison : .rehearsal
            } else if known?.finishedAt != nil {
                report.kind = .repetition
            } else {
                report.stored = try await take(report, target, store, pool, call)
            }
            report.show(call.output)
            return report.exitCode
        }
    }

    private static func read(
        _ bytes: [UInt8],
        _ mapping: ImportMapping,
        _ target: ImportStore.Target
    ) throws -> ImportReading {
        do {
            var reader = try CSVReader(bytes)
            guard let titles = try reader.next() else { throw CommandFailure(.usage, "the file is empty") }
            let today = target.platform.dayZone.date(at: target.now)
            var reading = try ImportReading(mapping, titles: titles.fields, today: today)
            while let record = try reader.next() { reading.take(line: record.line, record.fields) }
            return reading
        } catch let fault as CSVReader.Fault {
            throw CommandFailure(.usage, "the file cannot be read: \(fault)")
        } catch let fault as MappingFault {
            throw CommandFailure(.usage, fault.description)
        }
    }

    /// Stores the readings; returns how many results there were.
    private static func take(
        _ report: ImportReport,
        _ target: ImportStore.Target,
        _ store: ImportStore,
        _ pool: Pool,
        _ call: CommandCall
    ) async throws -> Int {
        var generator = SystemRandomNumberGenerator()
        try await store.begin(
            report.file,
            target,
            fetchedAt: report.fetchedAt,
            readings: report.plan.lines.count,
            refused: report.reading.refusals.count,
            using: &generator
        )
        guard let entry = try await store.entry(report.file, of: target.account) else {
            throw CommandFailure(.failed, "the import was taken away meanwhile")
        }
        let results = report.plan.results(
            importID: entry.id,
            account: target.account,
            workspace: target.workspace,
            platform: target.platform,
            mapping: report.file.mapping.name,
            now: target.now
        )
        let shard = try TopologyCommands.topology(call).resultShard(account: target.account)
        for start in stride(from: 0, to: results.count, by: 20) {
            try Task.checkCancellation()
            let part = Array(results[start..<min(start + 20, results.count)])
            _ = try await ResultStore(pool: pool).store(part, shard: shard)
        }
        try await store.finish(entry.id)
        return results.count
    }
}

extension ImportMapping {
    /// What an operator names: a ready mapping, pairs, or a file.
    init(command text: String) throws(CommandFailure) {
        if let ready = ImportMapping.ready(text) {
            self = ready
            return
        }
        do {
            if text.contains("=") {
                try self.init(pairs: text)
            } else {
                let json = try JSONValue(parsing: try readFile(text, limit: 1 << 20))
                try self.init(name: String(text.split(separator: "/").last ?? "file"), json: json)
            }
        } catch let fault as MappingFault {
            throw CommandFailure(.usage, "--mapping: \(fault)")
        } catch let fault as FileError {
            throw CommandFailure(.usage, "--mapping: \(text) is no ready mapping, and the file \(fault)")
        } catch {
            throw CommandFailure(.usage, "--mapping: \(text) is not JSON: \(error)")
        }
    }
}
