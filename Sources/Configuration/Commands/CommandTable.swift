internal import Glibc
internal import Runtime

/// All commands of a program. Routing, help pages and shell completion come from this one table.
public struct CommandTable: Sendable {
    let program: Program
    let groups: [CommandGroup]
    let commands: [Command]

    /// Flags that every command takes.
    static let switches: [(flag: String, help: String)] = [
        ("--json", "One JSON document instead of a table."),
        ("--ndjson", "One JSON document per line."),
        ("--quiet", "No notes, only results and errors."),
        ("--no-color", "No colours; NO_COLOR does the same."),
        ("--version", "The version."),
        ("--help", "The help page of what stands before it; -h does the same."),
    ]

    /// - Parameter groups: A sentence for each noun that has verbs below it.
    public init(_ program: Program, groups: [CommandGroup], commands: [Command]) {
        self.program = program
        self.groups = groups + [CommandGroup("config", help: "The configuration of this command line.")]
        self.commands = commands + Self.builtIn(program)
        let names = self.commands.map(\.name)
        precondition(Set(names).count == names.count, "two commands share a name: \(names)")
        for (command, flag) in self.commands.flatMap({ command in command.options.map { (command, $0) } }) {
            let everywhere = allForms[flag.flag]
            precondition(
                everywhere?.takesValue == flag.form.takesValue,
                "`\(flag.flag)` of `\(command.name)` takes a value in one command and none in another"
            )
        }
    }

    /// The words of every command, for checks over all of them.
    public var names: [String] { commands.map(\.name) }

    /// Runs the command that the process was started with, and ends the process with its exit code.
    public func runAndExit() async -> Never {
        exit(await run(.current, isTerminal: Terminal.outputIsTerminal).rawValue)
    }

    /// Runs one command. Reads nothing but the inputs, writes nothing but to the sink.
    public func run(
        _ inputs: ProcessInputs,
        isTerminal: Bool = false,
        sink: @escaping @Sendable (CommandOutput.Channel, String) -> Void = CommandOutput.processSink
    ) async -> ExitCode {
        let output = CommandOutput(sink: sink)
        let scan = FlagScanner(inputs.arguments, forms: allForms)
        let words = scan.words
        if scan.occurrences.contains(where: { $0.flag == "--version" }) { return answer(output, versionLine) }
        switch CommandRoute.of(words, in: self) {
        case .settingsHelp: return answer(output, program.settingsHelp)
        case .help(let words): return help(words, output)
        case .unknown(let fault):
            if scan.asksForHelp, words.count == 1 { return help(words, output) }
            return refuse([fault], output)
        case .command(let command):
            if scan.asksForHelp { return answer(output, page(of: command)) }
            switch command.action {
            case .version: return answer(output, versionLine)
            case .completion: return complete(command, scan, output)
            case .handler(let handler): return await run(command, handler, inputs, isTerminal: isTerminal, sink)
            }
        }
    }

    private func run(
        _ command: Command,
        _ handler: @Sendable (CommandCall) async throws -> ExitCode,
        _ inputs: ProcessInputs,
        isTerminal: Bool,
        _ sink: @escaping @Sendable (CommandOutput.Channel, String) -> Void
    ) async -> ExitCode {
        let scan = FlagScanner(inputs.arguments, forms: forms(of: command))
        let output = makeOutput(scan, inputs, isTerminal: isTerminal, sink)
        var (values, faults) = values(of: command, scan)
        let (settings, settingFaults) = program.settings(from: scan.occurrences, inputs)
        faults = scan.faults + faults + settingFaults
        for warning in program.warnings(inputs) { output.note("\(program.name): warning: \(warning)") }
        guard let settings, faults.isEmpty else { return refuse(faults, output, command) }
        do {
            return try await handler(CommandCall(settings: settings, output: output, values: values))
        } catch let failure as CommandFailure {
            output.error("\(program.name): \(Terminal.visible(failure.message))")
            return failure.exitCode
        } catch is CancellationError {
            output.error("\(program.name): interrupted")
            return .interrupted
        } catch {
            output.error("\(program.name): \(Terminal.visible("\(error)"))")
            return .failed
        }
    }

    private func makeOutput(
        _ scan: FlagScanner,
        _ inputs: ProcessInputs,
        isTerminal: Bool,
        _ sink: @escaping @Sendable (CommandOutput.Channel, String) -> Void
    ) -> CommandOutput {
        let given = Set(scan.occurrences.map(\.flag))
        let wantsColour = inputs.environment["NO_COLOR"] == nil && inputs.environment["TERM"] != "dumb"
        return CommandOutput(
            format: given.contains("--json") ? .json : given.contains("--ndjson") ? .ndjson : .table,
            isQuiet: given.contains("--quiet"),
            style: TerminalStyle(isOn: isTerminal && wantsColour && !given.contains("--no-color")),
            sink: sink
        )
    }

    /// The flags of one command, of its program's settings, and of all commands.
    private func forms(of command: Command) -> [String: FlagScanner.Form] {
        var forms = program.forms
        for (flag, _) in Self.switches { forms[flag] = FlagScanner.Form(takesValue: false, repeats: true) }
        for option in command.options { forms[option.flag] = option.form.flag }
        return forms
    }

    /// Every flag of every command: enough to tell words from values before the command is known.
    private var allForms: [String: FlagScanner.Form] {
        commands.reduce(into: program.forms) { all, command in all.merge(forms(of: command)) { first, _ in first } }
    }

    private var versionLine: String { "\(program.name) \(program.version)\n" }

    private func answer(_ output: CommandOutput, _ text: String) -> ExitCode {
        output.write(text)
        return .ok
    }

    private func help(_ words: [String], _ output: CommandOutput) -> ExitCode {
        guard let first = words.first else { return answer(output, overview) }
        if words.count == 1, commands.contains(where: { $0.words.count == 2 && $0.words[0] == first }) {
            return answer(output, overview(of: first))
        }
        switch CommandRoute.of(words, in: self) {
        case .command(let command): return answer(output, page(of: command))
        case .unknown(let fault): return refuse([fault], output)
        case .help, .settingsHelp: return answer(output, overview)
        }
    }

    private func complete(_ command: Command, _ scan: FlagScanner, _ output: CommandOutput) -> ExitCode {
        let (values, faults) = values(of: command, scan)
        guard faults.isEmpty, let shell = values[Self.shell.name]?.unboxed(Shell.self) else {
            return refuse(faults, output, command)
        }
        return answer(output, completion(for: shell))
    }

    private func refuse(_ faults: [ConfigurationFault], _ output: CommandOutput, _ command: Command? = nil) -> ExitCode
    {
        for fault in faults { output.error("\(program.name): \(fault)") }
        let page = command.map { "\(program.name) \($0.name) --help" } ?? "\(program.name) --help"
        output.note("\(program.name): see \(page)")
        return .usage
    }
}
