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
                call.output.write(call.settings.table)
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
}
