internal import Runtime
internal import YAML

/// A program and everything that can be set about it.
public struct Program: Sendable {
    /// As it is typed: `flotilla-worker`.
    public let name: String
    public let version: String
    /// One sentence.
    public let purpose: String
    /// A command line that works.
    public let example: String
    let rows: [SettingRow]
    private let checks: [@Sendable (ResolvedSettings) -> [ConfigurationFault]]

    static let fileVariable = "FLOTILLA_CONFIG"

    /// - Parameters:
    ///   - settings: What it reads. `allow.plaintext` is added where an address is among them.
    ///   - checks: Rules between several values; they see only values that are right by themselves.
    public init(
        _ name: String,
        version: String,
        purpose: String,
        example: String,
        settings: [any DeclaredSetting],
        checks: [@Sendable (ResolvedSettings) -> [ConfigurationFault]] = []
    ) {
        var rows = settings.map(\.row)
        let plaintext = CommonSettings.allowPlaintext.row
        if rows.contains(where: { $0.form.sensitivity == .credentials }),
            !rows.contains(where: { $0.key == plaintext.key })
        {
            rows.append(plaintext)
        }
        for names in [rows.map(\.key), rows.map(\.environment), rows.compactMap(\.flag)] {
            precondition(Set(names).count == names.count, "two settings of \(name) share a name: \(names)")
        }
        self.name = name
        self.version = version
        self.purpose = purpose
        self.example = example
        self.rows = rows
        self.checks = checks
    }

    /// The program's own section of keys: `worker` for `flotilla-worker`, `operator` for `flotilla`.
    var section: String { name == "flotilla" ? "operator" : String(name.split(separator: "-").last ?? "") }

    /// Every flag that sets something, and `--config`.
    var forms: [String: FlagScanner.Form] {
        var forms = ["--config": FlagScanner.Form(takesValue: true, repeats: false)]
        for row in rows { if let flag = row.flag { forms[flag] = row.form.flag } }
        return forms
    }

    /// All settings from their sources, flags before environment before file before defaults, or all that is wrong
    /// with them.
    func settings(
        from occurrences: [FlagScanner.Occurrence],
        _ inputs: ProcessInputs
    ) -> (settings: ResolvedSettings?, faults: [ConfigurationFault]) {
        let environment = EnvironmentSource(rows, inputs)
        let file = fileSource(occurrences, inputs)
        var faults = environment.faults + file.faults
        var entries: [String: ResolvedSettings.Entry] = [:]
        for row in rows {
            do throws(ConfigurationFault) {
                let flag = try candidate(row, occurrences)
                let found = flag ?? environment.candidates[row.key] ?? file.candidates[row.key]
                entries[row.key] = try entry(row, found, isFileBroken: !file.faults.isEmpty)
            } catch {
                faults.append(error)
            }
        }
        let complete = entries.count == rows.count
        let settings = ResolvedSettings(entries: entries, order: rows.map(\.key))
        faults += transportFaults(settings)
        if complete { faults += checks.flatMap { $0(settings) } }
        return faults.isEmpty ? (settings, []) : (nil, faults)
    }

    private func entry(
        _ row: SettingRow,
        _ candidate: Candidate?,
        isFileBroken: Bool
    ) throws(ConfigurationFault) -> ResolvedSettings.Entry? {
        guard let candidate else {
            if let fallback = row.form.fallback {
                return ResolvedSettings.Entry(row: row, value: fallback, origin: .fallback)
            }
            // A file that cannot be read may hold it: one mistake is not reported as two.
            if isFileBroken { return nil }
            throw ConfigurationFault(place: row.key, message: "is not set; \(row.howToSet)")
        }
        do throws(ValueFault) {
            let value = try row.form.parse(candidate.text)
            return ResolvedSettings.Entry(row: row, value: value, origin: candidate.origin)
        } catch {
            throw ConfigurationFault(place: candidate.place, message: error.message)
        }
    }

    private func candidate(
        _ row: SettingRow,
        _ occurrences: [FlagScanner.Occurrence]
    ) throws(ConfigurationFault) -> Candidate? {
        let found = occurrences.filter { $0.flag == row.flag }
        guard let flag = row.flag, !found.isEmpty else { return nil }
        let texts = found.map { $0.value ?? "true" }
        let text = row.form.repeats ? texts.joined(separator: ",") : texts[0]
        if row.form.sensitivity == .credentials, ServiceURL(text)?.hasPassword ?? false {
            throw ConfigurationFault(
                place: flag,
                message: "a password on the command line is readable by every user of this machine; "
                    + "put the address into \(row.environment), or into a file named in \(row.environment)_FILE"
            )
        }
        return Candidate(text: text, origin: .flag(flag), place: flag)
    }

    private func fileSource(_ occurrences: [FlagScanner.Occurrence], _ inputs: ProcessInputs) -> FileSource {
        let named = occurrences.last { $0.flag == "--config" }?.value ?? nonEmpty(inputs.environment[Self.fileVariable])
        let folder =
            nonEmpty(inputs.environment["XDG_CONFIG_HOME"]) ?? (inputs.environment["HOME"] ?? "") + "/.config"
        return FileSource(
            named ?? folder + "/flotilla/config.yaml",
            isExplicit: named != nil,
            rows,
            inputs,
            section: section
        )
    }

    private func nonEmpty(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }

    /// Passwords and data do not cross a network in the clear unless somebody says so.
    private func transportFaults(_ settings: ResolvedSettings) -> [ConfigurationFault] {
        guard settings.entries[CommonSettings.allowPlaintext.key] != nil else { return [] }
        guard !settings[CommonSettings.allowPlaintext] else { return [] }
        return settings.order.compactMap { key in
            guard let entry = settings.entries[key], let danger = entry.value.url?.plaintextDanger else { return nil }
            return ConfigurationFault(
                place: "\(key) (\(entry.origin))",
                message: "\(danger), or accept the risk with --allow-plaintext"
            )
        }
    }
}
