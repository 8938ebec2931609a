internal import YAML

/// Where the words of a command line lead.
enum CommandRoute {
    case command(Command)
    /// The help of the program, of a noun, or of a command.
    case help([String])
    case settingsHelp
    case unknown(ConfigurationFault)

    /// - Parameter words: The words alone, without flags.
    static func of(_ words: [String], in table: CommandTable) -> CommandRoute {
        guard let first = words.first else { return .help([]) }
        if words == ["help", "settings"] { return .settingsHelp }
        if first == "help" { return .help(Array(words.dropFirst())) }
        // A noun may be a command itself, beside its verbs.
        if let command = table.commands.first(where: { $0.words == Array(words.prefix(2)) }) {
            return .command(command)
        }
        if let command = table.commands.first(where: { $0.words == [first] }) { return .command(command) }
        let verbs = table.commands.filter { $0.words.first == first }
        guard !verbs.isEmpty else {
            let names = Set(table.commands.map { $0.words[0] }).union(["help"]).sorted()
            return .unknown(
                ConfigurationFault(
                    place: first,
                    message: "no such command\(suggestion(for: first, among: names))"
                )
            )
        }
        let names = verbs.map { $0.words[1] }
        guard words.count > 1 else {
            return .unknown(
                ConfigurationFault(place: first, message: "needs one of \(names.joined(separator: ", ")) after it")
            )
        }
        if let command = verbs.first(where: { $0.words[1] == words[1] }) { return .command(command) }
        let hint = suggestion(for: words[1], among: names)
        let known = hint.isEmpty ? "; there are \(names.joined(separator: ", "))" : hint
        return .unknown(ConfigurationFault(place: "\(first) \(words[1])", message: "no such command\(known)"))
    }
}
