import Adapters
import Configuration
import FleetCore
import JSON
import Runtime

/// What an import came to, or would come to.
struct ImportReport {
    enum Kind: String { case done, rehearsal, comparison, repetition }

    var reading: ImportReading
    var plan: ImportPlan
    var file: ImportStore.File
    var fetchedAt: Instant
    var kind = Kind.done
    var stored = 0

    /// Lines shown of each list; JSON holds them all.
    private static let shown = 20

    var exitCode: ExitCode { reading.refusals.isEmpty || kind == .repetition ? .ok : .partial }

    func show(_ output: CommandOutput) {
        output.show(document) {
            for refusal in reading.refusals.prefix(Self.shown) {
                output.print(Terminal.visible("line \(refusal.line): refused: \(refusal.reason)"))
            }
            for line in plan.conflicts.prefix(Self.shown) { output.print(Terminal.visible(Self.text(line))) }
            let hidden = max(0, reading.refusals.count - Self.shown) + max(0, plan.conflicts.count - Self.shown)
            if hidden > 0 { output.print("and \(Words.count(Int64(hidden), "further line")); --json shows them all") }
            if !reading.missing.isEmpty {
                let titles = reading.missing.map { "`\($0)`" }.joined(separator: ", ")
                output.print("not in the file: \(titles)")
            }
            output.print(verdict)
        }
    }

    private var verdict: String {
        let counts = ImportPlan.Verdict.allCases.map { "\(Words.number(plan.count($0))) \($0.rawValue)" }
        let text =
            "\(Words.count(Int64(reading.rows), "row")), \(Words.count(Int64(plan.lines.count), "value")): "
            + counts.joined(separator: ", ") + ", \(Words.number(reading.refusals.count)) refused"
        return switch kind {
        case .done: text
        case .rehearsal: text + "; nothing was stored"
        case .comparison: text + "; compared only"
        case .repetition: "this file was imported before; nothing changed"
        }
    }

    private static func text(_ line: ImportPlan.Line) -> String {
        let scale = MetricCatalogue.scale(of: line.value.metric)
        let place = [line.value.post, line.value.day?.description].compactMap { $0 }.joined(separator: " ")
        let ours = line.stored.map { FixedPoint.text($0.value, scale: scale) } ?? ""
        let theirs = FixedPoint.text(line.value.value, scale: scale)
        let since = line.stored.map { " of \($0.fetchedAt.text(.seconds))" } ?? ""
        return "line \(line.value.line): \(place) \(line.value.metric.name): file \(theirs), stored \(ours)\(since): "
            + line.verdict.rawValue
    }

    private var document: JSONValue {
        [
            "kind": .string(kind.rawValue), "file": .string(file.name), "mapping": .string(file.mapping.name),
            "fetched_at": .time(fetchedAt), "stated": .bool(file.exportedAt != nil), "rows": .int(reading.rows),
            "values": .int(plan.lines.count),
            "verdicts": .object(
                ImportPlan.Verdict.allCases.map { JSONValue.Member($0.rawValue, .int(plan.count($0))) }
            ),
            "results": .int(stored), "missing_columns": .array(reading.missing.map { .string($0) }),
            "refused": .array(
                reading.refusals.map { ["line": .int($0.line), "reason": .string($0.reason)] }
            ),
            "conflicts": .array(plan.conflicts.map(Self.document)),
        ]
    }

    private static func document(_ line: ImportPlan.Line) -> JSONValue {
        let scale = MetricCatalogue.scale(of: line.value.metric)
        return [
            "line": .int(line.value.line), "post": .text(line.value.post), "day": .text(line.value.day?.description),
            "metric": .string(line.value.metric.name), "file": .fixed(line.value.value, scale: scale),
            "stored": line.stored.map { .fixed($0.value, scale: scale) } ?? .null,
            "stored_fetched_at": .time(line.stored?.fetchedAt), "verdict": .string(line.verdict.rawValue),
        ]
    }
}
