import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime

/// `flotilla ingest`.
enum IngestCommand {
    private static let path = Argument(
        "file",
        ValueKind<String>.path,
        help: "One message of readings per line, see docs/import.md; - reads standard input."
    )
    /// Messages in one transaction.
    private static let chunk = 100
    private static let shownFaults = 20

    static let command = Configuration.Command(
        "ingest",
        help:
            "Push the readings of a file. Every line is checked before the first one is sent; a line without an id gets one, "
            + "and lines with an id that came before change nothing.",
        example: "flotilla ingest readings.ndjson",
        arguments: [path],
        exitCodes: [.refused]
    ) { call in
        let lines = try lines(call[path], now: call.now)
        let count = try await call.withPool { pool in
            try await check(lines, pool)
            for start in stride(from: 0, to: lines.count, by: chunk) {
                try Task.checkCancellation()
                let part = lines[start..<min(start + chunk, lines.count)]
                _ = try await pool.atomically(part.map(\.command))
            }
            return lines.count
        }
        call.output.show(["pushed": .int(count)]) {
            call.output.print("pushed \(Words.count(Int64(count), "message"))")
        }
        return .ok
    }

    private struct Line {
        var number: Int
        var push: Push
        /// The message's own arrays.
        var readings: String
        var posts: String?

        var command: Postgres.Command {
            Postgres.Command(
                "select flotilla.ingest($1, $2::jsonb, $3, $4, $5::jsonb)",
                [
                    .int8(push.account), .json(readings), .uuid(push.id.parameter),
                    .timestamp(push.fetchedAt.microseconds), posts.map { .json($0) } ?? .null,
                ]
            )
        }
    }

    private static func lines(_ path: String, now: Instant) throws -> [Line] {
        var reader = try LineReader(path)
        var lines: [Line] = []
        var faults: [String] = []
        var generator = SystemRandomNumberGenerator()
        while let bytes = try reader.next() {
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
            do {
                lines.append(try line(Array(bytes), reader.lineNumber, now, using: &generator))
            } catch {
                faults.append("line \(reader.lineNumber): \((error as? Death)?.detail ?? "\(error)")")
            }
        }
        guard faults.isEmpty else {
            let more = faults.count > shownFaults ? "; and \(faults.count - shownFaults) further" : ""
            throw CommandFailure(
                .usage,
                "nothing was pushed: " + faults.prefix(shownFaults).joined(separator: "; ") + more
            )
        }
        return lines
    }

    private static func line(
        _ bytes: [UInt8],
        _ number: Int,
        _ now: Instant,
        using generator: inout some RandomNumberGenerator
    ) throws -> Line {
        guard case .object(var members) = try JSONValue(parsing: bytes) else {
            throw Death(.notAnObject, "the line is not a JSON object")
        }
        if !members.contains(where: { $0.key == "version" }) { members.append(.init("version", .int(Push.version))) }
        if !members.contains(where: { $0.key == "id" }) {
            let id = FleetCore.UUID.version7(milliseconds: now.milliseconds, using: &generator)
            members.append(.init("id", .string(id.description)))
        }
        let whole = JSONValue.object(members)
        let push = try PushContract().read(whole.rendered(), now: now)
        return Line(
            number: number,
            push: push,
            readings: (whole["readings"] ?? []).description,
            posts: whole["posts"]?.description
        )
    }

    /// Says of every line at once whose account takes no readings.
    private static func check(_ lines: [Line], _ pool: Pool) async throws {
        let owners = try await SourceDirectory(pool: pool).owners(of: Array(Set(lines.map(\.push.account))))
        let faults = lines.compactMap { line -> String? in
            do throws(Death) {
                _ = try owners[line.push.account].result(line.push, now: line.push.fetchedAt)
                return nil
            } catch {
                return "line \(line.number): \(error.detail)"
            }
        }
        guard let first = faults.first else { return }
        throw CommandFailure(
            .refused,
            "nothing was pushed: \(first)" + (faults.count > 1 ? "; and \(faults.count - 1) further" : "")
        )
    }
}
