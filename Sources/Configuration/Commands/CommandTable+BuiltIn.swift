internal import JSON

extension CommandTable {
    static let shell = Argument("shell", ValueKind<Shell>.choice, help: "Whose completion.")

    /// Commands that every table has.
    static func builtIn(_ program: Program) -> [Command] {
        [
            Command(
                "config show",
                help: "Every setting with its value and where it came from; secrets only as set or unset.",
                example: "\(program.name) config show"
            ) { call in
                show(call.settings, on: call.output)
                return .ok
            },
            Command(
                "config check",
                help: "Say whether the configuration is valid, and name every fault.",
                example: "\(program.name) config check"
            ) { call in
                call.output.note("\(program.name): the configuration is valid")
                return .ok
            },
            Command(
                "completion",
                help: "Print a shell's completion script.",
                example: "source <(\(program.name) completion bash)",
                arguments: [shell],
                action: .completion
            ),
            Command("version", help: "Print the version.", example: "\(program.name) version", action: .version),
        ]
    }

    private static func show(_ settings: ResolvedSettings, on output: CommandOutput) {
        switch output.format {
        case .table: output.write(settings.table)
        case .json:
            output.document { json in
                json.beginArray()
                for line in settings.listing { write(line, to: &json) }
                json.endArray()
            }
        case .ndjson:
            for line in settings.listing { output.document { write(line, to: &$0) } }
        }
    }

    private static func write(_ line: (key: String, value: String, origin: Origin), to json: inout JSONWriter) {
        json.beginObject()
        json.field("setting", line.key)
        json.field("value", line.value)
        json.field("from", line.origin.description)
        json.endObject()
    }
}
