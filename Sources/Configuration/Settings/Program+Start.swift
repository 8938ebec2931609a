internal import Glibc
internal import Runtime

extension Program {
    /// What a program without commands is asked to do.
    public enum Start: Sendable {
        case run(ResolvedSettings, warnings: [String])
        /// Print this to standard output and end well.
        case show(String)
        /// Print these to standard error, one per line, and exit 2.
        case refuse([ConfigurationFault], warnings: [String])
    }

    /// Decides from the command line, the environment and the file. Does nothing but read files.
    public func start(_ inputs: ProcessInputs) -> Start {
        var forms = forms
        forms["--version"] = FlagScanner.Form(takesValue: false, repeats: true)
        let scan = FlagScanner(inputs.arguments, forms: forms)
        if scan.asksForHelp { return .show(helpPage) }
        if scan.occurrences.contains(where: { $0.flag == "--version" }) { return .show("\(name) \(version)\n") }

        let warnings = warnings(inputs)
        let (settings, faults) = settings(from: scan.occurrences, inputs)
        let wordFaults = faultsOfWords(scan)
        let all = scan.faults + wordFaults + faults
        guard let settings, all.isEmpty else { return .refuse(all, warnings: warnings) }
        switch scan.words {
        case ["config", "show"]: return .show(settings.table)
        case ["config", "check"]: return .show("\(name): the configuration is valid\n")
        default: return .run(settings, warnings: warnings)
        }
    }

    /// The checked settings of this process. Answers `--help`, `--version`, `config show` and `config check` itself,
    /// and ends the process with exit code 2 after naming every fault on standard error.
    public func settingsOrExit() -> ResolvedSettings {
        switch start(.current) {
        case .run(let settings, let warnings):
            Terminal.writeError(warnings.map { "\(name): warning: \($0)\n" }.joined())
            return settings
        case .show(let text):
            Terminal.write(text)
            exit(ExitCode.ok.rawValue)
        case .refuse(let faults, let warnings):
            Terminal.writeError(report(faults, warnings: warnings))
            exit(ExitCode.usage.rawValue)
        }
    }

    /// Variables that look like ours and are not.
    func warnings(_ inputs: ProcessInputs) -> [String] {
        EnvironmentSource.warnings(rows, inputs, section: section)
    }

    /// Every fault and warning on a line of its own, and where to read on.
    func report(_ faults: [ConfigurationFault], warnings: [String]) -> String {
        let lines = warnings.map { "warning: \($0)" } + faults.map(\.description) + ["see \(name) --help"]
        return lines.map { "\(name): \($0)\n" }.joined()
    }

    private func faultsOfWords(_ scan: FlagScanner) -> [ConfigurationFault] {
        if scan.words == ["config", "show"] || scan.words == ["config", "check"] { return [] }
        let stray = scan.words.enumerated().first { !scan.doubtfulWords.contains($0.offset) }
        guard let stray else { return [] }
        return [
            ConfigurationFault(
                place: stray.element,
                message: "\(name) takes flags, or `config show` or `config check`, and no other words"
            )
        ]
    }
}
