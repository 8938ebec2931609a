extension CommandTable {
    /// What the program's own `--help` prints.
    var overview: String {
        let nouns = commands.map { $0.words[0] }.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        let lines = nouns.map { noun -> (String, String) in
            if let command = commands.first(where: { $0.words == [noun] }) {
                return (noun, HelpColumns.summary(command.help))
            }
            return (noun, groups.first { $0.name == noun }?.help ?? verbs(of: noun))
        }
        return """
            \(program.name): \(program.purpose)

            Example:
              \(program.example)

            Usage:
              \(program.name) <command> [arguments] [flags]

            Commands:
            \(columns(lines))
            Flags:
            \(columns(Self.switches.map { ($0.flag, $0.help) }))
            `\(program.name) <command> --help` shows one command; `\(program.name) help settings` shows the configuration.

            """
    }

    /// What `flotilla jobs --help` prints.
    func overview(of noun: String) -> String {
        let below = commands.filter { $0.words[0] == noun }
        let help = groups.first { $0.name == noun }.map { ": \($0.help)" } ?? ""
        return """
            \(program.name) \(noun)\(help)

            Example:
              \(below.first?.example ?? "")

            Commands:
            \(columns(below.map { ($0.name, HelpColumns.summary($0.help)) }))
            """
    }

    /// What `--help` after a command prints.
    func page(of command: Command) -> String {
        var text = """
            \(HelpColumns.paragraph("\(program.name) \(command.name): \(command.help)"))

            Example:
              \(command.example)

            Usage:
              \(usage(of: command))\(command.options.isEmpty ? "" : " [options]")

            """
        if !command.arguments.isEmpty {
            text += "\nArguments:\n" + columns(command.arguments.map { ($0.usage, $0.help + oneOf($0.words)) })
        }
        if !command.options.isEmpty {
            text += "\nOptions:\n" + columns(command.options.map { ($0.head, $0.help + $0.defaultPhrase) })
        }
        let below = commands.filter { $0.words.count == 2 && [$0.words[0]] == command.words }
        if !below.isEmpty {
            text += "\nCommands below it:\n" + columns(below.map { ($0.name, HelpColumns.summary($0.help)) })
        }
        text += "\nExit codes:\n" + columns(command.exitCodes.map { ("\($0.rawValue)", $0.meaning) })
        return text
            + "\n`\(program.name) --help` shows what every command takes, `\(program.name) help settings` the rest.\n"
    }

    private func verbs(of noun: String) -> String {
        commands.filter { $0.words.count == 2 && $0.words[0] == noun }.map { $0.words[1] }.joined(separator: ", ")
    }

    private func oneOf(_ words: [String]) -> String {
        words.isEmpty ? "" : " One of \(words.joined(separator: ", "))."
    }

    private func columns(_ lines: [(String, String)]) -> String { HelpColumns.text(lines) }
}

extension OptionRow {
    fileprivate var head: String { form.takesValue ? "\(flag) <\(form.shape)>" : flag }

    fileprivate var defaultPhrase: String {
        guard let fallback = form.fallback else { return " Required." }
        return form.takesValue && fallback.shown != "none" && !fallback.shown.isEmpty
            ? " Default: \(fallback.shown)." : ""
    }
}
