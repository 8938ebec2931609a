internal import Runtime
internal import YAML

/// A text found for a setting, not yet converted.
struct Candidate {
    let text: String
    let origin: Origin
    /// How a fault names the place.
    let place: String
}

/// Variables and their `_FILE` twins.
struct EnvironmentSource {
    let inputs: ProcessInputs
    private(set) var candidates: [String: Candidate] = [:]
    private(set) var faults: [ConfigurationFault] = []

    init(_ rows: [SettingRow], _ inputs: ProcessInputs) {
        self.inputs = inputs
        for row in rows {
            let value = inputs.environment[row.environment].flatMap { isUnset($0, row) ? nil : $0 }
            let twin = row.environment + "_FILE"
            let path = inputs.environment[twin].flatMap { $0.isEmpty ? nil : $0 }
            if value != nil, path != nil {
                faults.append(
                    ConfigurationFault(place: twin, message: "\(row.environment) is set too; keep one of them")
                )
            } else if let value {
                candidates[row.key] = Candidate(
                    text: value,
                    origin: .environment(row.environment),
                    place: row.environment
                )
            } else if let path {
                read(path, for: row, twin)
            }
        }
    }

    /// An empty variable is how container files spell "not set"; an empty secret is a mistake worth hearing about.
    private func isUnset(_ text: String, _ row: SettingRow) -> Bool { text.isEmpty && row.form.sensitivity != .secret }

    private mutating func read(_ path: String, for row: SettingRow, _ twin: String) {
        do throws(FileError) {
            let bytes = try inputs.readFile(path, 64 * 1024, row.form.sensitivity != .open)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                faults.append(ConfigurationFault(place: twin, message: "\(path) is not UTF-8 text"))
                return
            }
            // Editors and `echo` end files with a newline that belongs to no value.
            let trimmed = text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
            candidates[row.key] = Candidate(
                text: trimmed,
                origin: .secretFile(variable: twin, path: path),
                place: "\(twin) (\(path))"
            )
        } catch {
            faults.append(ConfigurationFault(place: twin, message: "\(path) \(error)"))
        }
    }

    /// Variables that look like ours and are not: a misspelt setting is otherwise silently its default.
    static func warnings(_ rows: [SettingRow], _ inputs: ProcessInputs, section: String) -> [String] {
        let common = CommonSettings.all.map(\.row)
        let names = Set(
            (rows + common).flatMap { [$0.environment, $0.environment + "_FILE"] } + [
                Program.fileVariable, ClockFile.variable,
            ]
        )
        let foreign = (SettingName.sections + ["test"]).filter { $0 != section }.map { "FLOTILLA_\($0.uppercased())_" }
        return inputs.environment.keys.sorted().compactMap { name in
            guard name.hasPrefix("FLOTILLA_"), !names.contains(name) else { return nil }
            guard !foreign.contains(where: { name.hasPrefix($0) }) else { return nil }
            return "\(name): no setting has this name\(suggestion(for: name, among: names.sorted()))"
        }
    }
}
