import Adapters
import Configuration
import FleetCore
import JSON

/// `flotilla contract export | check`.
enum ContractCommands {
    static let group = CommandGroup("contract", help: "The messages that other services send, as files and as a check.")
    static let all: [Configuration.Command] = [export, check]

    private static let folder = Option(
        "folder",
        ValueKind<String>.path,
        default: ".",
        help: "Where docs/asyncapi.yaml and schemas/*.json are written; both folders must be there."
    )

    static let export = Configuration.Command(
        "contract export",
        help:
            "Write the contract: AsyncAPI and JSON Schema, made from queues.yaml and from the code that reads the messages.",
        example: "flotilla contract export --folder .",
        options: [folder]
    ) { call in
        let files = ContractFiles.all(try TopologyCommands.topology(call))
        for (path, text) in files {
            var file = try OutputFile("\(call[folder])/\(path)")
            try file.write(Array(text.utf8))
            try file.finish()
        }
        call.output.show(["files": .array(files.map { .string($0.path) })]) {
            for (path, _) in files { call.output.print(path) }
        }
        return .ok
    }

    private enum Message: String, CaseIterable { case job, posts, readings }

    private static let path = Argument(
        "file",
        ValueKind<String>.path,
        help: "One message per line; - reads standard input."
    )
    private static let message = Option(
        "message",
        ValueKind<Message>.choice,
        default: .job,
        help: "Which message the lines are."
    )

    static let check = Configuration.Command(
        "contract check",
        help:
            "Hold messages against the contract, without broker or database: each fault with its line and the field's path.",
        example: "flotilla contract check jobs.ndjson",
        arguments: [path],
        options: [message]
    ) { call in
        var reader = try LineReader(call[path])
        var (lines, faults): (Int64, [(line: Int, death: Death)]) = (0, [])
        while let line = try reader.next() {
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
            lines += 1
            do throws(Death) {
                try read(Array(line), as: call[message], now: call.now)
            } catch {
                faults.append((reader.lineNumber, error))
            }
        }
        show(lines, faults, call)
        return faults.isEmpty ? .ok : .failed
    }

    private static func read(_ body: [UInt8], as message: Message, now: Instant) throws(Death) {
        switch message {
        case .job: _ = try JobContract().read(body, now: now)
        case .posts: _ = try PostsContract().read(body, now: now)
        case .readings: _ = try PushContract().read(body, now: now)
        }
    }

    private static func show(_ lines: Int64, _ faults: [(line: Int, death: Death)], _ call: CommandCall) {
        let output = call.output
        let items = faults.map { line, death in
            JSONValue.object([
                .init("line", .int(line)), .init("cause", .string(death.cause.rawValue)),
                .init("path", .text(death.path)), .init("reason", .string(death.detail)),
            ])
        }
        output.show(["messages": .int(lines), "faults": .array(items)]) {
            for (line, death) in faults { output.print("\(line): \(death.detail) (\(death.cause.rawValue))") }
            let count = Words.count(Int64(faults.count), "fault")
            output.print("\(Words.count(lines, "message")), \(count)")
        }
    }
}
