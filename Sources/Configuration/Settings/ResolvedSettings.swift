/// Every setting of a program with its checked value. Made only by `Program`, once, at the start.
public struct ResolvedSettings: Sendable {
    struct Entry: Sendable {
        let row: SettingRow
        let value: ResolvedValue
        let origin: Origin
    }

    let entries: [String: Entry]
    /// In the order of the program's table.
    let order: [String]

    /// The value of a setting. Traps when the program's table does not list it.
    public subscript<Value: Sendable>(_ setting: Setting<Value>) -> Value {
        guard let entry = entries[setting.key] else {
            preconditionFailure("`\(setting.key)` is read, but the program's table of settings does not list it")
        }
        guard let value = entry.value.unboxed(Value.self) else {
            preconditionFailure("`\(setting.key)` is read as \(Value.self), but the table lists it with another type")
        }
        return value
    }

    /// Where the value of a setting came from.
    public func origin<Value: Sendable>(of setting: Setting<Value>) -> Origin {
        entries[setting.key]?.origin ?? .fallback
    }

    /// The value of a setting that only some commands need.
    /// - Throws: `CommandFailure` with exit code 2, saying how to set it.
    public func required<Value: Sendable>(_ setting: Setting<Value?>) throws(CommandFailure) -> Value {
        if let value = self[setting] { return value }
        throw CommandFailure(.usage, "`\(setting.key)` is not set; \(setting.row.howToSet)")
    }

    /// What `config show` lists, in the order of the table.
    public var listing: [(key: String, value: String, origin: Origin)] {
        order.compactMap { key in entries[key].map { (key, $0.shown, $0.origin) } }
    }
}

extension ResolvedSettings.Entry {
    /// Secrets only as `set` or `unset`.
    var shown: String {
        guard row.form.sensitivity == .secret else { return value.shown }
        if case .fallback = origin { return "unset" }
        return "set"
    }
}

/// Where a value came from.
public enum Origin: Sendable, Equatable, CustomStringConvertible {
    case flag(String)
    case environment(String)
    /// The file that a `_FILE` variable names.
    case secretFile(variable: String, path: String)
    case file(String, line: Int)
    case fallback

    public var description: String {
        switch self {
        case .flag(let name): "flag \(name)"
        case .environment(let name): "environment \(name)"
        case .secretFile(let variable, let path): "environment \(variable), file \(path)"
        case .file(let path, let line): "file \(path):\(line)"
        case .fallback: "default"
        }
    }
}

extension SettingRow {
    /// The ways to set it, as advice.
    var howToSet: String {
        var ways = ["set \(environment)"]
        if form.sensitivity != .open { ways.append("name a file that holds it in \(environment)_FILE") }
        if let flag { ways.append("give \(flag)") }
        ways.append("write `\(key)` into the configuration file")
        return ways.dropLast().joined(separator: ", ") + " or " + ways[ways.count - 1]
    }
}
